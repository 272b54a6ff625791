"""The rendered example: one clip, made once, whole."""

from dataclasses import replace

import pytest

from mer.core.files import read_json
from mer.datasets.image_folder import ImageFolder
from mer.datasets.synthetic import example
from mer.datasets.synthetic.example import example_clip
from mer.datasets.synthetic.plan import SyntheticConfig


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    monkeypatch.setattr(example, "CONFIG", replace(example.CONFIG, size=64, tempo=0.1))


def test_it_is_rendered_once_and_is_whole(small, monkeypatch):
    clip = example_clip()
    numbers = ImageFolder(clip.frames).numbers
    assert clip.label == "surprise" and clip.fps == 200
    assert numbers[0] < clip.onset < clip.apex < clip.offset < numbers[-1]
    assert list(numbers) == list(range(numbers[0], numbers[-1] + 1))
    monkeypatch.setattr(example, "render_clip", lambda *given: pytest.fail("rendered twice"))
    assert example_clip() == clip


def test_its_folder_is_not_taken_for_a_person_of_a_database(small):
    """Planned as ``casme2/sub..``, of which a synthetic database has another one."""
    frames = example_clip().frames
    assert frames.parts[-2:] == ("person-in-no-database", "example")
    assert [path.name for path in frames.parents[1].iterdir() if path.is_dir()] == ["person-in-no-database"]
    row = read_json(frames.parents[1] / "clip.json")
    assert (row["database"], row["subject"], row["clip"]) == ("example", "person-in-no-database", "example")


def test_one_that_is_not_whole_is_rendered_again(small):
    clip = example_clip()
    (clip.frames.parents[1] / "clip.json").unlink()
    next(clip.frames.glob("*.jpg")).unlink()
    assert example_clip() == clip
    assert len(ImageFolder(clip.frames).numbers) > clip.offset - clip.onset


def test_its_people_are_in_no_database_of_a_study():
    assert example.CONFIG.seed not in (SyntheticConfig().seed, 1)
