import cv2
import numpy as np
import pytest

from mer.widgets.explorer.view import explore_samples
from tests.widgets.explorer.conftest import look_at
from tests.widgets.explorer_store import ROWS, SIZE, make_database, make_large, make_store
from tests.widgets.timing import best_of


def picture(view):
    return cv2.imdecode(np.frombuffer(view.panel.picture.image, np.uint8), cv2.IMREAD_COLOR)


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
