"""Files that arrive in pieces: whole or refused."""

import pytest

from mer.widgets.try_own.upload import Upload


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


def test_files_of_before_stay_until_others_are_there_and_used(upload):
    hear(upload, "begin", turn=1, files=[["a.mp4", 0]])
    hear(upload, "end", turn=1)
    ((before,),) = upload.sent
    hear(upload, "begin", turn=2, files=[["large", 101]])
    hear(upload, "begin", turn=3, files=[["b.mp4", 1]])
    hear(upload, "end", turn=3)  # not whole
    hear(upload, "begin", turn=4, files=[["c.mp4", 1]])
    hear(upload, "piece", b"c", turn=4, file=0)
    assert before.exists() and len(upload.refused) == 2
    hear(upload, "end", turn=4)  # arrived, but of no use
    assert before.exists() and upload.sent[1][0].read_bytes() == b"c"
    upload.when_sent = lambda paths: before.exists()
    hear(upload, "begin", turn=5, files=[["d.mp4", 0]])
    hear(upload, "end", turn=5)
    assert not before.parent.exists() and not upload.sent[1][0].parent.exists()


def test_the_page_is_told_of_a_refusal(upload):
    hear(upload, "begin", turn=3, files=[["a", 101]])
    hear(upload, "begin", turn=4, files=[["a", 2]])
    hear(upload, "piece", b"abc", turn=4, file=0)
    hear(upload, "piece", b"a", turn=4, file=0)  # was on its way already
    assert upload.answers == [{"kind": "refused", "turn": 3}, {"kind": "refused", "turn": 4}]
    assert len(upload.refused) == 2


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
