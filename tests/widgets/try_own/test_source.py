"""What is asked about, and of which run: chosen, sent, swapped, and said where it cannot be read."""

import shutil

import cv2

from mer.face import own_source
from mer.widgets.try_own import work as try_own_work
from mer.widgets.try_own.view import try_your_own
from tests.face.conftest import FixedDetector
from tests.own_clip import detector, still_image, write_run


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


def test_sent_files_leave_the_path_empty_and_can_be_read_in_part(view, clip):
    view.source.take_files(sorted(clip.glob("*.png")))
    assert view.source.path.value == "" and view.work.found.clip.numbers == (1, 2, 3, 4, 5, 6)
    view.source.first.value, view.source.last.value = "2", "5"
    view.source.load_button.click()
    assert view.notice.text == "" and view.work.found.clip.numbers == (2, 3, 4, 5)
    view.source.swap_button.click()
    assert "Only two images can be swapped" in view.notice.text
