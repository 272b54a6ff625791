from collections.abc import Callable
from time import process_time

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.canonical import square_points
from mer.face.regions import region_boxes
from mer.motion.apex_curve import cells_in, difference_curve, motion_curve
from mer.motion.spotting import BY_RULE, METHODS, SpotConfig, place_of_top, spot_apex, weighed_curve

BOXES = region_boxes(square_points(128), 128)
PLAIN = SpotConfig(prior_sigma=1e6)  # nothing known of where apexes lie
LENGTH = 25


def texture(seed: int = 0, side: int = 128) -> np.ndarray:
    """A smooth random grey image, float32, about 60 to 200."""
    rough = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(rough, (0, 0), 2)
    return 130 + 70 * smooth / np.abs(smooth).max()


def stack(images: list[np.ndarray]) -> np.ndarray:
    return np.rint(np.clip(np.stack(images), 0, 255)).astype(np.uint8)[..., None]


def warped(image: np.ndarray, lift: float, right: float = 0.0, down: float = 0.0) -> np.ndarray:
    """Mouth corners lifted by ``lift`` pixels, the whole shifted."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32) / image.shape[0]
    bumps = sum(np.exp(-((x - corner) ** 2 + (y - 0.72) ** 2) / 0.008) for corner in (0.35, 0.65))
    side = image.shape[0]
    return cv2.remap(
        image,
        (x * side - right).astype(np.float32),
        (y * side - down + lift * bumps).astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )


def course(peak: int, length: int = LENGTH) -> np.ndarray:
    """The expression from 0 at the onset to 1 at ``peak`` and back to 0 at the offset."""
    number = np.arange(length)
    rise, fall = number / peak, (length - 1 - number) / (length - 1 - peak)
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(np.minimum(rise, fall), 0, 1))


def clip(peak: int, pixels: float = 1.5, noise: float = 1.5, seed: int = 0) -> np.ndarray:
    face, draw = texture(seed), np.random.default_rng(seed + 100)
    return stack([warped(face, pixels * e) + draw.normal(0, noise, face.shape) for e in course(peak)])


@pytest.mark.parametrize("method", ["flow", "difference"])
@pytest.mark.parametrize("peak", [5, 9, 12, 16, 20])
def test_a_planted_top_is_found(method: str, peak: int) -> None:
    frames = clip(peak, noise={"flow": 1.5, "difference": 0.5}[method], seed=peak)
    config = SpotConfig(method=method, prior_sigma=1e6, sharpness=4)  # type: ignore[arg-type]
    found = spot_apex(frames, BOXES, config)
    assert abs(found.index - peak) <= 1
    assert found.curve.shape == (LENGTH,)
    assert found.curve.dtype == np.float32
    assert not found.flat


@pytest.mark.parametrize("peak", [8, 12, 16])
def test_the_prior_does_not_outweigh_a_clear_top(peak: int) -> None:
    """It may draw a broad top by half of the way to the middle, frame 12, not more."""
    assert abs(spot_apex(clip(peak, seed=peak), BOXES).index - peak) <= max(1, abs(12 - peak) / 2)


def test_the_curve_is_in_pixels() -> None:
    """A patch that moves by 2 pixels in a quarter of the cells that count: their mean is a half pixel, about."""
    face = texture()
    moved = face.copy()
    cells = np.zeros((128, 128), bool)
    cells[64:, 64:] = True
    shifted = cv2.warpAffine(face, np.array([[1.0, 0, 2], [0, 1, 0]]), (128, 128), borderMode=cv2.BORDER_REFLECT)
    moved[cells] = shifted[cells]
    curve = motion_curve(stack([face, moved, face]), None)
    assert curve[0] == 0
    assert curve[1] == pytest.approx(0.5, abs=0.12)
    assert curve[2] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in BY_RULE])
def test_a_still_clip_falls_back_to_the_middle(method: str) -> None:
    still = stack([texture()] * 10)
    found = spot_apex(still, BOXES, SpotConfig(method=method))  # type: ignore[arg-type]
    assert found.flat
    assert found.index == 5


@pytest.mark.parametrize("repeated", [3, 8, 20])
def test_a_frame_that_stands_twice_makes_no_false_top(repeated: int) -> None:
    """The released SMIC and the ratio of differences of an earlier spotter: a repeated frame must not win."""
    frames = clip(14)
    frames[repeated] = frames[repeated - 1]
    assert abs(spot_apex(frames, BOXES, PLAIN).index - 14) <= 1


@pytest.mark.parametrize("peak", [8, 16])
@pytest.mark.parametrize("change", [-0.15, 0.15])
def test_light_that_changes_does_not_pull_the_apex(peak: int, change: float) -> None:
    face = texture()
    path = np.linspace(0, 1, LENGTH)
    frames = stack([warped(face, 1.5 * e) * (1 + change * t) for e, t in zip(course(peak), path, strict=True)])
    for method in ("flow", "difference"):
        found = spot_apex(frames, BOXES, SpotConfig(method=method, prior_sigma=1e6))  # type: ignore[arg-type]
        assert abs(found.index - peak) <= 1, method


def test_light_alone_is_flat() -> None:
    frames = stack([texture() * (1 + 0.2 * np.sin(3 * t)) for t in np.linspace(0, 1, 12)])
    assert motion_curve(frames, BOXES).max() < 0.05


@pytest.mark.parametrize("drift", [True, False])
def test_a_head_that_shifts_and_comes_back_is_no_expression(drift: bool) -> None:
    """A shift of 2 pixels with its top at frame 5; the expression's top, of 1 pixel, is at 17."""
    face, head = texture(), 2 * course(5)
    alone = stack([warped(face, 0, right=shift, down=-shift) for shift in head])
    assert motion_curve(alone, BOXES, remove_drift=drift).max() < 0.1
    both = stack([warped(face, e, right=shift) for e, shift in zip(course(17), head, strict=True)])
    assert abs(spot_apex(both, BOXES, SpotConfig(prior_sigma=1e6, remove_drift=drift)).index - 17) <= 1


