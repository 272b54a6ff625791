import html
from pathlib import Path

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.manifest.own_corrections import OwnCorrection, read_own_corrections, save_own_corrections
from mer.widgets.explorer.view import explore_samples
from tests.widgets.explorer_store import ROWS, SIZE, make_database, make_large, make_store
from tests.widgets.timing import best_of


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "store")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "corrections.csv"


@pytest.fixture
def view(store, file):
    return explore_samples(store, corrections=file)


def picture(view):
    return cv2.imdecode(np.frombuffer(view.panel.picture.image, np.uint8), cv2.IMREAD_COLOR)


def look_at(view, row):
    view.chooser.selection.look_at(row)


def test_starts_with_the_first_clip_at_its_apex(view):
    assert view.clip == 0
    assert (view.timeline.first, view.timeline.value, view.timeline.last) == (11, 14, 18)
    assert view.timeline.marks == {"onset": 11, "apex": 14, "offset": 18}
    assert "Synthetic faces. free" in view.children[0].value
    assert "Frame 14 (apex)" in view.panel.picture.alt
    assert view.curve.plot.layout.shapes[-1].x0 == 14


def test_frame_range_follows_the_clip(view):
    for row, ends, value in ((2, (1, 4), 1), (1, (3, 9), 5), (0, (11, 18), 14)):  # no apex: starts at the onset
        look_at(view, row)
        assert (view.timeline.first, view.timeline.last) == ends
        assert view.timeline.value == value


def test_scrubbing_shows_that_frame_and_tells_the_timeline(view, store):
    view.timeline.value = 12
    side = picture(view).shape[0]
    expected = cv2.resize(store.frame(0, 12)[:, :, 0], (side, side), interpolation=cv2.INTER_CUBIC)
    assert np.abs(picture(view)[:, :, 1].astype(int) - expected.astype(int)).mean() < 2
    assert view.timeline.drawn == 12
    assert view.curve.plot.layout.shapes[-1].x0 == 12


def test_filters_narrow_the_table_and_keep_the_clip_that_fits(view):
    look_at(view, 2)
    view.chooser.database.value = "synthetic-samm"
    assert view.clip == 2
    assert list(view.chooser.rows) == [2, 3]
    assert view.chooser.selection.focus == 0
    assert "<b>2</b> of 4 clips, 2 people" in view.chooser.count.value
    look_at(view, 1)
    assert view.clip == 3


def test_an_empty_filter_says_so_and_recovers(view):
    view.chooser.label.value = "negative"
    view.chooser.unit.value = 12
    assert "No clip fits" in view.chooser.notice.text
    assert view.clip is None
    assert view.panel.layout.display == "none"
    view.chooser.reset.click()
    assert view.chooser.notice.text == ""
    assert view.panel.layout.display == ""
    assert view.clip == 0


def test_a_click_on_the_curve_goes_to_that_frame(view):
    view.curve._clicked(view.curve.plot.data[0], type("Points", (), {"point_inds": [5]}), None)
    assert view.timeline.value == 16
    assert "Frame 16" in view.panel.picture.alt


def test_the_curve_follows_the_clip(view):
    look_at(view, 1)
    assert list(view.curve.plot.data[0].x) == list(range(3, 10))
    assert [shape.x0 for shape in view.curve.plot.layout.shapes] == [3, 5, 9, 5]
    look_at(view, 2)  # no apex: one mark less
    assert [shape.x0 for shape in view.curve.plot.layout.shapes] == [1, 4, 1]


def test_the_axis_fits_the_curve_after_every_change(view):
    """Curves and axis are set in one update, in which a plotly widget still tells what it drew before."""
    for row, ends in ((1, (2.5, 9.5)), (3, (19.5, 25.5)), (0, (10.5, 18.5)), (2, (0.5, 4.5))):
        look_at(view, row)
        assert view.curve.plot.layout.xaxis.range == ends
    look_at(view, 0)
    view.timeline.first = 1
    view.timeline.value = 2
    assert view.curve.plot.layout.xaxis.range == (1.5, 18.5)
    view.timeline.value = 12
    assert view.curve.plot.layout.xaxis.range == (10.5, 18.5)


def test_the_curve_is_the_faces_own_and_says_what_is_subtracted(view):
    plot = view.curve.plot
    assert plot.layout.yaxis.title.text == "face's motion, px"
    assert "the head's shift, turn and size" in view.curve.about.value
    assert plot.data[1].visible is plot.layout.yaxis2.visible is False
    view.curve.beside.value = "difference"
    assert plot.data[1].visible is plot.layout.yaxis2.visible is True
    assert (plot.layout.yaxis.title.text, plot.layout.yaxis2.title.text) == (
        "● face's motion, px",
        "□ mean |difference|, grey levels",
    )
    assert np.isfinite(plot.data[1].y).all()
    view.curve.kind.value = "difference"  # the same twice is one
    assert plot.data[1].visible is False
    assert plot.layout.yaxis.title.text == "mean |difference|, grey levels"
    assert "Nothing is subtracted" in view.curve.about.value


def test_what_cannot_be_shown_is_said_in_its_place(view):
    look_at(view, 2)
    view.panel.layout_choice.value = "pair"
    assert "apex of this clip is not known" in view.panel.picture.message
    view.panel.compare.value = False
    assert view.panel.picture.message == ""
    assert "left: frame 1 (onset)" in view.panel.picture.alt.lower()


