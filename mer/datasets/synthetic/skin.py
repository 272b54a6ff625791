"""What a head is painted with: skin, lips, brows, lash lines, hair and shirt on a cylinder around the neutral head.

Skin carries mottling of 3 to 12 pixels' wavelength at the rendered size, so that its motion can be measured; finer
detail would alias, coarser would not move visibly.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from mer.datasets.synthetic.headpack import LASH, SKIN, HeadPack, head_pack
from mer.datasets.synthetic.identity import Person
from mer.datasets.synthetic.kernels import rasterise, value_noise

ROWS, COLUMNS = 576, 672
_TOP, _BOTTOM = 8.55, 5.5
_ANGLE = 1.75  # radians to either side; what lies behind is never seen
_AXIS = 0.1  # the cylinder's axis stands at this z

#: Linear-light albedo from light to dark skin.
_TONES = (
    np.array(
        [
            [238, 206, 186],
            [230, 190, 164],
            [217, 172, 140],
            [200, 151, 117],
            [174, 124, 91],
            [143, 97, 68],
            [113, 76, 55],
        ]
    )
    / 255
) ** 2.0
_HAIRS = np.array(
    [
        [0.030, 0.022, 0.017],
        [0.014, 0.012, 0.011],
        [0.060, 0.036, 0.022],
        [0.100, 0.060, 0.034],
        [0.180, 0.120, 0.065],
        [0.115, 0.048, 0.022],
    ]
)
_GREY_HAIR = np.array([0.24, 0.23, 0.22])
_IRISES = np.array(
    [[0.060, 0.032, 0.018], [0.030, 0.018, 0.011], [0.10, 0.14, 0.17], [0.085, 0.10, 0.055], [0.022, 0.014, 0.011]]
)
HAIR_STYLES = ("short", "short", "receding", "fringe", "parted", "long", "bald")


@dataclass(frozen=True)
class Paint:
    """A painted head.

    Attributes:
        texture: float32 (ROWS, COLUMNS, 4), linear red, green, blue, share of gloss.
        iris: float32 (3,).
        pupil: radius, decimetres.
        hair_style: one of HAIR_STYLES.
        tone: 0 (light) to 6 (dark).
    """

    texture: np.ndarray
    iris: np.ndarray
    pupil: float
    hair_style: str
    tone: float


@dataclass(frozen=True)
class _Texels:
    """Neutral position and masks of the texels that a head covers."""

    rows: np.ndarray
    columns: np.ndarray
    points: np.ndarray
    lips: np.ndarray
    lids: np.ndarray
    lash_distance: np.ndarray


def texture_places(pack: HeadPack) -> np.ndarray:
    """Column and row of every vertex in the texture: float32 (n, 2)."""
    x, y, z = pack.vertices.T
    columns = (np.arctan2(x, z - _AXIS) / (2 * _ANGLE) + 0.5) * (COLUMNS - 1)
    rows = (_TOP - y) / (_TOP - _BOTTOM) * (ROWS - 1)
    return np.stack([columns, rows], axis=1).astype(np.float32)


@lru_cache(maxsize=1)
def _texels() -> _Texels:
    pack = head_pack()
    x, _, z = pack.vertices.astype(np.float64).T
    skin = pack.triangles[pack.part == SKIN]
    places = texture_places(pack).astype(np.float64)
    whole = np.ptp(places[skin][:, :, 0], axis=1) < COLUMNS / 2  # not those that straddle the seam behind
    skin = skin[whole]
    index, weights = rasterise(places, np.hypot(x, z - _AXIS), skin, COLUMNS, ROWS, True)
    rows, columns = np.nonzero(index >= 0)
    corners = skin[index[rows, columns]]
    share = weights[rows, columns].astype(np.float64)
    share = np.column_stack([share, 1 - share.sum(axis=1)])
    points = np.einsum("tk,tkc->tc", share, pack.vertices[corners])
    atlas = np.einsum("tk,tkc->tc", share, pack.atlas[corners])
    at = np.clip(np.round(atlas * (len(pack.lips) - 1)).astype(int), 0, len(pack.lips) - 1)
    body = np.unique(pack.triangles[pack.part == SKIN])
    lashes = np.unique(pack.triangles[pack.part == LASH])
    to_skin, _ = cKDTree(pack.vertices[body]).query(pack.vertices[lashes])
    roots = pack.vertices[lashes[to_skin < 0.012]]
    distance, _ = cKDTree(roots).query(points)
    return _Texels(
        rows, columns, points.astype(np.float32), pack.lips[at[:, 1], at[:, 0]], pack.lids[at[:, 1], at[:, 0]], distance
    )


def _step(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high`` (which may be the lesser)."""
    part = np.clip((value - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)


def _bump(value: np.ndarray, centre: np.ndarray | float, width: float) -> np.ndarray:
    return np.exp(-(((value - centre) / width) ** 2))


def paint(person: Person, draw: np.random.Generator) -> Paint:
    """Paint a head."""
    texels = _texels()
    points = texels.points
    x, y, z = points.T.astype(np.float64)
    across = np.abs(x)
    angle = np.abs(np.arctan2(x, z - _AXIS))
    seed = int(draw.integers(1, 2**31))

    def noise(frequency: float, octaves: int = 2, gain: float = 0.6, key: int = 0, where: np.ndarray = points):
        return value_noise(np.ascontiguousarray(where, np.float32), frequency, seed + 101 * key, octaves, gain)

    african, asian, caucasian = person.ancestry
    tone = float(np.clip(african * 5.4 + asian * 1.7 + caucasian * 0.7 + draw.normal(0, 0.5), 0, 5.99))
    skin = _TONES[int(tone)] * (1 - tone % 1) + _TONES[int(tone) + 1] * (tone % 1)
    lightness = 1 - tone / 7
    broad, middle, fine = noise(3.0, 3, key=1), noise(9.0, 2, 0.8, key=2), noise(24.0, 1, key=3)
    mottle = draw.uniform(0.8, 1.3)
    colour = skin * (1 + mottle * (0.07 * broad + 0.11 * middle + 0.12 * fine))[:, None]
    colour = colour * (1 + (0.05 * noise(7.0, 2, key=4))[:, None] * np.array([0.5, -1.0, -0.8]))
    blush = _bump(across, 0.42, 0.2) * _bump(y, 6.95, 0.2) + 0.9 * _bump(x, 0, 0.14) * _bump(y, 6.98, 0.13)
    colour *= 1 + (blush * 0.14 * lightness)[:, None] * np.array([0.4, -0.9, -0.7])
    colour *= (1 - 0.22 * draw.uniform(0.3, 1.4) * _bump(across, 0.30, 0.16) * _bump(y, 7.17, 0.05))[:, None]
    colour *= 1 - texels.lids[:, None] * np.array([0.14, 0.22, 0.20])
    colour *= (1 - 0.5 * person.old * _lines(x, y, draw))[:, None]
    colour = _marks(colour, x, y, z, noise, lightness, draw)
    lips = np.clip(texels.lips, 0, 1)
    lip_colour = skin * np.array([0.85, 0.45, 0.46]) * (1 + 0.12 * draw.normal())
    creases = noise(20.0, 1, key=5, where=points * np.array([1.0, 0.2, 1.0], np.float32))
    colour += 0.85 * lips[:, None] * (lip_colour * (1 + 0.22 * creases)[:, None] - colour)
    dark_hair = lightness < 0.62 or asian > 0.5
    hair = _HAIRS[draw.integers(0, 2 if dark_hair else len(_HAIRS))] * draw.uniform(0.8, 1.2)
    grey = float(np.clip((person.old - 0.45) * 4, 0, 1) * draw.uniform(0, 1))
    brow, strokes = _brows(x, y, z, person, noise, draw)
    colour += brow[:, None] * (hair * (1 + 0.6 * strokes)[:, None] - colour)
    line = draw.uniform(0.35, 0.75) * (1 - _step(0.008, 0.024, texels.lash_distance)) * (0.8 + 0.2 * (y > 7.28))
    colour *= 1 - line[:, None]
    beard = _beard(across, y, z, person, lips, draw) * (0.6 + 0.4 * noise(26.0, 1, key=6))
    colour *= 1 - beard[:, None] * np.array([0.72, 0.70, 0.66])
    style = HAIR_STYLES[int(draw.integers(0, len(HAIR_STYLES)))]
    if style == "bald" and person.male < 0.5:
        style = "long"
    covered = _hair(style, x, y, z, angle, noise, draw)
    strands = noise(30.0, 2, key=7, where=_along_hair(x, y, z, style))
    tips = hair * (1 - grey) + _GREY_HAIR * grey
    colour += covered[:, None] * (tips * np.clip(1 + 0.7 * strands, 0.2, 2)[:, None] - colour)
    shirt = _step(5.98, 5.88, y + 0.12 * np.cos(across * 2.5) - 0.04)
    cloth = draw.uniform(0.02, 0.4, 3)
    colour += shirt[:, None] * (cloth * (1 + 0.15 * noise(22.0, 1, key=8))[:, None] - colour)
    gloss = (0.30 + 0.35 * _bump(x, 0, 0.2) * (y > 6.6) + 0.5 * lips) * (1 - covered) * (1 - shirt) * (1 - brow)
    texture = np.zeros((ROWS, COLUMNS, 4), np.float32)
    texture[..., :3] = skin * 0.5
    texture[texels.rows, texels.columns, :3] = np.clip(colour, 0.004, 1)
    texture[texels.rows, texels.columns, 3] = np.clip(gloss * (1 + 0.25 * middle), 0, 2)
    iris = _IRISES[draw.choice([0, 1, 4]) if dark_hair else draw.integers(0, len(_IRISES))]
    return Paint(texture, iris.astype(np.float32), float(draw.uniform(0.018, 0.027)), style, tone)


def _lines(x: np.ndarray, y: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Lines of age: across the forehead, from nose to mouth."""
    forehead = sum(
        _bump(y, 7.58 + 0.09 * k + 0.02 * np.cos(2 * x), 0.012) * (np.abs(x) < 0.42) for k in range(3)
    ) * draw.uniform(0.2, 0.7)
    fold = _bump(np.abs(x), 0.20 + 0.30 * (6.95 - y), 0.018) * _step(6.52, 6.62, y) * _step(6.98, 6.88, y)
    return forehead + fold


def _marks(colour, x, y, z, noise, lightness, draw):
    """Freckles on some, a few moles on all."""
    freckles = np.clip(noise(24.0, 1, key=9) - 0.35, 0, 0.5) * _bump(y, 7.0, 0.4) * (draw.random() < 0.4) * lightness
    colour = colour * (1 - 0.75 * freckles[:, None] * np.array([0.65, 0.85, 0.95]))
    for _ in range(int(draw.integers(3, 10))):
        at, radius = (draw.uniform(-0.6, 0.6), draw.uniform(6.3, 7.8)), draw.uniform(0.008, 0.02)
        distance = np.hypot(x - at[0], y - at[1])
        colour = colour * (
            1 - (draw.uniform(0.3, 0.65) * _step(radius * 1.6, radius * 0.6, distance) * (z > 0.6))[:, None]
        )
    return colour


def _brows(x, y, z, person, noise, draw):
    """Cover of the brows, 0 to 1, and their strokes."""
    across = np.abs(x)
    arch, rise = 0.05 + draw.normal(0, 0.016), draw.normal(0, 0.010)
    thick = 0.028 + 0.020 * person.male + draw.normal(0, 0.005)
    along = np.clip((across - 0.11) / 0.46, 0, 1)
    centre = 7.425 + arch * np.sin(np.pi * 0.9 * along) + 0.03 * along - 0.06 * along**2 + rise
    width = thick * (0.75 + 0.45 * np.sin(np.pi * np.clip(0.8 * along + 0.15, 0, 1))) * (1 - 0.75 * along**3)
    place = np.stack([across + (y - centre) * 1.3, (y - centre) * 0.4, np.sign(x) * 3], axis=1)
    strokes = noise(34.0, 1, key=10, where=place)
    cover = 1 - _step(0.55, 1.2, np.abs(y - centre) / width + 0.35 * strokes)
    ends = _step(0.08, 0.16, across) * _step(0.61, 0.54, across) * (z > 0.7)
    return cover * ends * draw.uniform(0.2, 0.85), strokes


def _beard(across, y, z, person, lips, draw):
    """Cover of a beard's shadow, on men."""
    strength = draw.uniform(0, 0.75) * draw.random() * np.clip((person.male - 0.5) * 3, 0, 1)
    place = _step(0, 0.12, 6.80 - y + 0.35 * np.maximum(0, across - 0.25)) * _step(5.75, 6.0, y) * (z > 0.2)
    return strength * place * (1 - lips)


def _hair(style, x, y, z, angle, noise, draw):
    """Cover of the scalp's hair, 0 to 1."""
    ragged = 0.06 * noise(8.0, 2, key=11)
    temples = 1.1 * _step(0.62, 1.15, angle)  # the hairline comes down at the sides
    line = 7.93 + draw.normal(0, 0.04) - temples + ragged
    if style == "receding":
        line += 0.18 * _step(0.05, 0.25, np.abs(x)) * _step(0.6, 0.35, np.abs(x)) + 0.06
    elif style == "fringe":
        line -= 0.22 * _step(0.75, 0.35, angle) + 0.03 * noise(20.0, 1, key=12)
    elif style == "parted":
        side = 1.0 if draw.random() < 0.5 else -1.0
        line += -0.22 * np.abs(side * x - 0.18) + 0.06
    elif style == "bald":
        line += 0.9
    cover = _step(-0.03, 0.05, y - line) * _step(6.75, 6.95, y + ragged)
    if style == "long":
        cover = np.maximum(cover, _step(0.86, 1.0, angle + 0.6 * ragged) * _step(5.7, 5.8, y))
        return cover
    ear = (np.hypot(x, z - _AXIS) > 0.76) * (y < 7.5) * (y > 6.5)
    return cover * (1 - ear)


def _along_hair(x, y, z, style):
    """Space in which strands are straight: stretched along the way the hair falls."""
    if style in ("long", "fringe", "parted"):
        return np.stack([np.arctan2(x, z - 0.2), y * 0.06, np.hypot(x, z) * 0.1], axis=1)
    return np.stack([np.arctan2(x, z - 0.2), y * 0.25, np.hypot(x, z) * 0.3], axis=1)
