"""The view of a clip of one's own, without a browser: what it shows, how marks count, what it says of bad input."""

import shutil
from dataclasses import replace
from threading import Event, Thread

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.rounded import rounded
from mer.face import own_source
from mer.widgets.try_own import work as try_own_work
from mer.widgets.try_own.choice import ClipChoice
from mer.widgets.try_own.curve import MotionPanel
from mer.widgets.try_own.view import MARKED, SPOTTED, try_your_own
from mer.widgets.try_own.words import explanation_html, found_html, motion_html, regions_html, scores_html
from mer.widgets.try_own.work import OwnWork
from tests.face.conftest import FixedDetector
from tests.own_clip import detector, prediction, still_image, write_clip, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run")


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip")


@pytest.fixture
def view(run, clip, monkeypatch):
    monkeypatch.setattr(try_own_work, "make_detector", lambda name: detector())
    return try_your_own(run, clip)


def test_it_works_at_once(view, clip):
    assert view.notice.text == "" and view.layout.display != "none"
    assert view.timeline.first == 1 and view.timeline.last == 6
    assert view.timeline.marks["onset"] == 1 and view.timeline.marks["offset"] == 6
    assert view.apex_from.value == SPOTTED and view.work.found.apex_source in ("spotted", "middle")
    assert "Class scores" in view.scores.value and "Mean of 3 models" in view.about.value
    assert view.picture.alt == "Frame 1 of clip, its onset, with the face found: 68 landmarks and nine boxes."
    assert len(view.curve.plot.data) == 2 and view.curve.layout.display == ""
    view.timeline.value = 4
    assert view.picture.alt == "Frame 4 of clip."


def test_a_moved_apex_is_asked_about_and_can_be_spotted_again(view):
    spotted = view.work.found.apex
    other = 3 if spotted != 3 else 4
    before = view.scores.value
    view.timeline.marks = {**view.timeline.marks, "apex": other}
    assert view.apex_from.value == MARKED and "Press Predict" in view.notice.text and view.scores.value == before
    view.button.click()
    assert view.work.found.apex == other and view.work.found.apex_source == "chosen" and view.notice.text == ""
    assert f"{other} (apex)" in view.moved.value and "about the chosen one" in view.moved.value
    view.apex_from.value = SPOTTED
    view.button.click()
    assert view.work.found.apex == spotted and view.timeline.marks["apex"] == spotted


def test_scores_and_faces_stand_before_the_models_are_asked_about_other_apexes(view, monkeypatch):
    seen = []
    original = OwnWork.move_apex

    def look(self):
        seen.append((view.about.value, view.faces.layout.display, view.moved.layout.visibility, view.notice.text))
        return original(self)

    monkeypatch.setattr(OwnWork, "move_apex", look)
    other = 3 if view.work.found.apex != 3 else 4
    view.timeline.marks = {**view.timeline.marks, "apex": other}
    view.button.click()
    ((about, faces, visibility, said),) = seen
    assert f"frame {other}, chosen by you" in about and faces == ""
    assert visibility == "hidden" and said == "Asking the models with the apex at other frames."
    assert view.moved.layout.visibility == "visible" and view.notice.text == ""


def test_marks_moved_while_other_apexes_are_asked_stay_announced(view, monkeypatch):
    original = OwnWork.move_apex

    def meanwhile(self):
        view.timeline.marks = {**view.timeline.marks, "offset": 5}
        return original(self)

    monkeypatch.setattr(OwnWork, "move_apex", meanwhile)
    view.button.click()
    assert "Press Predict" in view.notice.text


def test_scores_of_another_apex_do_not_stay_where_the_second_question_fails(view, monkeypatch):
    def fail(_self):
        raise InputError("The run is gone.")

    assert "(apex)" in view.moved.value
    monkeypatch.setattr(OwnWork, "move_apex", fail)
    view.button.click()
    assert view.notice.text == "The run is gone." and view.moved.value == ""
    assert view.moved.layout.visibility == "visible" and "Class scores" in view.scores.value