def test_a_deleted_store_is_said_and_the_view_stays_usable(view, store):
    (store.path / "frames.npy").rename(store.path / "away.npy")
    view.timeline.value = 12
    assert "deleted or changed" in view.panel.picture.message
    look_at(view, 1)
    assert "deleted or changed" in view.notice.text + view.panel.picture.message
    (store.path / "away.npy").rename(store.path / "frames.npy")
    look_at(view, 0)
    assert view.panel.picture.message == ""
    assert view.notice.text == ""


def test_a_curve_that_cannot_be_made_is_said_in_its_place_and_the_one_before_goes(view, monkeypatch):
    made = view.curve.curves.curve

    def refuse(clip, *given):
        if clip == 1:
            raise InputError("No curve.")
        return made(clip, *given)

    monkeypatch.setattr(view.curve.curves, "curve", refuse)
    look_at(view, 1)
    parts = view.curve._place, view.curve.about
    assert [part.layout.display for part in parts] == ["none", "none"]
    view.timeline.value = 7  # the next frame is no news of the curve
    assert (view.curve.notice.kind, view.curve.notice.text) == ("error", "No curve.")
    assert view.notice.text == "" and "Frame 7" in view.panel.picture.alt
    look_at(view, 0)
    assert [part.layout.display for part in parts] == ["", ""] and view.curve.notice.text == ""
    assert list(view.curve.plot.data[0].x) == list(range(11, 19))


def test_a_curve_that_can_be_drawn_leaves_what_is_said_of_the_picture(view, monkeypatch):
    monkeypatch.setattr(view.panel, "look", lambda *given: {}["frames"])
    look_at(view, 1)
    assert view.notice.kind == "error" and "'frames'" in view.notice.text
    view.curve.kind.value = "all"
    assert "'frames'" in view.notice.text and view.curve.notice.text == ""


def test_a_broken_raw_file_is_said_and_other_frames_are_shown(store, tmp_path, file):
    database = make_database(tmp_path / "raw", store)
    (database.root / "synthetic-casme2" / "b" / "img12.png").write_bytes(b"no image")
    view = explore_samples(store, database, corrections=file)
    look_at(view, 1)
    assert (view.timeline.first, view.timeline.last) == (0, 29)
    view.timeline.value = 12
    assert "img12" in view.panel.picture.message
    view.timeline.value = 13
    assert view.panel.picture.message == ""
    (database.root / "synthetic-casme2" / "a.avi").unlink()
    look_at(view, 0)
    assert "a.avi" in view.notice.text
    assert (view.timeline.first, view.timeline.last) == (11, 18)
    assert "Frame 14 (apex)" in view.panel.picture.alt


def test_slow_work_is_announced(view, monkeypatch):
    said = []
    monkeypatch.setattr(view.notice, "say", lambda text, kind="info": said.append(text))
    view.panel.overlays["strain"].value = True
    assert said == []
    view.panel.source.value = "tvl1"
    assert "TV-L1" in said[0]
    view.panel.head_still.value = False  # the same flow
    assert len(said) == 1


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


def test_every_control_has_a_name(view):
    panel, chooser, editor = view.panel, view.chooser, view.editor
    named = [panel.layout_choice, panel.compare, panel.flicker, panel.signed, panel.source, panel.head_still]
    named += [panel.magnifier, *panel.overlays.values(), editor.onset, editor.apex, editor.offset, editor.label]
    named += [editor.note, editor.reason, editor.save, editor.undo, editor.remove, view.curve.kind, view.curve.beside]
    named += [chooser.database, chooser.subject, chooser.label, chooser.unit, chooser.state, chooser.reset]
    assert all(control.description for control in named)
    assert all(slider.label for slider in (panel.share, panel.rate, panel.gain, panel.factor, view.timeline))


@pytest.mark.parametrize(("count", "seconds"), [(442, 0.2), (10_000, 0.5)])
def test_every_interaction_is_quick(tmp_path, file, count, seconds):
    view = explore_samples(make_large(tmp_path / "store", count), corrections=file)
    assert best_of(lambda row: look_at(view, row), (5, 6, 7)) < seconds
    assert best_of(lambda unit: setattr(view.chooser.unit, "value", unit), (12, 25, 4, 0)) < seconds
    assert best_of(lambda name: setattr(view.chooser.database, "value", name), ("synthetic-samm", "any")) < seconds
    look_at(view, 0)
    view.panel.overlays["colour"].value = view.panel.overlays["regions"].value = True
    for layout in ("pair", "blend", "difference", "frame"):
        assert best_of(lambda _, name=layout: setattr(view.panel.layout_choice, "value", name), (0,)) < 0.2
    view.panel.factor.value = 5.0  # loads what magnifies
    for magnifier in ("displacement", "linear", "phase"):
        view.panel.magnifier.value = magnifier
        assert best_of(lambda factor: setattr(view.panel.factor, "value", factor), (2.0, 3.0, 4.0)) < 0.2
    assert best_of(lambda frame: setattr(view.timeline, "value", frame), (4, 6, 7)) < 0.2
    assert (
        best_of(lambda onset: setattr(view.timeline, "marks", {**view.timeline.marks, "onset": onset}), (4, 3))
        < seconds
    )


def test_clips_of_half_a_second_are_quick(tmp_path, file):
    """Their motion curve is the flow of every frame; 106 frames at 200 a second are more than most clips have."""
    rows = [("synthetic-samm", "006", f"c{k}", 1, 40, 107, "negative", "4") for k in range(4)]
    view = explore_samples(make_store(tmp_path / "store", rows), corrections=file)
    assert best_of(lambda row: look_at(view, row), (1, 2, 3)) < 0.2
    assert len(view.curve.plot.data[0].x) == 107


def test_the_rows_of_the_table_are_those_of_the_store(view):
    assert len(view.chooser._table()) == len(ROWS)
    assert view.store.config.size == SIZE
