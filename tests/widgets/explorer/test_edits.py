import pytest

from mer.core.errors import InputError
from mer.manifest.own_corrections import OwnCorrection, read_own_corrections, save_own_corrections
from mer.widgets.explorer.edits import ClipEdits, Marks
from tests.widgets.explorer_store import clip_table

KEY = ("synthetic-casme2", "01", "a")


@pytest.fixture
def edits(file):
    return ClipEdits(clip_table(), "composite", path=file)


def test_a_draft_that_says_what_is_saved_is_none(edits):
    edits.change(0, apex=15)
    assert edits.drafts == (0,)
    assert edits.unsaved(0) == ("apex",)
    edits.change(0, apex=14)
    assert edits.drafts == ()


def test_marks_know_their_faults():
    assert "after the offset" in Marks(9, None, 3).fault()
    assert "outside 3 to 9" in Marks(3, 10, 9).fault()
    assert Marks(3, None, 9).fault() == ""


def test_saving_twice_keeps_what_the_database_had(edits, file):
    for apex in (15, 16):
        edits.change(0, apex=apex)
        edits.save(0, "late")
    (one,) = read_own_corrections(file)
    assert (one.value, one.was, one.reason) == ("16", "14", "late")
    assert edits.own(0).apex == 14
    assert edits.saved(0).apex == 16


def test_saving_what_the_database_has_removes_the_correction(edits, file):
    edits.change(0, apex=15)
    edits.save(0)
    edits.change(0, apex=14)
    edits.save(0)
    assert read_own_corrections(file) == ()
    assert not edits.corrected_mask().any()


def test_a_reason_can_be_given_later(edits, file):
    edits.change(0, apex=15, note="seen")
    edits.save(0)
    edits.save(0, "late")
    assert [(one.value, one.was, one.reason) for one in read_own_corrections(file)] == [
        ("15", "14", "late"),
        ("seen", "", "late"),
    ]
    assert edits.reason(0) == "late"
    with pytest.raises(InputError, match="Nothing of"):
        edits.save(0, "late")


def test_nothing_to_save_and_wrong_order_are_refused(edits, file):
    with pytest.raises(InputError, match="Nothing of synthetic-casme2/01/a"):
        edits.save(0)
    edits.change(0, onset=17)
    with pytest.raises(InputError, match="in this order"):
        edits.save(0)
    assert edits.drafts == (0,)


def test_removing_leaves_corrections_of_other_clips_and_label_spaces(edits, file):
    others = [
        OwnCorrection(*KEY, "label", "disgust", "others", labels="casme2-5"),
        OwnCorrection("synthetic-casme2", "02", "b", "apex", "6", "5"),
    ]
    save_own_corrections(others, file)
    edits.read()
    assert edits.corrections(0) == ()
    edits.change(0, label="positive", note="seen")
    edits.save(0)
    assert edits.remove(0) == 2
    assert {one.key for one in read_own_corrections(file)} == {one.key for one in others}


def test_corrections_that_are_in_the_store_are_told_from_the_databases_own(file):
    clips = clip_table()
    clips.loc[0, "apex"] = 16
    applied = [OwnCorrection(*KEY, "apex", "16", "14")]
    edits = ClipEdits(clips, "composite", applied, file)
    edits.read()
    assert edits.own(0).apex == edits.saved(0).apex == 14  # taken out of the file since the store was built
    edits.change(0, apex=17)
    edits.save(0)
    assert read_own_corrections(file)[0].was == "14"


def test_a_spotted_apex_is_not_what_the_database_had(file):
    clips = clip_table()
    clips["apex_source"] = "spotted"
    edits = ClipEdits(clips, "composite", path=file)
    for apex in (15, 16, 14):  # 14 is what was spotted: a correction like any other
        edits.change(0, apex=apex)
        edits.save(0)
        (one,) = read_own_corrections(file)
        assert (one.value, one.was) == (str(apex), "")


def test_labels_and_masks_follow_what_is_saved(edits):
    edits.change(3, label="surprise")
    assert list(edits.label_array())[3] == ""
    assert list(edits.unsaved_mask()) == [False, False, False, True]
    edits.save(3)
    assert list(edits.label_array())[3] == "surprise"
    assert list(edits.corrected_mask()) == [False, False, False, True]


def test_clips_that_take_no_corrections_say_why_and_show_none(file):
    save_own_corrections([OwnCorrection(*KEY, column="apex", value="15", was="14")], file)
    edits = ClipEdits(clip_table(), "composite", path=file, refused="Other faces.")
    edits.read()
    assert edits.saved(0).apex == 14
    edits.change(0, apex=16)
    with pytest.raises(InputError, match="Other faces"):
        edits.save(0)
    assert read_own_corrections(file)[0].value == "15"
