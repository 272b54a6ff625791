"""Pieces that several figures share: an image in an axes, a vector field as colour or in pixels, boxes on a face."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from mer.core.errors import InputError
from mer.figures.style import NO_DATA
from mer.figures.styles import current, points
from mer.figures.words import wrapped

_RING_STEPS = 360
_ARROWS = 9  # a side, of a field in grey print


def as_grey(image: np.ndarray) -> np.ndarray:
    """Any face image as float32 (H, W) in [0, 1]: uint8 or [0, 1] floats, (H, W), (H, W, 1 or 3) or (1 or 3, H, W)."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[2] not in (1, 3):
        image = np.moveaxis(image, 0, -1)
    if image.ndim == 3 and image.shape[2] == 3:
        image = (
            image.astype(np.float32)
            @ np.array([0.299, 0.587, 0.114], np.float32)
            / (255.0 if image.dtype == np.uint8 else 1.0)
        )
    elif image.dtype == np.uint8:
        image = image.astype(np.float32) / 255.0
    image = image.astype(np.float32)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim != 2:
        raise InputError(
            f"A face image has the shape {image.shape}. Expected (H, W), (H, W, 1 or 3) or (1 or 3, H, W)."
        )
    return image


def displacement_px(displacement: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
    """A displacement in normalised grid units as pixels of an image, enlarged bilinearly to it when it is smaller.

    Args:
        displacement: (2, h, w), x first, 1 px = 2 / (w - 1); NaN where unknown.
        size: (H, W) of the image; the displacement's own size when not given.

    Returns:
        float32 (2, H, W), pixels of that image; NaN stays NaN, also beside it (never blurred into numbers).
    """
    field = np.asarray(displacement, dtype=np.float32)
    if field.ndim != 3 or field.shape[0] != 2:
        raise InputError(f"A displacement has the shape {field.shape}. Expected (2, height, width).")
    height, width = size or field.shape[1:]
    if field.shape[1:] != (height, width):
        rows = np.linspace(0, field.shape[1] - 1, height, dtype=np.float32)
        columns = np.linspace(0, field.shape[2] - 1, width, dtype=np.float32)
        map_x, map_y = np.meshgrid(columns, rows)
        field = np.stack([cv2.remap(part, map_x, map_y, cv2.INTER_LINEAR) for part in field])
    return field * np.array([(width - 1) / 2, (height - 1) / 2], np.float32)[:, None, None]


def flow_to_colour(field: np.ndarray, scale: float) -> np.ndarray:
    """A vector field as colours: hue is direction, white is no motion, the full colour is motion of ``scale`` or more.

    The ring of hues has one lightness (OKLCh), so length also reads as lightness when hues cannot be told apart.

    Args:
        field: (2, H, W), x to the right, y down, any unit.
        scale: length of the full colour, same unit, positive.

    Returns:
        float32 (H, W, 3) RGB in [0, 1]; grey where the field is not finite.
    """
    if not scale > 0:
        raise InputError(f"Colour scale is {scale}. Give a positive length.")
    x, y = np.asarray(field, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(known, x, 0.0), np.where(known, y, 0.0)
    length = np.clip(np.hypot(x, y) / scale, 0.0, 1.0)[..., None]
    turn = np.mod(np.arctan2(y, x) / (2 * np.pi), 1.0)
    colour = 1.0 - length * (1.0 - _RING[np.round(turn * _RING_STEPS).astype(int) % _RING_STEPS])
    colour[~known] = [int(NO_DATA[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return colour.astype(np.float32)


def draw_motion(axes: Axes, field: np.ndarray, scale: float) -> None:
    """A vector field (2, H, W) as `flow_to_colour` has it; in grey print its length as grey and arrows on a grid."""
    if not current().grey_safe:
        draw_image(axes, flow_to_colour(field, scale))
        return
    length = np.clip(np.hypot(*field) / scale, 0.0, 1.0)
    draw_image(axes, np.where(np.isfinite(length), 1 - 0.55 * length, 0.9))
    rows, columns = (np.linspace(0, n - 1, _ARROWS + 2)[1:-1].round().astype(int) for n in field.shape[1:])
    x, y = (np.nan_to_num(part[np.ix_(rows, columns)]) for part in field)
    longest = np.maximum(np.hypot(x, y), 1e-9)
    cut = np.minimum(longest, scale) / longest * (field.shape[2] / (_ARROWS + 1)) / scale
    moving = longest > 0.08 * scale
    at_x, at_y = np.meshgrid(columns, rows)
    arrows: dict[str, Any] = {
        "angles": "xy",
        "scale_units": "xy",
        "scale": 1,
        "width": 0.008,
        "headwidth": 4,
        "headlength": 4,
    }
    axes.quiver(at_x[moving], at_y[moving], (x * cut)[moving], (y * cut)[moving], pivot="mid", **arrows)


def difference_map() -> str:
    """Matplotlib's name of the colours of absolute differences."""
    return "gray_r" if current().grey_safe else "magma"


def draw_wheel(axes: Axes, scale: float, unit: str = "px", size: int = 161) -> None:
    """The legend of `flow_to_colour`: a disc whose rim is motion of ``scale``, with arrows for the directions."""
    axis = np.linspace(-1.0, 1.0, size)
    x, y = np.meshgrid(axis, axis)
    colour = flow_to_colour(np.stack([x, y]), 1.0)
    if current().grey_safe:
        colour = np.repeat(1 - 0.55 * np.clip(np.hypot(x, y), 0, 1)[..., None], 3, axis=2)
    rgba = np.dstack([colour, np.clip((1.0 - np.hypot(x, y)) * size / 2 + 0.5, 0, 1)])
    axes.imshow(rgba, extent=(-1, 1, 1, -1), interpolation="bilinear")
    axes.plot(0, 0, ".", color="black", markersize=1.5)
    axes.annotate("", (1.0, 0), (0, 0), arrowprops={"arrowstyle": "->", "lw": 0.6, "shrinkA": 0, "shrinkB": 0})
    axes.text(0.5, -0.12, f"{scale:.2g} {unit}", ha="center", va="bottom", fontsize=points(6))
    axes.set_axis_off()
    axes.set_aspect("equal")


def draw_image(axes: Axes, image: np.ndarray, title: str = "", **options: object) -> None:
    """An image without ticks; grey images in [0, 1] unless ``options`` (those of ``imshow``) say otherwise."""
    if image.ndim == 2:
        options = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0} | options
    axes.imshow(image, **options)  # type: ignore[arg-type]
    bare(axes)
    if title:
        axes.set_title(title)


def draw_missing(axes: Axes, words: str) -> None:
    """A quiet panel that says why there is no image."""
    axes.set_facecolor(NO_DATA)
    figure = axes.get_figure(root=True)
    assert figure is not None, "axes of a figure"
    words = wrapped(words, float(axes.get_position().width * figure.get_size_inches()[0]) * 0.95, points(7))
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, fontsize=points(7), wrap=True)
    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    axes.set_aspect("equal")
    bare(axes)


def bare(axes: Axes) -> None:
    """No ticks and no frame; labels of the axes stay."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def box_px(box: np.ndarray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Fractions x0, y0, x1, y1 (0: centre of the first pixel, 1: of the last) as coordinates of an (H, W) image."""
    height, width = size
    x0, y0, x1, y1 = (float(value) for value in box)
    return x0 * (width - 1), y0 * (height - 1), x1 * (width - 1), y1 * (height - 1)


def draw_boxes(
    axes: Axes,
    boxes: np.ndarray,
    size: tuple[int, int],
    colours: Sequence[str],
    widths: Sequence[float] | float = 1.0,
) -> None:
    """Outlines of boxes (k, 4), fractions, on an image of ``size`` (H, W)."""
    each = [widths] * len(boxes) if isinstance(widths, int | float) else widths
    for box, colour, width in zip(boxes, colours, each, strict=True):
        x0, y0, x1, y1 = box_px(box, size)
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=width))


def _ring() -> np.ndarray:
    """Hues of one lightness and chroma: (360, 3) RGB; entry k is the direction k degrees clockwise from the right."""
    # OKLab to linear sRGB: B. Ottosson, "A perceptual color space for image processing" (2020).
    lightness, chroma = 0.66, 0.19
    angle = np.deg2rad(np.arange(_RING_STEPS) + 25.0)
    a, b = chroma * np.cos(angle), chroma * np.sin(angle)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
            -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
            -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
        ],
        axis=1,
    ).clip(0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


_RING = _ring()
