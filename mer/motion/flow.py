"""Optical flow between an onset and an apex frame, as the backward displacement that the whole suite uses.

Conventions
-----------
``apex(x) = onset(x + D(x))``: the field lives on the grid of the apex frame and points to where each point came from.
It is the flow computed *from apex to onset*. Papers on micro-expressions usually compute it from onset to apex; that
field is about -D, and its features differ by sign only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from mer.core.errors import InputError, nearest


@dataclass(frozen=True)
class TVL1Config:
    """TV-L1 (Zach, Pock, Bischof 2007; Sanchez et al., IPOL 2013); the values are OpenCV's."""

    tau: float = 0.25
    weight_of_data: float = 0.15
    theta: float = 0.3
    scales: int = 5
    scale_step: float = 0.8
    warps: int = 5
    epsilon: float = 0.01
    inner_iterations: int = 30
    outer_iterations: int = 10
    median_size: int = 5


@dataclass(frozen=True)
class DISConfig:
    """Dense inverse search (Kroeger et al., ECCV 2016), OpenCV's preset "medium".

    ``finest_scale`` 0 would be full resolution.
    """

    finest_scale: int = 1
    patch_size: int = 8
    patch_stride: int = 3
    descent_iterations: int = 25
    refinement_iterations: int = 5


@dataclass(frozen=True)
class FarnebackConfig:
    """Farneback (SCIA 2003) with the values of ME-PLAN's apex code."""

    pyramid_scale: float = 0.5
    levels: int = 3
    window: int = 15
    iterations: int = 3
    neighbourhood: int = 5
    sigma: float = 1.2


FlowConfig = TVL1Config | DISConfig | FarnebackConfig

#: Name to default configuration.
FLOW_METHODS: dict[str, FlowConfig] = {"tvl1": TVL1Config(), "dis": DISConfig(), "farneback": FarnebackConfig()}


def optical_flow(onset: np.ndarray, apex: np.ndarray, method: str | FlowConfig = "tvl1") -> np.ndarray:
    """Backward displacement of an apex frame, estimated.

    Args:
        onset: grey or RGB, shape (H, W), (H, W, 1) or (H, W, 3); uint8, or float in [0, 1].
        apex: the same.
        method: ``tvl1``, ``dis``, ``farneback`` or a configuration of one of them.

    Returns:
        float32, shape (2, H, W), pixels, x first: ``apex(x)`` is about ``onset(x + D(x))``.

    Raises:
        InputError: an unknown method, frames of different or too small size, or values out of range.
    """
    config = _config(method)
    first, second = _grey(apex, "apex"), _grey(onset, "onset")
    if first.shape != second.shape:
        raise InputError(f"Onset has shape {second.shape} and apex {first.shape}; both must have one size.")
    if min(first.shape) < 16:
        raise InputError(f"Frames of {first.shape[1]} x {first.shape[0]} pixels are too small for flow; at least 16.")
    field = _ESTIMATORS[type(config)](first, second, config)
    return np.ascontiguousarray(field.transpose(2, 0, 1), dtype=np.float32)


def remove_head_motion(displacement_px: np.ndarray, nose: np.ndarray, patch: int = 11) -> np.ndarray:
    """Subtract the mean displacement around the bridge of the nose, where a face moves only with the head.

    Args:
        displacement_px: shape (2, H, W).
        nose: (x, y) of landmark 28, pixels.
        patch: pixels a side; 11 as in SOFTNet.

    Returns:
        Same shape and type; NaN in the patch is left out of the mean.

    Raises:
        InputError: the patch holds no known displacement.
    """
    height, width = displacement_px.shape[1:]
    x, y = (int(value) for value in np.rint(np.asarray(nose, dtype=np.float64)))
    half = patch // 2
    rows = slice(max(0, y - half), max(0, min(height, y + half + 1)))
    columns = slice(max(0, x - half), max(0, min(width, x + half + 1)))
    window = displacement_px[:, rows, columns].reshape(2, -1)
    known = np.isfinite(window).all(axis=0)
    if not known.any():
        raise InputError(f"No displacement is known around the nose at ({x}, {y}) in a field of {width} x {height}.")
    return displacement_px - window[:, known].mean(axis=1).astype(displacement_px.dtype)[:, None, None]


def _config(method: str | FlowConfig) -> FlowConfig:
    if not isinstance(method, str):
        return method
    if method not in FLOW_METHODS:
        raise InputError(f"There is no flow method {method!r}. {nearest(method, FLOW_METHODS)}")
    return FLOW_METHODS[method]


def _grey(image: np.ndarray, what: str) -> np.ndarray:
    """Any accepted image as contiguous uint8 (H, W)."""
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise InputError(f"The {what} frame has shape {image.shape}; expected (H, W), (H, W, 1) or (H, W, 3).")
    if image.dtype != np.uint8:
        if not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
            raise InputError(f"The {what} frame is {image.dtype} with values outside 0..1; give uint8 or 0..1.")
        image = np.rint(image * 255).astype(np.uint8)
    return np.ascontiguousarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _tvl1(first: np.ndarray, second: np.ndarray, config: TVL1Config) -> np.ndarray:
    if not hasattr(cv2, "optflow"):
        raise InputError("This OpenCV has no TV-L1. Install opencv-contrib-python and no other OpenCV beside it.")
    estimator = cv2.optflow.DualTVL1OpticalFlow_create(  # type: ignore[attr-defined]
        tau=config.tau,
        lambda_=config.weight_of_data,
        theta=config.theta,
        nscales=config.scales,
        warps=config.warps,
        epsilon=config.epsilon,
        innnerIterations=config.inner_iterations,  # spelt so in OpenCV
        outerIterations=config.outer_iterations,
        scaleStep=config.scale_step,
        gamma=0.0,
        medianFiltering=config.median_size,
        useInitialFlow=False,
    )
    return estimator.calc(first, second, None)


def _dis(first: np.ndarray, second: np.ndarray, config: DISConfig) -> np.ndarray:
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    estimator.setFinestScale(config.finest_scale)
    estimator.setPatchSize(config.patch_size)
    estimator.setPatchStride(config.patch_stride)
    estimator.setGradientDescentIterations(config.descent_iterations)
    estimator.setVariationalRefinementIterations(config.refinement_iterations)
    return estimator.calc(first, second, None)


def _farneback(first: np.ndarray, second: np.ndarray, config: FarnebackConfig) -> np.ndarray:
    return cv2.calcOpticalFlowFarneback(  # type: ignore[call-overload]
        first,
        second,
        None,
        config.pyramid_scale,
        config.levels,
        config.window,
        config.iterations,
        config.neighbourhood,
        config.sigma,
        0,
    )


_ESTIMATORS: dict[type, Callable[..., Any]] = {TVL1Config: _tvl1, DISConfig: _dis, FarnebackConfig: _farneback}
