"""The canonical face: where the 68 points of a frontal, neutral, symmetric face lie, and where they go in a square.

It is the target of every alignment and stands in for a face where only aligned motion maps are left. The numbers were
computed from the vertices of MediaPipe's canonical face model (frontal view) with `mer.face.mesh68`.
"""

import numpy as np

#: (x, y) of the 68 points as fractions of the jaw width (points 0 to 16); x from point 0 to the right, y down from the
#: highest brow point. Brow to chin is 0.9371 of the jaw width.
_POINTS = (
    *((0.0000, 0.1772), (0.0051, 0.2865), (0.0130, 0.3977), (0.0483, 0.5779), (0.0912, 0.6855), (0.1716, 0.7935)),
    *((0.2373, 0.8461), (0.3509, 0.9094), (0.5000, 0.9371), (0.6491, 0.9094), (0.7627, 0.8461), (0.8284, 0.7935)),
    *((0.9088, 0.6855), (0.9517, 0.5779), (0.9870, 0.3977), (0.9949, 0.2865), (1.0000, 0.1772)),  # jaw, 0 to 16
    *((0.1306, 0.0552), (0.1780, 0.0198), (0.2426, 0.0000), (0.3218, 0.0005), (0.4099, 0.0063)),  # brow, 17 to 21
    *((0.5901, 0.0063), (0.6782, 0.0005), (0.7574, 0.0000), (0.8220, 0.0198), (0.8694, 0.0552)),  # brow, 22 to 26
    *((0.5000, 0.1445), (0.5000, 0.2399), (0.5000, 0.3063), (0.5000, 0.3598)),  # bridge of the nose, 27 to 30
    *((0.4326, 0.4245), (0.4614, 0.4600), (0.5000, 0.4648), (0.5386, 0.4600), (0.5674, 0.4245)),  # nostrils, 31 to 35
    *((0.2129, 0.1579), (0.2630, 0.1409), (0.3241, 0.1387), (0.3801, 0.1630), (0.3241, 0.1804), (0.2630, 0.1775)),
    *((0.6199, 0.1630), (0.6759, 0.1387), (0.7370, 0.1409), (0.7871, 0.1579), (0.7370, 0.1775), (0.6759, 0.1804)),
    *((0.3414, 0.6104), (0.4076, 0.5560), (0.4541, 0.5449), (0.5000, 0.5499), (0.5459, 0.5449), (0.5924, 0.5560)),
    *((0.6586, 0.6104), (0.6187, 0.6417), (0.5452, 0.6717), (0.5000, 0.6764), (0.4548, 0.6717), (0.3813, 0.6417)),
    *((0.3610, 0.6061), (0.4656, 0.5878), (0.5000, 0.5879), (0.5344, 0.5878)),  # inner lip, 60 to 63
    *((0.6390, 0.6061), (0.5377, 0.6217), (0.5000, 0.6233), (0.4623, 0.6217)),  # inner lip, 64 to 67
)

#: How far each point stands out towards the viewer, in jaw widths, counted from points 0 and 16.
_DEPTHS = (
    *(0.0000, -0.0278, -0.0275, 0.0004, 0.0527, 0.1756, 0.2538, 0.3625, 0.4049),
    *(0.3625, 0.2538, 0.1756, 0.0527, 0.0004, -0.0275, -0.0278, 0.0000),  # jaw, 0 to 16
    *(0.3123, 0.3718, 0.4179, 0.4534, 0.4728),  # brow, 17 to 21
    *(0.4728, 0.4534, 0.4179, 0.3718, 0.3123),  # brow, 22 to 26
    *(0.4854, 0.5522, 0.5972, 0.6194),  # bridge of the nose, 27 to 30
    *(0.4951, 0.5083, 0.5207, 0.5083, 0.4951),  # nostrils, 31 to 35
    *(0.3344, 0.3700, 0.3795, 0.3721, 0.3734, 0.3642),
    *(0.3721, 0.3795, 0.3700, 0.3344, 0.3642, 0.3734),
    *(0.4061, 0.4844, 0.5090, 0.5156, 0.5090, 0.4844),
    *(0.4061, 0.4410, 0.4813, 0.4869, 0.4813, 0.4410),
    *(0.3902, 0.4613, 0.4665, 0.4613),  # inner lip, 60 to 63
    *(0.3902, 0.4743, 0.4785, 0.4743),  # inner lip, 64 to 67
)

#: Space around the canonical face inside the aligned square, in jaw widths: at each side, above the brows, below the
#: chin. Unstated: the paper gives neither crop nor size; these hold all nine boxes of long, wide and narrow faces.
SIDE, ABOVE, BELOW = 0.065, 0.115, 0.0779


def canonical_points() -> np.ndarray:
    """The 68 points of the canonical face: float32, shape (68, 2), x and y in jaw widths, y down."""
    return np.array(_POINTS, dtype=np.float32)


def canonical_solid() -> np.ndarray:
    """The 68 points in space: float64, shape (68, 3), jaw widths; x to the right, y down, z away from the viewer."""
    return np.column_stack([canonical_points(), -np.array(_DEPTHS)]).astype(np.float64)


def square_points(size: int) -> np.ndarray:
    """The canonical face placed in an aligned square of ``size`` pixels a side.

    Returns:
        float32, shape (68, 2), pixels; 0 is the centre of the first pixel column, ``size - 1`` that of the last.
    """
    points = canonical_points()
    height = float(points[:, 1].max())
    side = max(1 + 2 * SIDE, height + ABOVE + BELOW)
    origin = np.array([(side - 1) / 2, side - height - BELOW], dtype=np.float32)
    return ((points + origin) / side * (size - 1)).astype(np.float32)