def test_a_head_that_turns_and_grows_is_no_expression() -> None:
    face = texture()
    frames = [
        cv2.warpAffine(
            face, cv2.getRotationMatrix2D((64, 64), 1.5 * e, 1 + 0.02 * e), (128, 128), borderMode=cv2.BORDER_REFLECT
        )
        for e in course(10)
    ]
    assert motion_curve(stack(frames), BOXES, remove_drift=False).max() < 0.1


def test_a_steady_drift_does_not_draw_the_apex_to_the_offset() -> None:
    """A face that also stretches steadily, as one that turns in depth: without the correction the end wins."""
    face = texture()
    y, x = np.mgrid[:128, :128].astype(np.float32)

    def stretched(image: np.ndarray, amount: float) -> np.ndarray:
        across = (x + amount * ((x - 64) / 64) ** 2).astype(np.float32)
        return cv2.remap(image, across, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)

    path = np.linspace(0, 3, LENGTH)
    frames = stack([stretched(warped(face, e), t) for e, t in zip(course(9), path, strict=True)])
    assert abs(spot_apex(frames, BOXES, PLAIN).index - 9) <= 1
    assert spot_apex(frames, BOXES, SpotConfig(prior_sigma=1e6, remove_drift=False)).index > 20


def test_a_blink_is_no_apex() -> None:
    """Lids that move by 4 pixels near frame 5 lie outside what counts."""
    face = texture()
    y, x = np.mgrid[:128, :128].astype(np.float32)
    frames = []
    for number, e in enumerate(course(15)):
        blink = np.exp(-(((number - 5) / 1.5) ** 2))
        image = warped(face, e)
        down = np.zeros_like(y)
        for box in BOXES[:2]:
            x0, y0, x1, y1 = box * 127
            middle, depth = (x0 + x1) / 2, (y0 + 3 * y1) / 4
            down += 4 * np.exp(-(((x - middle) / 8) ** 2) - ((y - depth) / 3) ** 2)
        frames.append(cv2.remap(image, x, y + (blink * down).astype(np.float32), cv2.INTER_CUBIC))
    assert abs(spot_apex(stack(frames), BOXES, PLAIN).index - 15) <= 1