def test_a_moved_onset_is_aligned_anew_and_its_apex_spotted_anew(view):
    view.timeline.marks = {"onset": 2, "apex": view.timeline.marks["apex"], "offset": 5}
    assert view.apex_from.value == SPOTTED
    view.button.click()
    found = view.work.found
    assert found.clip.numbers == (2, 3, 4, 5) and 2 < found.apex <= 5
    assert view.timeline.first == 1 and view.timeline.last == 6
    view.timeline.marks = {"onset": 2, "apex": 2, "offset": 5}
    view.button.click()
    assert view.notice.kind == "error" and "is the onset, so it cannot be the apex" in view.notice.text
    assert view.work.found is found


def test_a_frame_that_cannot_be_drawn_is_said_in_its_place_and_leaves_the_notice(view, monkeypatch):
    asked = []

    def refuse(number, overlay, loaded):
        asked.append(loaded)
        raise OSError("no room")

    view.notice.say("The run is gone.", "error")
    monkeypatch.setattr(view.work, "frame_picture", refuse)
    view.timeline.value = 4
    assert view.picture.message == "Frame 4 of clip cannot be shown: no room" and asked == [view.work.loaded]
    monkeypatch.undo()
    view.timeline.value = 5
    assert view.picture.message == "" and view.picture.alt == "Frame 5 of clip."
    assert view.notice.text == "The run is gone."


def test_two_images_swapped(view, clip):
    view.source.take_files([clip / "1.png", clip / "5.png"])
    assert view.notice.text == "" and "two images" in view.title.value
    assert view.timeline.marks == {"onset": 0, "apex": 1, "offset": 1} and not view.timeline.editable
    assert view.curve.layout.display == "none" and view.apex_from.disabled and view.moved.value == ""
    view.source.swap_button.click()
    assert view.title.value.startswith("<b>5.png and 1.png</b>") and view.notice.text == ""
    view.source.path.value, view.source.apex.value = str(clip / "2.png"), str(clip / "6.png")
    view.source.swap_button.click()
    assert view.title.value.startswith("<b>6.png and 2.png</b>") and view.source.apex.value == str(clip / "2.png")


