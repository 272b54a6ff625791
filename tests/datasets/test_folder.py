"""Anyone's own data, opened."""

import json
import unicodedata

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.datasets.folder import open_folder
from tests.datasets.pictures_and_videos import smooth, write_image, write_video


@pytest.fixture
def root(tmp_path):
    """A folder ``mine ö`` with frames 1..4 of two clips, a video and a pair."""
    root = tmp_path / "mine ö"
    for clip in ("a", "b"):
        for number in range(1, 5):
            write_image(root / clip / f"{number}.png", smooth(seed=number))
    write_video(root / "v.mp4", frames=9)
    write_image(root / "p" / "on.png", smooth(seed=1))
    write_image(root / "p" / "ap.png", smooth(seed=2))
    return root


def write_table(root, text: str, name: str = "clips.csv"):
    (root / name).write_text(text, encoding="utf-8")
    return root / name


def problems_of(path, **options):
    with pytest.raises(ProblemsFound) as found:
        open_folder(path, **options)
    return found.value.problems


def test_folder_video_and_pair_side_by_side(root):
    write_table(root, "subject,clip,frames,label\n1,a,a,positive\n1,v,v.mp4,\n2,p,p/on.png|p/ap.png,negative\n")
    database = open_folder(root)
    clips = database.clips
    assert (database.name, database.synthetic, database.left_out) == ("mine ö", False, ())
    assert list(clips["database"]) == ["mine ö"] * 3
    assert clips[["onset", "apex", "offset"]].to_numpy().tolist() == [[1, 3, 4], [0, 4, 8], [0, 1, 1]]
    assert list(clips["apex_source"]) == ["middle", "middle", "annotated"] and clips["fps"].isna().all()
    for _, row in clips.iterrows():
        frames = list(database.frames(row))
        assert len(frames) == row["offset"] - row["onset"] + 1
    onset, apex = database.frames(clips.iloc[2])
    assert (onset == smooth(seed=1)).all() and (apex == smooth(seed=2)).all()
    assert any("No annotated apex in 2 of 3 clips" in remark for remark in database.remarks)
    assert any("Frames a second are not known in 3 of 3 clips" in remark for remark in database.remarks)


def test_a_table_of_any_name(root):
    path = write_table(root, "subject,clip,frames\n1,a,a\n", "my list.csv")
    assert list(open_folder(path).clips["clip"]) == ["a"]
    assert open_folder(path).name == "mine ö"
    with pytest.raises(MissingPath, match=r"clips\.csv"):
        open_folder(root)
    with pytest.raises(MissingPath, match=r"lost\.csv"):
        open_folder(root / "lost.csv")


def test_a_list_of_pairs_needs_no_more_than_the_images(root):
    write_image(root / "q" / "on.png")
    write_image(root / "solo.png")
    write_table(root, "onset_image,apex_image\np/on.png,p/ap.png\nq/on.png,p/ap.png\nsolo.png,p\\ap.png\n")
    database = open_folder(root)
    assert list(database.clips["clip"]) == ["p_on", "q_on", "solo"]
    assert list(database.clips["frames"])[2] == "solo.png|p/ap.png"
    assert set(database.clips["subject"]) == {"unknown"}
    assert any("No subject in 3 of 3 clips" in remark for remark in database.remarks)
    write_table(root, "onset_image,apex_image,subject,clip\np/on.png,p/ap.png,7,x\n")
    clips = open_folder(root).clips
    assert (clips["subject"][0], clips["clip"][0]) == ("7", "x")
    assert not any("No subject" in remark for remark in open_folder(root).remarks)


def test_all_faults_of_all_rows_at_once(root):
    (root / "b" / "2.png").write_bytes(b"")
    write_table(root, "subject,clip,frames,onset\n1,a,a,x\n1,b,b,1\n2,c,lost,\n3,d,a,1\n")
    problems = problems_of(root)
    assert [(problem.file, problem.row, problem.clip[2]) for problem in problems] == [
        ("clips.csv", "2", "a"),
        ("b/2.png", "", "b"),
        ("clips.csv", "4", "c"),
    ]
    with pytest.raises(ProblemsFound, match=r"3 fault\(s\), because of which 3 clip\(s\).*\(1 can\).*--allow-missing"):
        open_folder(root)


def test_good_clips_remain_when_that_is_asked_for(root):
    (root / "b" / "2.png").write_bytes(b"")
    write_table(root, "subject,clip,frames\n1,a,a\n1,b,b\n")
    database = open_folder(root, allow_missing=True)
    assert list(database.clips["clip"]) == ["a"] and list(database.clips.index) == [0]
    assert database.left_out_table()[["clip", "problem"]].to_numpy().tolist() == [["b", "it is empty (zero bytes)."]]
    (root / "a" / "2.png").write_bytes(b"")
    with pytest.raises(ProblemsFound, match="no clip can be used"):
        open_folder(root, allow_missing=True)