@pytest.mark.parametrize("peak", [8, 12])
def test_a_place_that_jitters_does_not_drown_the_expression(peak: int) -> None:
    """The nose shakes by two pixels, the mouth moves by half of one: the mean length would be 3 and 2 frames off."""
    draw = np.random.default_rng(peak)
    y, x = np.mgrid[:128, :128].astype(np.float32)
    nose = np.exp(-(((x - 64) / 14) ** 2) - ((y - 60) / 14) ** 2).astype(np.float32)
    frames = []
    for e in course(peak):
        right, down = draw.normal(0, 2, 2).astype(np.float32)
        frames.append(cv2.remap(warped(texture(), 0.5 * e), x + right * nose, y + down * nose, cv2.INTER_CUBIC))
    assert abs(spot_apex(stack(frames), BOXES, PLAIN).index - peak) <= 1


@pytest.mark.parametrize("method", METHODS)
def test_four_hundred_clips_take_minutes(method: str) -> None:
    """60 frames are the mean of the composite database; measured 1 to 120 ms a clip; the limit is for a busy one."""
    frames = np.repeat(clip(12), 3, axis=0)[:60]
    before = process_time()  # of this process: others of a busy machine do not count
    spot_apex(frames, BOXES, SpotConfig(method=method))  # type: ignore[arg-type]
    assert process_time() - before < 1.5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", [1, 2, 3])
def test_very_short_clips(method: str, length: int) -> None:
    frames = clip(12)[[0, 12, 0][:length]]
    found = spot_apex(frames, BOXES, SpotConfig(method=method))  # type: ignore[arg-type]
    assert found.index == length // 2
    assert found.curve.shape == (length,)


def test_an_apex_is_never_the_onset() -> None:
    """A change that jumps and then only fades: the frequency method's window and the ratio of changes see it at 0."""
    frames = stack([texture()] + [warped(texture(), lift) for lift in np.linspace(3, 0, 12)])
    for method in METHODS:
        assert spot_apex(frames, BOXES, SpotConfig(method=method)).index >= 1, method  # type: ignore[arg-type]


def test_a_fixed_ratio() -> None:
    config = SpotConfig(method="ratio", ratio=0.25)
    assert [spot_apex(clip(5)[:n], BOXES, config).index for n in (1, 2, 5, 9, 25)] == [0, 1, 1, 2, 6]


def test_landmarks_place_the_cells_of_the_capsule_method() -> None:
    """Moved far to the corner, the cells no longer see the mouth move."""
    frames = clip(12, noise=0)
    config = SpotConfig(method="capsule")
    there = spot_apex(frames, BOXES, config, square_points(128))
    np.testing.assert_array_equal(there.curve, spot_apex(frames, BOXES, config).curve)
    large = np.stack([cv2.resize(image, (224, 224)) for image in frames])[..., None]
    assert abs(spot_apex(large, BOXES, config, square_points(224)).index - there.index) <= 1
    away = spot_apex(frames, BOXES, config, square_points(128) * 0.1)
    assert away.flat


def test_the_middle_is_the_papers() -> None:
    assert [spot_apex(clip(5)[:n], BOXES, SpotConfig(method="middle")).index for n in (1, 4, 5, 25)] == [0, 2, 2, 12]


@pytest.mark.parametrize(
    "change", [lambda f: np.repeat(f, 3, axis=3), lambda f: np.stack([cv2.resize(i, (224, 224)) for i in f])[..., None]]
)
def test_colour_and_other_sizes_agree(change: Callable[[np.ndarray], np.ndarray]) -> None:
    frames = clip(16, pixels=2)
    expected, found = (spot_apex(some, BOXES) for some in (frames, change(frames)))
    assert abs(found.index - expected.index) <= 1
    assert found.curve.max() == pytest.approx(expected.curve.max(), rel=0.25)


def test_the_number_of_threads_changes_nothing_and_is_left_alone() -> None:
    before = cv2.getNumThreads()
    try:
        curves = []
        for threads in (3, 1):
            cv2.setNumThreads(threads)
            curves.append(spot_apex(clip(9), BOXES).curve)
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*curves)


