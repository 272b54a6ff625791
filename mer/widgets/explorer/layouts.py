"""Two faces in one picture: blended, or as their difference.

Faces are uint8 (H, W), (H, W, 1 or 3) of one shape; pictures are uint8 RGB (side, side, 3).
"""

import cv2
import numpy as np

from mer.figures.images import as_grey
from mer.widgets.explorer.overlays import heat_colours
from mer.widgets.render import SIDE, face

#: Ends of the colours of a signed difference: darker than the onset, brighter than it.
_DARKER, _BRIGHTER = (0.0, 0.27, 0.55), (0.75, 0.29, 0.0)


def blend(first: np.ndarray, second: np.ndarray, share: float, side: int = SIDE) -> np.ndarray:
    """Two faces laid over each other: ``share`` of the second (0 to 1), the rest of the first."""
    return cv2.addWeighted(face(first, side), 1 - share, face(second, side), share, 0)


def difference(first: np.ndarray, second: np.ndarray, gain: float, signed: bool, side: int = SIDE) -> np.ndarray:
    """Second minus first, ``gain`` times as strong, smoothly enlarged.

    Args:
        first, second: the faces.
        gain: 1 gives the full colour to a difference from black to white.
        signed: blue is darker than the first, orange brighter, white the same; else the absolute difference as heat,
            black where nothing changed.
        side: of the picture.
    """
    change = (as_grey(second) - as_grey(first)) * np.float32(gain)
    if not signed:
        return face(heat_colours(np.abs(change)), side)
    return face(signed_colours(change), side)


def signed_colours(change: np.ndarray) -> np.ndarray:
    """Numbers in -1..1, (H, W), from blue over white to orange: uint8 RGB (H, W, 3)."""
    part = np.clip(change, -1, 1)[..., None]
    ends = np.where(part < 0, np.array(_DARKER, np.float32), np.array(_BRIGHTER, np.float32))
    return np.rint((1 - np.abs(part) * (1 - ends)) * 255).astype(np.uint8)
