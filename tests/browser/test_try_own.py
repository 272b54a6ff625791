"""A clip of one's own in the page: sent from the browser, its apex moved by keyboard, predicted and explained."""

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from mer.datasets.synthetic.example import example_clip

CELLS = ("from mer.widgets.try_own.view import try_your_own", 'view = try_your_own("outputs/demo/train")\nview')


@pytest.fixture(scope="module")
def example(world, tmp_path_factory):
    """Frames of the rendered example, BGR; rendered once, into the world's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(world.cache))
        clip = example_clip()
    paths = sorted(clip.frames.glob("*.jpg"), key=lambda path: int("".join(filter(str.isdigit, path.stem))))
    return [cv2.imread(str(path)) for path in paths]


@pytest.fixture(scope="module")
def video(example, tmp_path_factory):
    """The example as a file that every telephone makes: frames 0 and up, 60 a second."""
    path = tmp_path_factory.mktemp("video") / "my clip.mp4"
    height, width = example[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 60, (width, height))
    for frame in example:
        writer.write(frame)
    writer.release()
    return path


def scores(view, clip=""):
    """The table of class scores, of the clip of this name."""
    return view.get_by_role("table", name=f"Class scores of {clip}")


def alert(view):
    """Where the view says what went wrong; a second one belongs to the explanation."""
    return view.get_by_role("alert").first


def send(view, *paths):
    view.get_by_label("Upload a video").set_input_files([str(path) for path in paths])


@pytest.mark.picture
def test_the_example_is_explained(open_notebook, example):
    notebook = open_notebook("try_own", cells=CELLS).run_all()
    view = notebook.output("view = try")
    expect(view).to_contain_text("A rendered (synthetic) face of a person in no database: made as surprise")
    expect(scores(view).get_by_role("row")).to_have_count(4)
    expect(view.get_by_role("img", name="its onset, with the face found")).to_be_visible()
    view.get_by_role("button", name="Explain").press("Enter")
    expect(view.get_by_role("table", name="Occlusion")).to_be_visible()
    expect(view.get_by_role("img", name="The onset face with what speaks for")).to_be_visible()
    expect(view).to_contain_text("baseline: the onset in place of the apex")
    notebook.check()
    notebook.page.set_viewport_size({"width": 1400, "height": 1700})  # all of the view at once
    notebook.picture(view, "try-your-own")


@pytest.mark.whole_notebook("14_try_your_own")
def test_a_video_of_ones_own_is_predicted_and_its_apex_moved_by_keyboard(open_notebook, video, tmp_path):
    """On the notebook itself; after the file is chosen, which only the system's own dialog can do, keys alone."""
    notebook = open_notebook("14_try_your_own", train_run="outputs/demo/train").run_all()
    view = notebook.output("try_your_own(train_run")
    press = notebook.page.keyboard.press
    expect(scores(view)).to_be_visible()
    send(view, video)
    expect(view).to_contain_text("my clip.mp4: frames 0 to")
    expect(scores(view, "my clip.mp4").get_by_role("row")).to_have_count(4)
    expect(view).to_contain_text("compressed from frame to frame")
    expect(view).to_contain_text("head motion and drift removed")
    expect(view).to_contain_text("that the models generate, mean over them, head included")
    expect(view.get_by_role("img", name="Frame 0 of my clip.mp4, its onset, with the face found")).to_be_visible()
    mark = view.get_by_role("slider", name="apex")
    expect(view).to_contain_text(", spotted by optical flow")
    spotted = int(mark.get_attribute("aria-valuenow"))

    view.get_by_role("slider", name="onset").focus()
    press("Tab")
    expect(mark).to_be_focused()
    for _ in range(3):
        press("ArrowLeft")
    expect(view.get_by_role("status").filter(has_text="The marks were moved")).to_be_visible()
    expect(view.get_by_role("img", name=f"Frame {spotted - 3} of my clip.mp4")).to_be_visible()
    for _ in range(4):  # past the offset, the frame's field and how the apex is found
        press("Tab")
    expect(view.get_by_role("button", name="Predict")).to_be_focused()
    press("Enter")
    expect(view).to_contain_text(f"Apex: frame {spotted - 3}, chosen by you")
    moved = view.get_by_role("table", name="Scores with the apex at other frames")
    expect(moved.get_by_role("columnheader", name=f"{spotted - 3} (apex)")).to_be_visible()
    for _ in range(3):  # past that table, which may be wider than its place, and the class
        press("Tab")
    expect(view.get_by_role("button", name="Explain")).to_be_focused()
    press("Enter")
    expect(view.get_by_role("table", name="Occlusion")).to_contain_text("models from, to")
    expect(view).to_contain_text("moves only as the head does")
    view.get_by_label("Apex", exact=True).select_option("spotted")
    view.get_by_role("button", name="Predict").press("Enter")
    expect(view).to_contain_text(f"Apex: frame {spotted}, spotted")
    notebook.check()

    text = tmp_path / "notes.txt"
    text.write_text("no video")
    send(view, text)
    expect(alert(view)).to_contain_text("notes.txt is neither a video nor an image")
    expect(
        view.get_by_role("status").filter(has_text="All below is still of what was asked before: my clip.mp4")
    ).to_be_visible()
    notebook.check()