class TestPlaceOfTop:
    def test_the_prior_decides_between_equal_hills(self) -> None:
        curve = np.zeros(101)
        curve[[20, 60]] = 1
        assert place_of_top(curve, SpotConfig()) == 60
        assert place_of_top(curve, SpotConfig(prior_mean=0.2)) == 20

    def test_a_prior_of_a_whole_clip_or_more_says_practically_nothing(self) -> None:
        curve = np.full(101, 0.0)
        curve[[5, 50]] = 1, 0.95  # the higher one is far from where the prior expects it
        assert place_of_top(curve, SpotConfig(smoothing=0)) == 50
        assert place_of_top(curve, SpotConfig(smoothing=0, prior_sigma=1)) == 5

    def test_two_hills_are_not_averaged(self) -> None:
        number = np.arange(101)
        curve = np.exp(-(((number - 30) / 4) ** 2)) + 0.99 * np.exp(-(((number - 70) / 4) ** 2))
        assert place_of_top(curve, PLAIN) == 30

    def test_a_flat_top_gives_its_middle(self) -> None:
        curve = np.zeros(51)
        curve[20:31] = 1
        assert place_of_top(curve, PLAIN) == 25

    def test_a_single_high_frame_is_smoothed_away(self) -> None:
        number = np.arange(101)
        curve = np.exp(-(((number - 40) / 12) ** 2))
        curve[75] = 1.2
        assert place_of_top(curve, PLAIN) == pytest.approx(40, abs=1)
        assert place_of_top(curve, SpotConfig(prior_sigma=1e6, smoothing=0)) == 75

    def test_the_weighed_curve_has_its_top_where_the_apex_is_and_the_unit_of_the_curve(self) -> None:
        number = np.arange(101)
        curve = 0.04 * np.exp(-(((number - 62) / 12) ** 2))
        weighed = weighed_curve(curve, SpotConfig(top=1, sharpness=1))
        # the prior draws it to the middle
        assert weighed.argmax() == place_of_top(curve, SpotConfig(top=1, sharpness=1)) < 62
        assert 0.02 < weighed.max() < 0.04 and weighed.dtype == np.float32

    def test_without_smoothing_and_prior_the_curve_is_itself(self) -> None:
        curve = np.array([0.0, 1, 5, 3, 2, 0])
        weighed = weighed_curve(curve, SpotConfig(smoothing=0, prior_sigma=1e6, sharpness=4))
        np.testing.assert_allclose(weighed, curve, atol=1e-6)

    def test_the_highest_frame_alone(self) -> None:
        curve = np.array([0, 1, 5, 4.9, 4.8, 0.0])
        assert place_of_top(curve, SpotConfig(prior_sigma=1e6, smoothing=0, top=1)) == 2


class TestCells:
    def test_lids_are_left_out_and_brows_are_in(self) -> None:
        cells = cells_in(BOXES)
        x0, y0, x1, y1 = BOXES[0] * 31
        column = round((x0 + x1) / 2)
        assert cells[round(y0 + 0.25 * (y1 - y0)), column]
        assert not cells[round(y0 + 0.75 * (y1 - y0)), column]

    def test_no_boxes_is_the_whole_image(self) -> None:
        assert cells_in(None).all()

    def test_difference_counts_only_the_boxes(self) -> None:
        face = texture()
        changed = face.copy()
        changed[:6] += 60  # above the brows
        assert difference_curve(stack([face, changed, face]), BOXES)[1] < 0.2
        assert difference_curve(stack([face, changed, face]), None)[1] > 2


@pytest.mark.parametrize(
    ("frames", "boxes", "message"),
    [
        (np.zeros((3, 32, 32), np.uint8), BOXES, "found uint8"),
        (np.zeros((3, 32, 32, 1), np.float32), BOXES, "found float32"),
        (np.zeros((0, 32, 32, 1), np.uint8), BOXES, "at least 1"),
        (np.zeros((3, 32, 32, 1), np.uint8), BOXES[:, :2], r"expected \(boxes, 4\)"),
        (np.zeros((3, 32, 32, 1), np.uint8), np.array([[0.4, 0.4, 0.45, 0.45]]), "at least 16"),
    ],
)
def test_wrong_input_is_named(frames: np.ndarray, boxes: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        spot_apex(frames, boxes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "flaw"}, "'flow'"),
        ({"estimator": "diss"}, "'dis'"),
        ({"smoothing": -0.1}, "smoothing is -0.1"),
        ({"prior_sigma": 0.0}, "prior_sigma is 0"),
        ({"top": 1.5}, "top is 1.5"),
        ({"ratio": -0.1}, "ratio is -0.1"),
    ],
)
def test_wrong_configuration_is_named(values: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SpotConfig(**values)
