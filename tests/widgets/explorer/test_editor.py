"""Corrections made in the explorer: kept while other clips are looked at, saved, found again, taken back."""

import html

from mer.manifest.own_corrections import OwnCorrection, read_own_corrections, save_own_corrections
from mer.widgets.explorer.view import explore_samples
from tests.widgets.explorer.conftest import look_at


def test_moved_marks_are_saved_and_found_again(view, store, file):
    view.timeline.marks = {"onset": 12, "apex": 15, "offset": 18}
    assert view.editor.onset.value == 12
    assert view.editor.apex.value == "15"
    assert "onset, apex" in view.editor.said.value
    assert not file.exists()
    view.editor.reason.value = "blink"
    view.editor.save.click()
    assert str(file) in view.editor.notice.text
    assert "Runs that used this clip are now out of date: run them again" in view.editor.notice.text
    assert "aligned anew" in view.editor.notice.text
    saved = {one.column: (one.value, one.was, one.reason) for one in read_own_corrections(file)}
    assert saved == {"onset": ("12", "11", "blink"), "apex": ("15", "14", "blink")}
    view.editor.reason.value = "a blink"
    assert "Not saved yet: why." in view.editor.said.value
    view.editor.save.click()
    assert "No run is out of date by it" in view.editor.notice.text
    assert {one.reason for one in read_own_corrections(file)} == {"a blink"}
    again = explore_samples(store, corrections=file)
    assert again.editor.reason.value == "a blink"
    assert again.timeline.marks == {"onset": 12, "apex": 15, "offset": 18}
    assert "corrected" in list(again.chooser._table()["state"])
    again.editor.remove.click()
    assert again.timeline.marks == {"onset": 11, "apex": 14, "offset": 18}
    assert read_own_corrections(file) == ()


def test_a_draft_is_kept_when_the_clip_is_left(view):
    view.editor.note.value = "look again"
    look_at(view, 1)
    assert view.editor.note.value == ""
    words, button = view.editor.drafts.children
    assert "1 other clip" in words.value
    assert button.description.startswith("01 a, synthetic, CASME II")
    view.chooser.state.value = "unsaved"
    assert list(view.chooser.rows) == [0]
    view.chooser.state.value = "any"
    look_at(view, 1)
    button.click()
    assert view.clip == 0
    assert view.editor.note.value == "look again"
    view.editor.undo.click()
    assert view.editor.note.value == ""
    assert view.editor.save.disabled


def test_label_is_saved_for_its_label_space(view, file):
    view.editor.label.value = "surprise"
    view.editor.save.click()
    (saved,) = read_own_corrections(file)
    assert (saved.column, saved.value, saved.was, saved.labels) == ("label", "surprise", "negative", "composite")
    assert view.chooser._table()["label"].iloc[0] == "surprise (corrected; database: negative)"
    assert "surprise (corrected; database: negative)" in view.facts.value
    assert "with the classes &#x27;composite&#x27; are" in html.escape(view.editor.notice.text)
    view.editor.remove.click()
    assert "Runs made with it are now out of date; those made before it count again." in view.editor.notice.text
    assert view.chooser._table()["label"].iloc[0] == "negative"


def test_a_note_makes_no_run_out_of_date(view):
    view.editor.note.value = "seen twice"
    view.editor.save.click()
    assert "No run is out of date by it: notes and reasons change no result." in view.editor.notice.text
    view.editor.note.value, view.editor.apex.value = "seen thrice", "15"
    view.editor.save.click()
    assert "are now out of date" in view.editor.notice.text and "aligned anew" not in view.editor.notice.text
    view.editor.apex.value = "14"
    view.editor.save.click()
    assert "those made before it count again" in view.editor.notice.text, "the database's own is saved: taken back"
    view.editor.apex.value = "15"
    view.editor.save.click()
    assert "Runs that used this clip" in view.editor.notice.text
    view.editor.remove.click()
    assert "Runs made with it are now out of date; those made before it count again." in view.editor.notice.text
    assert "used this clip" not in view.editor.notice.text
    view.editor.note.value = "x"
    view.editor.save.click()
    view.editor.remove.click()
    assert "No run is out of date by it" in view.editor.notice.text


def test_marks_out_of_order_are_not_saved(view, file):
    view.editor.onset.value = 16
    assert "outside" in view.editor.said.value
    view.editor.save.click()
    assert "in this order" in view.editor.notice.text
    assert view.editor.notice.kind == "error"
    assert not file.exists()
    view.editor.apex.value = "ten"
    assert "ten" in view.editor.notice.text


def test_a_broken_file_of_corrections_is_said(store, file):
    file.write_text("nonsense\n1\n", encoding="utf-8")
    view = explore_samples(store, corrections=file)
    assert "nonsense" in view.editor.notice.text
    assert view.clip == 0


def test_corrections_that_the_store_was_aligned_with_are_known(store, file):
    key = ("synthetic-casme2", "01", "a")
    save_own_corrections([OwnCorrection(*key, "apex", "16", "14")], file)
    save_own_corrections([OwnCorrection(*key, "apex", "16", "14")], store.path / "corrections.csv")
    store.clips.loc[0, "apex"] = 16
    view = explore_samples(store, corrections=file)
    assert view.timeline.marks["apex"] == 16
    view.editor.remove.click()
    assert view.timeline.marks["apex"] == 14