def test_after_a_corrupt_video_the_scores_say_whose_they_are_until_a_good_one_comes(
    open_notebook, video, example, tmp_path
):
    notebook = open_notebook("try_own", cells=CELLS).run_all()
    view = notebook.output("view = try")
    send(view, video)
    expect(scores(view, "my clip.mp4")).to_be_visible()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:2000])
    send(view, broken)
    expect(alert(view)).to_contain_text("broken.mp4 cannot be read as a video (damaged, cut off, or without pictures)")
    earlier = view.get_by_role("status").filter(has_text="All below is still of what was asked before: my clip.mp4")
    expect(earlier).to_be_visible()
    notebook.check()
    animation = tmp_path / "good.gif"
    stills = [Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)) for frame in example[::4]]
    stills[0].save(animation, save_all=True, append_images=stills[1:], duration=40)
    send(view, animation)
    expect(scores(view, "good.gif")).to_be_visible()
    expect(alert(view)).to_be_empty()
    expect(earlier).to_have_count(0)
    notebook.check()


def test_two_images_are_a_clip_and_can_be_swapped(open_notebook, example, tmp_path):
    names = [tmp_path / "a-onset.png", tmp_path / "b-apex.png"]
    for path, frame in zip(names, (example[0], example[len(example) // 2]), strict=True):
        cv2.imwrite(str(path), frame)
    notebook = open_notebook("try_own", cells=CELLS).run_all()
    view = notebook.output("view = try")
    send(view, *names)
    expect(view).to_contain_text("a-onset.png and b-apex.png: two images")
    expect(view).to_contain_text("the second image")
    swap = view.get_by_role("button", name="Swap images")
    swap.focus()
    notebook.page.keyboard.press("Enter")
    expect(view).to_contain_text("b-apex.png and a-onset.png: two images")
    send(view, names[0])
    expect(alert(view)).to_contain_text("one image alone; motion needs two")

    small = tmp_path / "small.png"
    cv2.imwrite(str(small), cv2.resize(example[0], (100, 100)))
    send(view, names[0], small)
    expect(alert(view)).to_contain_text("both must come from one clip, in one size")
    notebook.check()


def test_what_cannot_be_predicted_is_said_and_the_view_stays_usable(open_notebook, example, tmp_path):
    notebook = open_notebook("try_own", cells=CELLS).run_all()
    view = notebook.output("view = try")
    expect(scores(view)).to_be_visible()

    empty = [tmp_path / f"wall-{number}.png" for number in (1, 2)]
    for path in empty:
        cv2.imwrite(str(path), np.full((120, 160, 3), 128, np.uint8))
    send(view, *empty)
    expect(alert(view)).to_contain_text("No face found")
    two = [tmp_path / f"two-{number}.png" for number in (1, 2)]
    for path in two:
        cv2.imwrite(str(path), np.hstack([example[0], example[0]]))
    send(view, *two)
    expect(alert(view)).to_contain_text("2 faces found")

    view.get_by_label("Path", exact=True).fill("/nowhere/clip.mp4")
    notebook.settle()
    view.get_by_role("button", name="Load", exact=True).click()
    expect(alert(view)).to_contain_text("/nowhere/clip.mp4 does not exist. Expected a video")
    view.get_by_label("Run", exact=True).fill("outputs/demo/align")
    notebook.settle()
    view.get_by_role("button", name="Example").click()
    expect(alert(view)).to_contain_text("Give the folder of a finished LOSO run")
    view.get_by_label("Run", exact=True).fill("outputs/demo/train")
    notebook.settle()
    view.get_by_role("button", name="Example").click()
    expect(alert(view)).to_be_empty()
    expect(view).to_contain_text("A rendered (synthetic) face")
    expect(scores(view)).to_be_visible()
    notebook.check()
