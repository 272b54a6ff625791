"""Files that arrive in pieces: whole or refused."""

import pytest

from mer.widgets.upload import Upload


@pytest.fixture
def upload():
    sent, refused = [], []
    widget = Upload(sent.append, refused.append, most_files=2, most_bytes=100)
    widget.sent, widget.refused, widget.answers = sent, refused, []
    widget.send = lambda content, buffers=None: widget.answers.append(content)
    return widget


def hear(widget, kind, *buffers, **content):
    widget._heard(widget, {"kind": kind, **content}, list(buffers))


def test_pieces_become_files(upload):
    hear(upload, "begin", turn=1, files=[["b.mp4", 5], ["a.png", 2]])
    hear(upload, "piece", b"abc", turn=1, file=0)
    hear(upload, "piece", memoryview(b"xy"), turn=1, file=1)
    hear(upload, "piece", b"de", turn=1, file=0)
    assert upload.sent == []
    hear(upload, "end", turn=1)
    (paths,) = upload.sent
    assert [(path.name, path.read_bytes()) for path in paths] == [("b.mp4", b"abcde"), ("a.png", b"xy")]
    assert upload.answers == [{"kind": "arrived", "turn": 1}] * 3
    hear(upload, "begin", turn=2, files=[["c.mp4", 1]])
    assert not paths[0].exists()  # those of before are gone


def test_names_cannot_leave_the_folder(upload):
    names = [("../../etc/passwd", "passwd"), (r"C:\clips\a.mp4", "a.mp4"), ("..", "file0"), ("x" * 300 + ".png", None)]
    for turn, (name, plain) in enumerate(names):
        hear(upload, "begin", turn=turn, files=[[name, 0]])
        hear(upload, "end", turn=turn)
        path = upload.sent[-1][0]
        assert path.parent.name.startswith("mer-upload-")
        assert path.name == plain if plain else len(path.name) < 100 and path.suffix == ".png"


@pytest.mark.parametrize(
    "files", [[["a", 101]], [["a", 60], ["b", 60]], [["a", 1]] * 3, [["a", -1]]], ids=["large", "sum", "many", "minus"]
)
def test_too_much_is_refused(upload, files):
    hear(upload, "begin", turn=1, files=files)
    hear(upload, "piece", b"a", turn=1, file=0)
    hear(upload, "end", turn=1)
    assert len(upload.refused) == 1 and "At most 2 files" in upload.refused[0] and upload.sent == []


def test_more_than_was_said_and_less_than_was_said(upload):
    hear(upload, "begin", turn=1, files=[["a", 2]])
    hear(upload, "piece", b"abc", turn=1, file=0)
    hear(upload, "begin", turn=2, files=[["a", 2]])
    hear(upload, "piece", b"a", turn=2, file=0)
    hear(upload, "end", turn=2)
    assert ["changed while" in upload.refused[0], "did not arrive whole" in upload.refused[1]] == [True, True]
    assert upload.sent == []


def test_pieces_of_an_earlier_choice_are_dropped(upload):
    hear(upload, "begin", turn=1, files=[["a", 2]])
    hear(upload, "begin", turn=2, files=[["b", 1]])
    hear(upload, "piece", b"aa", turn=1, file=0)
    hear(upload, "end", turn=1)
    hear(upload, "piece", b"b", turn=2, file=0)
    hear(upload, "end", turn=2)
    assert [path.name for path in upload.sent[0]] == ["b"] and not upload.refused
    hear(upload, "refused", reason="a.mp4 has 300 MB")
    assert upload.refused == ["a.mp4 has 300 MB"]