def test_a_shifted_row_is_left_out_and_the_others_remain(root):
    path = write_table(root, "subject,clip,frames\n1,a,a\n1,b,b,,3\n")
    (problem,) = problems_of(path)
    assert problem.what.startswith("5 cells, the header has 3")
    assert list(open_folder(path, allow_missing=True).clips["clip"]) == ["a"]


def test_two_clips_with_one_key_are_both_left_out(root):
    write_table(root, "subject,clip,frames\n1,a,a\n1,b,b\n1,a,b\n")
    (problem,) = problems_of(root)
    assert (problem.row, problem.clip) == ("2 and 4", ("mine ö", "1", "a"))
    assert "2 clips have the key mine ö/1/a" in problem.what
    database = open_folder(root, allow_missing=True)
    assert list(database.clips["clip"]) == ["b"] and len(database.left_out) == 1


@pytest.mark.parametrize(("first", "second"), [("006", "6"), ("sub01", "sub1"), ("S1", "s01"), ("A", "a")])
def test_one_person_in_two_spellings(root, first, second):
    write_table(root, f"subject,clip,frames\n{first},a,a\n{first},b,b\n{second},v,v.mp4\n")
    (problem,) = problems_of(root)
    assert problem.row == "4" and problem.clip[1] == second
    assert f"subject {second!r} is also written {first!r} (2 clips)" in problem.what
    assert list(open_folder(root, allow_missing=True).clips["clip"]) == ["a", "b"]


def test_of_two_equally_frequent_spellings_the_longer_is_right(root):
    write_table(root, "subject,clip,frames\n6,a,a\n006,b,b\n")
    assert [problem.row for problem in problems_of(root)] == ["2"]


def test_one_spelling_in_each_of_two_databases_is_no_fault(root):
    write_table(root, "database,subject,clip,frames\nx,6,a,a\ny,006,b,b\ny,16,c,b\n")
    assert len(open_folder(root).clips) == 3


def test_fingerprint_follows_table_and_listed_frames_only(root):
    write_table(root, "subject,clip,frames,offset\n1,a,a,3\n")
    before = open_folder(root).fingerprint
    write_image(root / "a" / "4.png", smooth(90, 90))
    write_image(root / "b" / "5.png")
    (root / "a" / "notes.txt").touch()
    assert open_folder(root).fingerprint == before
    write_image(root / "a" / "3.png", smooth(90, 90))
    changed = open_folder(root).fingerprint
    assert changed != before
    write_table(root, "subject,clip,frames,offset,note\n1,a,a,3,n\n")
    assert open_folder(root).fingerprint not in (before, changed)


def test_a_noted_fingerprint_does_not_hide_a_change(root):
    about = {"name": "named", "synthetic": True, "terms": "free", "fingerprint": "1234"}
    (root / "database.json").write_text(json.dumps(about))
    write_table(root, "subject,clip,frames\n1,a,a\n1,b,b\n")
    database = open_folder(root)
    assert (database.name, database.synthetic, database.terms) == ("named", True, "free")
    (root / "database.json").write_text(json.dumps(about | {"fingerprint": "1235"}))
    assert open_folder(root).fingerprint != database.fingerprint
    (root / "database.json").write_text(json.dumps(about))
    assert open_folder(root).fingerprint == database.fingerprint
    (root / "clips.csv").write_text((root / "clips.csv").read_text() + "\n")
    assert open_folder(root).fingerprint != database.fingerprint


def test_two_unicode_forms_of_one_name_are_one_person(root):
    one, two = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))
    write_table(root, f"subject,clip,frames\n{one},a,a\n{two},b,b\n{one},c,a\n")
    (problem,) = problems_of(root)
    assert problem.row == "3" and "in another Unicode form" in problem.what


@pytest.mark.parametrize(("written", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_frames_are_found_in_either_unicode_form(root, written, on_disk):
    folder = unicodedata.normalize(on_disk, "José")
    for number in (1, 2, 3):
        write_image(root / folder / f"{number}.png")
    place = unicodedata.normalize(written, "José")
    write_table(root, f"subject,clip,frames\n1,a,{place}\n1,p,{place}/1.png|a/2.png\n")
    database = open_folder(root)
    assert list(database.clips["frames"]) == [folder, f"{folder}/1.png|a/2.png"]
    assert [len(list(database.frames(row))) for _, row in database.clips.iterrows()] == [3, 2]


def test_a_description_that_is_none_is_named(root):
    write_table(root, "subject,clip,frames\n1,a,a\n")
    (root / "database.json").write_text("[]")
    with pytest.raises(InputError, match=r"database\.json holds list"):
        open_folder(root)
