"""The rendered example: one clip, made once, whole."""

from dataclasses import replace

import pytest

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


def test_one_that_is_not_whole_is_rendered_again(small):
    clip = example_clip()
    (clip.frames.parents[2] / "clip.json").unlink()
    next(clip.frames.glob("*.jpg")).unlink()
    assert example_clip() == clip
    assert len(ImageFolder(clip.frames).numbers) > clip.offset - clip.onset


def test_its_people_are_in_no_database_of_a_study():
    assert example.CONFIG.seed not in (SyntheticConfig().seed, 1)
