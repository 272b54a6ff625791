import cv2
import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.motion.flow import FLOW_METHODS, FarnebackConfig, optical_flow, remove_head_motion
from mer.motion.units import pixels_to_grid
from mer.motion.warp import warp

METHODS = sorted(FLOW_METHODS)


def texture(side: int = 96) -> np.ndarray:
    """A smooth random grey image, uint8."""
    rough = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(rough, (0, 0), 2)
    return np.rint(127 + 120 * smooth / np.abs(smooth).max()).astype(np.uint8)


def moved(image: np.ndarray, right: float, down: float) -> np.ndarray:
    matrix = np.array([[1.0, 0, right], [0, 1, down]])
    return cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def test_there_are_three_methods() -> None:
    assert METHODS == ["dis", "farneback", "tvl1"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shift", [(1.0, 0.0), (0.0, -1.5), (0.6, 0.4)])
def test_a_face_that_moves_right_came_from_the_left(method: str, shift: tuple[float, float]) -> None:
    field = optical_flow(texture(), moved(texture(), *shift), method)
    assert field.shape == (2, 96, 96)
    assert field.dtype == np.float32
    middle = field[:, 20:-20, 20:-20]
    np.testing.assert_allclose(middle.mean(axis=(1, 2)), -np.array(shift), atol=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_equal_frames_do_not_move(method: str) -> None:
    assert np.abs(optical_flow(texture(), texture(), method))[:, 12:-12, 12:-12].max() < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_the_field_predicts_the_apex(method: str) -> None:
    """Ground truth: the onset warped by a smooth known field; warping by the estimate comes back to the apex."""
    y, x = np.mgrid[:96, :96].astype(np.float32)
    truth = np.stack([1.5 * np.exp(-((x - 50) ** 2 + (y - 40) ** 2) / 300), 0 * x])
    onset = texture()
    apex = cv2.remap(onset, x + truth[0], y + truth[1], cv2.INTER_CUBIC)
    field = optical_flow(onset, apex, method)
    assert np.linalg.norm(field - truth, axis=0).mean() < 0.1
    assert field[0, 40, 50] == pytest.approx(1.5, abs=0.5)

    def tensor(image: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(image.astype(np.float32))[None, None]

    def error(displacement: np.ndarray) -> float:
        predicted = warp(tensor(onset), torch.from_numpy(pixels_to_grid(displacement))[None])
        return float((predicted - tensor(apex)).abs().mean())

    assert error(field) < 0.5 * error(0 * field)
    assert error(-field) > error(0 * field)


@pytest.mark.parametrize("method", METHODS)
def test_mirrored_frames_mirror_the_field(method: str) -> None:
    onset, apex = texture(), moved(texture(), 1, 0.5)
    field = optical_flow(onset, apex, method)
    mirrored = optical_flow(onset[:, ::-1], apex[:, ::-1], method)
    np.testing.assert_allclose(
        mirrored[:, :, ::-1][:, 25:-25, 25:-25] * np.array([-1, 1]).reshape(2, 1, 1),
        field[:, 25:-25, 25:-25],
        atol=0.15,
    )


def test_accepts_grey_colour_and_floats() -> None:
    onset, apex = texture(), moved(texture(), 1, 0)
    expected = optical_flow(onset, apex, "farneback")
    for change in (
        lambda image: image[..., None],
        lambda image: np.repeat(image[..., None], 3, axis=2),
        lambda image: image.astype(np.float32) / 255,
    ):
        np.testing.assert_allclose(optical_flow(change(onset), change(apex), "farneback"), expected, atol=1e-3)


def test_configuration_is_used() -> None:
    onset, apex = texture(), moved(texture(), 4, 0)
    one_level = optical_flow(onset, apex, FarnebackConfig(levels=1, window=9, iterations=1))
    assert not np.allclose(one_level, optical_flow(onset, apex, "farneback"), atol=0.1)


@pytest.mark.parametrize(
    ("onset", "apex", "method", "message"),
    [
        (texture(), texture(), "tv-l1", "'tvl1'"),
        (texture(), texture(64), "dis", "one size"),
        (texture()[:8, :8], texture()[:8, :8], "dis", "too small"),
        (texture().astype(np.float32), texture(), "dis", "outside 0..1"),
        (np.zeros((2, 32, 32), np.uint8), texture(), "dis", r"\(H, W, 3\)"),
    ],
)
def test_wrong_input_is_refused(onset: np.ndarray, apex: np.ndarray, method: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        optical_flow(onset, apex, method)


class TestHeadMotion:
    def test_is_what_the_nose_does(self) -> None:
        field = np.zeros((2, 40, 40), np.float32)
        field[0], field[1] = 2, -1
        field[0, :5, :5] = 9
        still = remove_head_motion(field, np.array([20.2, 19.8]))
        assert still.dtype == np.float32
        np.testing.assert_allclose(still[:, 20, 20], 0)
        np.testing.assert_allclose(still[:, 0, 0], [7, 0])

    def test_mean_of_the_patch_by_hand(self) -> None:
        field = np.zeros((2, 40, 40))
        field[0] = np.arange(40)  # mean over the columns 15 to 25 is 20
        field[1, 20, 20] = np.nan  # left out, with its row of the patch still there
        still = remove_head_motion(field, np.array([20, 20]), patch=11)
        assert still[0, 0, 30] == pytest.approx(10)

    def test_a_nose_off_the_field_is_refused(self) -> None:
        with pytest.raises(InputError, match="around the nose"):
            remove_head_motion(np.zeros((2, 40, 40)), np.array([90, 20]))
