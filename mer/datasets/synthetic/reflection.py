"""What glasses do to a picture: the frame covers, the lenses tint and mirror a window.

The window stands still in the room, so its image lies at the place of the lens whose normal halves the way from the
window to the camera: when the head turns or moves, it slides over the lens, against the skin behind it.
"""

import cv2
import numpy as np

from mer.datasets.synthetic.camera import DISTANCE, PIVOT, Camera
from mer.datasets.synthetic.glasses import Covered, Glasses, Rasterised, covered
from mer.datasets.synthetic.looks import Studio

_AWAY = 20.0  # decimetres from the head to the window
_BAR = 0.09  # half of a glazing bar's breadth, as a share of the window's half
_SOFT = 0.05  # blurred edge of the window, same unit
_VEIL = 0.012  # mirrored room, as a share of what the camera shows white


def wear(
    image: np.ndarray,
    head: Rasterised,
    glasses: Glasses,
    camera: Camera,
    rest: Camera,
    studio: Studio,
    light: np.ndarray,
    white: float,
) -> np.ndarray:
    """A picture of a head, with its glasses.

    Args:
        image: float32 (height, width, 3), linear light.
        head: on the same grid.
        glasses: what the person wears.
        camera: of this grid and frame.
        rest: that of the subject at rest, on the same grid; the window is placed by it.
        studio: lamps.
        light: factor on each lamp.
        white: linear light that the camera shows as white.
    """
    image = image.copy()
    frame = covered(glasses.frame, camera, head)
    _shadow(image, frame, camera.scale)
    lens = covered(glasses.lenses, camera, head)
    seen = image[lens.rows, lens.columns] * glasses.tint
    share = _mirrored(lens, glasses, camera, rest)[:, None]
    mirrored = white * light.mean() * (_VEIL + glasses.brightness * share * np.array([0.97, 1.0, 1.03]))
    image[lens.rows, lens.columns] = seen + mirrored
    image[frame.rows, frame.columns] = _frame_light(frame, glasses, camera, studio, light)
    return image


def _shadow(image: np.ndarray, frame: Covered, scale: float) -> None:
    """Darken, in place, what lies just below the frame."""
    if not len(frame.rows):
        return
    down, room = max(1, round(0.03 * scale)), round(0.1 * scale)
    top, left = max(0, frame.rows.min() - room), max(0, frame.columns.min() - room)
    part = image[top : frame.rows.max() + room, left : frame.columns.max() + room]
    mask = np.zeros(part.shape[:2], np.float32)
    mask[np.minimum(frame.rows - top + down, len(mask) - 1), frame.columns - left] = 1
    part *= (1 - np.float32(0.45) * cv2.GaussianBlur(mask, (0, 0), 0.02 * scale))[..., None]


def _world(camera: Camera, rest: Camera, points: np.ndarray) -> np.ndarray:
    """Points of the head in the room: origin at the pivot of the head at rest, camera at (0, 0, DISTANCE)."""
    moved = np.array([(camera.x - rest.x) / rest.scale, (rest.y - camera.y) / rest.scale, 0.0])
    return (points - PIVOT) @ camera.rotation().T + moved


def _reflected(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Where a look from the camera goes after a mirror at these points: unit vectors (p, 3)."""
    view = np.array([0.0, 0.0, DISTANCE]) - points
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return 2 * (normals * view).sum(axis=1, keepdims=True) * normals - view


def _mirrored(lens: Covered, glasses: Glasses, camera: Camera, rest: Camera) -> np.ndarray:
    """Share of the window that each pixel of the lenses mirrors: float64 (p,), 0 to 1."""
    start = _world(rest, rest, glasses.lens_place[None])
    towards = _reflected(start, glasses.lens_normal[None] @ rest.rotation().T)[0]
    middle = start[0] + _AWAY * towards
    right = np.cross([0.0, 1.0, 0.0], -towards)
    right /= np.linalg.norm(right)
    up = np.cross(-towards, right)
    points = _world(camera, rest, lens.at(glasses.lenses.vertices))
    rays = _reflected(points, lens.at(glasses.lenses.normals) @ camera.rotation().T)
    along = rays @ towards
    reach = ((middle - points) @ towards) / np.maximum(along, 1e-6)
    hit = points + reach[:, None] * rays - middle
    across, high = hit @ right / glasses.window[0], hit @ up / glasses.window[1]
    share = _inside(across, 1.0) * _inside(high, 1.0)
    share *= (1 - _inside(across, _BAR)) * (1 - _inside(high, _BAR * glasses.window[0] / glasses.window[1]))
    return np.where(along > 0.1, share, 0.0)


def _inside(value: np.ndarray, edge: float) -> np.ndarray:
    """1 where ``|value|`` is below ``edge``, 0 beyond, with a soft edge."""
    return np.clip((edge - np.abs(value)) / _SOFT + 0.5, 0, 1)


def _frame_light(frame: Covered, glasses: Glasses, camera: Camera, studio: Studio, light: np.ndarray) -> np.ndarray:
    """Light that the frame sends to the camera: (p, 3)."""
    normals = frame.at(glasses.frame.normals) @ camera.rotation().T
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    colours = studio.colours * light[:, None]
    diffuse = np.maximum(0, normals @ studio.directions.T) @ colours + studio.ambient * light.mean()
    half = studio.directions + np.array([0.0, 0.0, 1.0])
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    gloss = np.maximum(0, normals @ half.T) ** 24 @ colours.mean(axis=1)
    return np.asarray(glasses.colour * diffuse + 0.12 * gloss[:, None])
