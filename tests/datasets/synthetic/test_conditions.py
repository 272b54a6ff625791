"""What each condition changes, and that it changes nothing else."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.folder import open_folder
from mer.datasets.image_bytes import read_frame
from mer.datasets.synthetic.build import build_synthetic, fingerprint
from mer.datasets.synthetic.clip import make_scene, rendered_frames, subject_head
from mer.datasets.synthetic.conditions import CONDITIONS, check_conditions, condition_of
from mer.datasets.synthetic.head import geometry
from mer.datasets.synthetic.looks import LOOKS
from mer.datasets.synthetic.names import conditions_of, is_rendered, synthetic_config, under_condition
from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.manifest.clips import COLUMNS

PLAIN = SyntheticConfig(seed=3, looks=("synthetic-casme2",), subjects=1, clips_per_subject=2, tempo=0.25, size=96)


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    """The plain database and that of each condition, by name."""
    root = tmp_path_factory.mktemp("conditions")
    names = ("none", *CONDITIONS)
    return {name: build_synthetic(replace(PLAIN, condition=name), root / name, n_jobs=1) for name in names}


def scene(condition, number=0):
    config = replace(PLAIN, condition=condition)
    clip = plan(config)[number]
    return clip, make_scene(config, clip, subject_head(config, clip))


def key_frames(database, number=0):
    row = database.clips.iloc[number]
    return [database.frame(row, int(row[key])).astype(float) for key in ("onset", "apex")]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_only_the_pictures_differ(databases, condition):
    plain, harder = databases["none"], databases[condition]
    assert harder.clips[COLUMNS].equals(plain.clips[COLUMNS])
    assert harder.name == f"synthetic+{condition}" and harder.synthetic and harder.fingerprint != plain.fingerprint
    for one, two in zip(key_frames(plain), key_frames(harder), strict=True):
        assert one.shape == two.shape
    assert not np.array_equal(key_frames(plain)[1], key_frames(harder)[1])
    for _, row in plain.clips.iterrows():
        before, after = (
            json.loads((database.root / row["frames"] / "meta.json").read_text()) for database in (plain, harder)
        )
        assert after.pop("condition")["name"] == condition
        assert after == before, "expression, envelope, distractors and person are those of the plain clip"


def test_the_plain_name_has_not_changed():
    assert fingerprint(SyntheticConfig()).startswith("c4ff6ae4f957")
    assert set(SyntheticConfig().describe()) & {"condition", "every"} == set()


def test_glasses_move_with_the_head_and_mirror_a_window_that_does_not(databases):
    onset, _ = key_frames(databases["glasses"])
    plain, _ = key_frames(databases["none"])
    changed = np.abs(onset - plain).max(axis=2) > 20
    eyes = changed[30:50, 20:76].mean()
    assert 0.1 < eyes < 0.9 and changed[60:].mean() < 0.01, "they cover the eyes, not the mouth"
    clip, worn = scene("glasses")
    first, last = clip.onset - clip.first, clip.apex - clip.first
    _, bare = scene("none")
    with_frame, without = worn.displacement(first, last), bare.displacement(first, last)
    both = np.isfinite(with_frame).all(axis=0) & np.isfinite(without).all(axis=0)
    differs = both & (np.abs(np.nan_to_num(with_frame - without)).max(axis=0) > 1e-6)
    assert 0 < differs.sum() < 0.2 * both.sum(), "the truth differs where the frame covers the skin only"


def test_the_window_slides_over_the_lens_when_the_head_turns():
    _, worn = scene("glasses")
    steady = replace(worn.course, pose=worn.course.pose * 0, units=worn.course.units * 0)
    still = replace(worn, course=replace(steady, envelope=steady.envelope * 0, light=np.ones_like(steady.light)))
    turned = still.course.pose.copy()
    turned[1, 0] = np.deg2rad(1.0)
    moved = replace(still, course=replace(still.course, pose=turned))
    dim = replace(moved, head=replace(moved.head, glasses=replace(moved.head.glasses, brightness=0.0)))
    window = [(moved.picture(frame) - dim.picture(frame)).sum(axis=(0, 2)) for frame in (0, 1)]
    assert min(light.sum() for light in window) > 5
    image = np.diff([light @ np.arange(PLAIN.size) / light.sum() for light in window])[0]
    skin = np.nanmedian(-moved.displacement(0, 1)[0][30:50, 20:76])
    assert skin > 0.3
    assert image < skin - 0.3, "nose and lens go right, the window's image stays behind"


def test_blinking_closes_the_lids_at_every_apex():
    names = geometry().pack.unit_names
    lids = [names.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    for number in range(2):
        clip, blinking = scene("blinking", number)
        _, plain = scene("none", number)
        first, last = clip.onset - clip.first, clip.apex - clip.first
        closed = blinking.course.units[:, lids].min(axis=1)
        assert closed[last] > 0.9 and closed[first] < max(0.2, plain.course.units[first, lids].max() + 0.01)
        assert blinking.course.units.max() <= max(1.0, plain.course.units.max())
        assert np.nanmax(-blinking.displacement(first, last)[1]) > 2, "the lid came from above"
        others = np.delete(blinking.course.units - plain.course.units, lids, axis=1)
        assert np.abs(others).max() == 0 and np.array_equal(blinking.course.pose, plain.course.pose)


def test_the_head_turns_by_four_to_six_degrees(databases):
    sides = set()
    for number, (_, row) in enumerate(databases["head-turn"].clips.iterrows()):
        clip, turning = scene("head-turn", number)
        _, plain = scene("none", number)
        more = np.rad2deg(turning.course.pose - plain.course.pose)
        first, last = clip.onset - clip.first, clip.apex - clip.first
        assert np.abs(more[: first + 1]).max() == 0 and np.abs(more[:, 2:]).max() == 0
        assert 4 <= abs(more[last, 0]) <= 6 and 1 <= abs(more[last, 1]) <= 3
        drawn = json.loads((databases["head-turn"].root / row["frames"] / "meta.json").read_text())["condition"]
        assert drawn["yaw_degrees"] == pytest.approx(more[last, 0], abs=1e-3)
        sides.add(np.sign(more[last, 0]))
        field = turning.displacement(first, last)
        assert np.nanpercentile(np.hypot(*field), 90) > 2
    assert len(sides) >= 1


def test_low_light_is_three_stops_darker_and_noisier_for_its_brightness(databases):
    (bright, _), (dark, _) = key_frames(databases["none"]), key_frames(databases["low-light"])
    assert 0.3 < dark.mean() / bright.mean() < 0.5
    read, shot = condition_of("low-light").noise(0.004, 0.012)
    assert read == pytest.approx(0.004 * 8 ** (1 - 1 / 2.2))
    # Photons: an eighth of them have a noise sqrt(8) times as large for the light; dV = V dL / (2.2 L).
    light = 0.5
    relative = 0.012 * np.sqrt(light ** (1 / 2.2)) * 2.2 / light ** (1 / 2.2)  # of the light, in the plain clip
    shown = (light / 8) ** (1 / 2.2)
    assert shot * np.sqrt(shown) == pytest.approx(relative * np.sqrt(8) * shown / 2.2)


def test_compression_makes_files_small_and_blocky(databases):
    def size(name):
        return sum(path.stat().st_size for path in databases[name].root.rglob("*.jpg"))

    assert size("compression") < 0.28 * size("none")
    image = key_frames(databases["compression"])[0].mean(axis=2)
    steps = np.abs(np.diff(image, axis=1)).mean(axis=0)
    between = np.arange(7, len(steps), 8)  # blocks of 8 pixels
    assert steps[between].mean() > 2 * np.delete(steps, between).mean()


def test_a_video_keeps_the_picture_and_loses_what_changes_little_from_frame_to_frame(databases):
    row = databases["none"].clips.iloc[0]
    plain, video = (np.stack([*databases[name].frames(row)]).astype(float) for name in ("none", "video"))
    assert plain.shape == video.shape
    assert 1.5 < np.abs(video - plain).mean() < 8
    ground = [np.abs(np.diff(frames[:, :16, :10], axis=0)).mean() for frames in (plain, video)]
    assert ground[1] < 0.5 * ground[0], "noise from frame to frame is not worth coding"
    apex = int(row["apex"]) - int(row["onset"])
    own, other = (np.abs(video[apex] - plain[frame]).mean() for frame in (apex, 0))
    assert own < other, "a frame comes back as itself, not as another of the clip"
    meta = json.loads((databases["video"].root / row["frames"] / "meta.json").read_text())
    assert meta["condition"]["codec"] == "mp4v" and "rendered" not in meta


@pytest.mark.parametrize("condition", ["glasses", "video"])
def test_a_condition_is_the_same_bytes_again(databases, tmp_path, condition):
    again = build_synthetic(replace(PLAIN, condition=condition), tmp_path / "again", n_jobs=2)
    for path in sorted(again.root.rglob("*.*")):
        assert path.read_bytes() == (databases[condition].root / path.relative_to(again.root)).read_bytes(), path


def test_frames_that_are_not_rendered_repeat_the_one_before(tmp_path):
    config = replace(PLAIN, every=6, tempo=0.6, clips_per_subject=1)
    database = build_synthetic(config, tmp_path / "few", n_jobs=1)
    clip, row = plan(config)[0], database.clips.iloc[0]
    rendered = [clip.first + frame for frame in rendered_frames(config, clip)]
    assert {clip.onset, clip.apex - 1, clip.apex, clip.apex + 1, clip.offset} <= set(rendered)
    assert json.loads((database.root / row["frames"] / "meta.json").read_text())["rendered"] == rendered
    assert len(rendered) < 0.6 * clip.frames
    files = {
        number: read_frame(database.root / row["frames"] / f"img{number}.jpg")
        for number in range(clip.first, clip.first + clip.frames)
    }
    for number in range(clip.first + 1, clip.first + clip.frames):
        assert np.array_equal(files[number], files[number - 1]) == (number not in rendered)
    assert len(list(database.frames(row))) == clip.offset - clip.onset + 1, "clips are whole for the readers"


def test_names_and_folders_of_the_same_people_under_a_condition(databases, monkeypatch, tmp_path):
    assert under_condition("synthetic:4", "blinking") == "synthetic:4+blinking"
    config = synthetic_config("synthetic:4+blinking")
    assert config is not None and (config.seed, config.condition, config.every) == (4, "blinking", 6)
    config = synthetic_config("synthetic:4+video")
    assert config is not None and (config.condition, config.every) == ("video", 1), "a video needs all its frames"
    assert synthetic_config("synthetic") == SyntheticConfig() and synthetic_config("casme2:cropped") is None
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    folder = under_condition(str(databases["none"].root), "low-light")
    assert open_folder(folder).clips.equals(databases["none"].clips)
    assert conditions_of("synthetic", ["glasses"]) == {"glasses": "synthetic+glasses"}
    assert conditions_of("casme2", ["glasses"]) == {}
    assert is_rendered("synthetic:1") and is_rendered(str(databases["none"].root)) and not is_rendered("casme2")


def test_wrong_conditions_say_what_is_right(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'head-turn'"):
        under_condition("synthetic", "headturn")
    with pytest.raises(InputError, match="has a condition already"):
        under_condition("synthetic+glasses", "blinking")
    with pytest.raises(InputError, match="for a synthetic database only; 'megc2019' is none"):
        under_condition("megc2019", "glasses")
    with pytest.raises(InputError, match="Did you mean 'blinking'"):
        synthetic_config("synthetic:0+blinkng")
    with pytest.raises(InputError, match="stands twice"):
        check_conditions(["glasses", "glasses"])
    assert LOOKS.keys() >= set(SyntheticConfig().looks)