def test_bad_files_are_said_and_the_clip_before_stays(view, clip, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.mp4").write_bytes(b"x" * 100)
    cv2.imwrite(str(tmp_path / "large.png"), still_image(60, 60))
    for paths, words in (
        ([tmp_path / "notes.txt"], "notes.txt is neither a video nor an image"),
        ([tmp_path / "broken.mp4"], "cannot be read as a video"),
        ([clip / "1.png"], "one image alone"),
        ([clip / "1.png", tmp_path / "large.png"], "in one size"),
        ([clip / "1.png", clip / "2.png", tmp_path / "broken.mp4"], "with a video among them"),
    ):
        view.source.take_files(paths)
        assert view.notice.kind == "error" and words in view.notice.text
        assert "<b>clip</b>" in view.title.value
    view.source.path.value, view.source.apex.value, view.source.first.value = str(clip), "", "two"
    view.source.load_button.click()
    assert "First frame is 'two'; expected a frame number" in view.notice.text
    view.source.first.value, view.source.last.value = "2", "4"
    view.source.load_button.click()
    assert view.notice.text == "" and view.work.found.clip.numbers == (2, 3, 4)


def test_after_an_error_the_scores_that_still_stand_say_whose_they_are(view, clip, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"x" * 100)
    found = view.work.found
    view.source.take_files([tmp_path / "broken.mp4"])
    assert view.notice.kind == "error" and view.earlier.kind == "warning"
    assert f"still of what was asked before: clip, onset 1, apex {found.apex}, offset 6." in view.earlier.text
    assert "Class scores of clip: " in view.scores.value
    view.source.take_files([clip / "1.png"])  # another mistake: still of the same clip
    assert "asked before: clip," in view.earlier.text
    view.source.take_files([clip / "1.png", clip / "5.png"])
    assert view.earlier.text == "" and "Class scores of 1.png and 5.png: " in view.scores.value
    view.source.upload.when_refused("huge.mp4 has 300 MB")
    assert "asked before: 1.png and 5.png, onset 0, apex 1, offset 1." in view.earlier.text


def test_a_clip_without_a_face_in_its_onset_is_shown_so_that_another_can_be_marked(view, clip):
    class Later(FixedDetector):
        """No face in the first frame it is asked about."""

        def detect(self, image):
            return super().detect(image) if self.calls else (setattr(self, "calls", 1) or [])

    view.work._finder = Later(*detector().faces)
    view.source.load_button.click()
    assert view.notice.kind == "error" and "In frame 1 of clip, its onset: No face found" in view.notice.text
    assert "move the mark of the onset" in view.notice.text and view.scores.value == ""
    assert view.earlier.text == ""
    assert sorted(view.work.loaded.previews) == [1, 2, 3, 4, 5, 6] and view.picture.alt == "Frame 1 of clip."
    view.source.take_files([clip / "1.png"])
    assert view.earlier.text == "Below is still the clip before: clip."
    view.timeline.marks = {"onset": 2, "apex": None, "offset": 6}
    view.button.click()
    assert view.notice.text == "" and view.work.found.onset == 2 and "Class scores" in view.scores.value


def test_a_run_that_cannot_be_asked_is_said(view, run, tmp_path):
    shutil.move(run, run.with_name("rnu"))
    view.button.click()
    assert f"Run {run} does not exist." in view.notice.text and view.notice.kind == "error"
    assert f"Did you mean {str(run.with_name('rnu'))!r}?" in view.notice.text
    sequences = write_run(tmp_path / "sequences", changes={"sequence": 4})
    view.source.run.value = str(sequences)
    view.button.click()
    assert "see a sequence of 4 frames" in view.notice.text
    view.source.run.value = str(write_run(tmp_path / "good", people=("a", "b")))
    view.button.click()
    assert view.notice.text == "" and view.work.found.pair.models == 2


def test_a_view_on_a_missing_run_or_clip_still_comes_up(tmp_path, run, clip, monkeypatch):
    monkeypatch.setattr(try_own_work, "make_detector", lambda name: detector())
    view = try_your_own(tmp_path / "nothing", clip)
    assert view.notice.kind == "error" and view._view.layout.display == "none"
    view.source.run.value = str(run)
    view.source.load_button.click()
    assert view.notice.text == "" and view._view.layout.display == ""
    assert "does not exist" in try_your_own(run, tmp_path / "nothing.mp4").notice.text


def test_too_many_frames_say_how_to_choose(view, monkeypatch):
    monkeypatch.setattr(own_source, "MOST_FRAMES", 3)
    view.source.load_button.click()
    assert "at most 3" in view.notice.text
    view.source.first.value, view.source.last.value = "3", "5"
    view.source.load_button.click()
    assert view.notice.text == "" and view.work.found.clip.numbers == (3, 4, 5)


def test_an_explanation_is_kept_by_class_until_the_next_prediction(view, monkeypatch):
    asked = []
    original = OwnWork.explain
    monkeypatch.setattr(
        OwnWork, "explain", lambda self, target, bar: asked.append(target) or original(self, target, bar)
    )
    why = view.why
    why.target.value = "surprise"
    why.button.click()
    assert "Explained: surprise, mean of 3 models" in why.words.value and "Occlusion" in why.regions.value
    assert len(why.picture.image) > 1000 and "surprise" in why.picture.alt and why.notice.text == ""
    why.target.value = "negative"
    assert why._result.layout.display == "none"
    why.target.value = "surprise"
    why.button.click()
    assert why._result.layout.display == "" and asked == ["surprise"]
    view.button.click()
    assert why._result.layout.display == "none" and why.target.value == view.work.found.pair.predicted


def test_words_are_escaped_and_complete(view):
    found = view.work.found
    table = scores_html(found)
    for name, score in found.pair.scores.items():
        low, high = found.pair.spread[name]
        assert name in table and f"<b>{score:.2f}</b>" in table and f"{low:.2f} to {high:.2f}" in table
    assert "Curve: optical flow" in motion_html(found) and "head included" in motion_html(found)
    explanation = view.work.explain()
    regions = regions_html(explanation)
    assert "moves only as the head does" in regions
    for name, loss in explanation.regions.items():
        loss, low, high = (rounded(value) for value in (loss, *explanation.spread[name]))
        assert f"<b>{loss:+.2f}</b>" in regions and f"{low:+.2f} to {high:+.2f}" in regions
    assert "&lt;b&gt;" in found_html(found, ["<b>"])
    words = explanation_html(view.work.explain())
    assert "convergence delta" in words and "baseline: the onset in place of the apex" in words


def test_the_picture_of_a_large_frame_is_cut_to_the_face(run, tmp_path):
    """The face of 32 pixels stands at (100, 60) of frames of 400 x 300."""
    place = tmp_path / "large"
    place.mkdir()
    small = [cv2.imread(str(path)) for path in sorted(write_clip(tmp_path / "small").glob("*.png"))]
    for number, face in enumerate(small):
        frame = np.full((300, 400, 3), (255, 0, 0), np.uint8)
        frame[60:92, 100:132] = face
        cv2.imwrite(str(place / f"{number}.png"), frame)
    finder = FixedDetector(detector().faces[0] + np.float32([100, 60]))
    work = OwnWork(run, finder)
    work.load(ClipChoice(place))
    picture = cv2.imdecode(np.frombuffer(work.frame_picture(1), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (try_own_work.DRAWN, try_own_work.DRAWN, 3)
    blue = (picture[..., 0] > 200) & (picture[..., 2] < 60)
    assert not blue[150:-150, 150:-150].any() and blue[:10].all() and blue[-10:].all()
    onset = work.frame_picture(0)
    assert onset != work.frame_picture(0, overlay=False)
    with pytest.raises(InputError, match="Nothing is predicted yet"):
        work.explain()


def test_what_is_asked_meanwhile_waits_for_its_turn(view, clip, monkeypatch):
    """Two threads, as JupyterLab has them: the message of the later one is not wiped away by the end of the first."""
    begun, go_on = Event(), Event()
    original = OwnWork.predict

    def slow(self, *given, **named):
        begun.set()
        assert go_on.wait(30)
        return original(self, *given, **named)

    monkeypatch.setattr(OwnWork, "predict", slow)
    first = Thread(target=view.button.click)
    first.start()
    assert begun.wait(30)
    second = Thread(target=view.source.take_files, args=([clip / "1.png"],))
    second.start()
    second.join(0.3)
    assert second.is_alive()
    go_on.set()
    first.join(30)
    second.join(30)
    assert view.notice.kind == "error" and "one image alone" in view.notice.text


def test_sent_files_leave_the_path_empty_and_can_be_read_in_part(view, clip):
    view.source.take_files(sorted(clip.glob("*.png")))
    assert view.source.path.value == "" and view.work.found.clip.numbers == (1, 2, 3, 4, 5, 6)
    view.source.first.value, view.source.last.value = "2", "5"
    view.source.load_button.click()
    assert view.notice.text == "" and view.work.found.clip.numbers == (2, 3, 4, 5)
    view.source.swap_button.click()
    assert "Only two images can be swapped" in view.notice.text


def test_both_curves_are_in_one_unit_and_have_a_gap_at_the_offset(view):
    found = view.work.found
    curve, weighed = view.curve.plot.data
    assert curve.name == "optical flow, head and drift removed" and "its top is spotted" in weighed.name
    assert curve.yaxis == weighed.yaxis == "y" and view.curve.plot.layout.showlegend
    assert np.isnan(curve.y[-1]) and np.isnan(weighed.y[-1]) and np.nanmax(curve.y) == np.nanmax(found.curve)
    view.source.first.value, view.source.last.value = "1", "2"  # two frames: nothing moves between
    view.source.load_button.click()
    assert view.work.found.apex_source == "middle" and not view.curve.plot.data[1].visible
    assert list(view.curve.plot.data[0].x) == [1, 2] and view.curve.plot.layout.xaxis.range == (0.5, 2.5)
    view.source.first.value = view.source.last.value = ""
    view.source.load_button.click()
    assert view.curve.plot.data[1].visible and len(view.curve.plot.data[1].y) == 6


def test_the_axis_fits_after_every_change(tmp_path):
    """Curves are set in one update, in which a plotly widget still tells what it drew before."""
    short = prediction(tmp_path)
    clip = replace(short.clip, numbers=tuple(range(300)))
    long = replace(short, clip=clip, curve=np.sin(np.arange(300) / 95), weighed=None, apex=150)
    panel = MotionPanel(lambda number: None)
    for found, ends in ((long, (-0.5, 299.5)), (short, (0.5, 6.5)), (long, (-0.5, 299.5)), (short, (0.5, 6.5))):
        panel.show(found)
        assert panel.plot.layout.xaxis.range == ends
        assert [shape.x0 for shape in panel.plot.layout.shapes] == [found.onset, found.apex, found.offset, found.apex]
