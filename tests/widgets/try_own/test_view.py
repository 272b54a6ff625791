"""The view of a clip of one's own, without a browser: what it shows, how marks count, in which order it asks."""

from threading import Event, Thread

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.rounded import rounded
from mer.widgets.try_own import work as try_own_work
from mer.widgets.try_own.choice import ClipChoice
from mer.widgets.try_own.view import MARKED, SPOTTED
from mer.widgets.try_own.words import explanation_html, found_html, motion_html, regions_html, scores_html
from mer.widgets.try_own.work import OwnWork
from tests.face.conftest import FixedDetector
from tests.own_clip import detector, write_clip


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
