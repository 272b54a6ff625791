"""Glasses on a head: rims, bridge and temples as a mesh that moves with the head, and lenses one looks through.

They follow the head, not the skin: an expression does not shift them. Sizes are those of the trade: lenses about 5 cm
wide, 1 to 2 cm before the eye, front curves of 2 to 4 dioptres.
"""

from dataclasses import dataclass, field

import numpy as np

from mer.datasets.synthetic.camera import Camera
from mer.datasets.synthetic.kernels import rasterise

_AROUND, _SECTION, _RINGS = 64, 6, 4
_TILT = np.deg2rad(7.0)  # the top of a lens stands further from the face
_WRAP = np.deg2rad(4.0)  # its outer edge nearer
_FRAMES = np.array([[0.012, 0.011, 0.011], [0.05, 0.026, 0.014], [0.10, 0.09, 0.085], [0.020, 0.024, 0.045]])


@dataclass(frozen=True)
class Mesh:
    """A part of the glasses: vertices float64 (n, 3) in decimetres, their unit normals, triangles int32 (m, 3)."""

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray


@dataclass(frozen=True)
class Glasses:
    """One person's glasses.

    Attributes:
        frame: rims, bridge, temples.
        lenses: both.
        colour: float64 (3,), of the frame, linear light.
        tint: float64 (3,), share of the light that a lens lets through on its way from the face.
        mirror_at: place on a lens, in halves of its width and height, where a straight camera sees the window; x to
            the image's right, y up.
        window: half width and half height of the window, decimetres, 20 before the head.
        brightness: of the window's mirror image, as a share of what the camera shows white.
    """

    frame: Mesh
    lenses: Mesh
    colour: np.ndarray
    tint: np.ndarray
    mirror_at: tuple[float, float]
    window: tuple[float, float]
    brightness: float
    lens_normal: np.ndarray = field(repr=False)
    lens_place: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Covered:
    """Pixels of a grid that a mesh covers: rows and columns (p,), corners of each one's triangle and shares (p, 3)."""

    rows: np.ndarray
    columns: np.ndarray
    corners: np.ndarray
    shares: np.ndarray

    @staticmethod
    def of(index: np.ndarray, weights: np.ndarray, triangles: np.ndarray, which: np.ndarray) -> "Covered":
        """Chosen pixels (height, width, bool) of what `rasterise` gave."""
        rows, columns = np.nonzero(which)
        shares = weights[rows, columns].astype(np.float64)
        shares = np.column_stack([shares, 1 - shares.sum(axis=1)])
        return Covered(rows, columns, triangles[index[rows, columns]], shares)

    def at(self, values: np.ndarray) -> np.ndarray:
        """Values of vertices (n, k) at the pixels: (p, k)."""
        return np.einsum("pk,pkc->pc", self.shares, values[self.corners])


def make_glasses(
    neutral: np.ndarray, left_eye: np.ndarray, right_eye: np.ndarray, draw: np.random.Generator
) -> Glasses:
    """Glasses that fit a head.

    Args:
        neutral: the head's vertices, (n, 3).
        left_eye, right_eye: vertices of the eyeballs, (k, 3); left is the subject's, with x above 0.
        draw: source of chance.
    """
    half = np.array([draw.uniform(0.235, 0.265), draw.uniform(0.165, 0.215)])
    roundness = draw.uniform(2.2, 4.0)  # 2 is an ellipse, more is a rectangle with round corners
    radius = 5.3 / draw.uniform(2, 4)  # of the front curve
    thick = draw.uniform(0.010, 0.022)
    gap = draw.uniform(0.13, 0.18)
    colour = _FRAMES[draw.integers(len(_FRAMES))]
    tint = np.array([0.90, 0.91, 0.90]) - draw.uniform(0, 0.08)
    mirror_at = (float(draw.uniform(-0.45, 0.45)), float(draw.uniform(-0.1, 0.5)))
    window = (float(draw.uniform(1.3, 2.2)), float(draw.uniform(1.8, 3.0)))
    brightness = float(draw.uniform(0.55, 0.95))
    rims, lenses = [], []
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    outline = np.stack([_power(np.cos(angle), 2 / roundness), _power(np.sin(angle), 2 / roundness)], axis=1)
    place: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for side, eye in ((1, left_eye), (-1, right_eye)):
        centre = np.array([eye[:, 0].mean(), eye[:, 1].mean() - 0.03, eye[:, 2].max() + gap])
        rims.append(_tube(_on_lens(outline, half, centre, radius, side)[0], thick, closed=True))
        rings = np.concatenate([np.zeros((1, 2)), *(outline * k / _RINGS for k in range(1, _RINGS + 1))])
        points, normals = _on_lens(rings, half, centre, radius, side)
        lenses.append(Mesh(points, normals, _disc_triangles()))
        place[side] = (centre, half)
    bridge = _bridge(place, radius, outline)
    temples = [_temple(place[side], radius, side, neutral) for side in (1, -1)]
    rest = [_tube(bridge, thick, closed=False), *(_tube(line, thick, closed=False) for line in temples)]
    at = np.array([mirror_at])
    (point,), (normal,) = _on_lens(at, half, place[1][0], radius, 1, wrap=False)
    return Glasses(_joined(rims + rest), _joined(lenses), colour, tint, mirror_at, window, brightness, normal, point)


@dataclass(frozen=True)
class Rasterised:
    """A head on a grid: what `rasterise` gave, and what it was given."""

    index: np.ndarray
    weights: np.ndarray
    triangles: np.ndarray
    depth: np.ndarray


def covered(mesh: Mesh, camera: Camera, head: Rasterised) -> Covered:
    """The pixels at which a part is nearer than what is there.

    Args:
        mesh: the part.
        camera: of the frame.
        head: on the same grid.
    """
    height, width = head.index.shape
    points, depth = camera.project(mesh.vertices)
    index, weights = rasterise(points, depth, mesh.triangles, width, height, True)
    part = Covered.of(index, weights, mesh.triangles, index >= 0)
    on_head = head.index[part.rows, part.columns] >= 0
    behind = np.full(len(part.rows), -np.inf)
    face = head.weights[part.rows[on_head], part.columns[on_head]].astype(np.float64)
    corners = head.triangles[head.index[part.rows[on_head], part.columns[on_head]]]
    behind[on_head] = (np.column_stack([face, 1 - face.sum(axis=1)]) * head.depth[corners]).sum(axis=1)
    near = (part.shares * depth[part.corners]).sum(axis=1) > behind
    return Covered(part.rows[near], part.columns[near], part.corners[near], part.shares[near])


def _power(value: np.ndarray, exponent: float) -> np.ndarray:
    return np.sign(value) * np.abs(value) ** exponent


def _on_lens(
    place: np.ndarray, half: np.ndarray, centre: np.ndarray, radius: float, side: int, wrap: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3) of a lens and their normals, by place (n, 2) in halves of its width and height."""
    x, y = (place * half).T
    outwards = -np.tan(_WRAP) * side * wrap
    z = np.tan(_TILT) * y + outwards * x - (x**2 + y**2) / (2 * radius)
    slopes = np.stack([x / radius - outwards, y / radius - np.tan(_TILT), np.ones_like(x)], axis=1)
    return centre + np.stack([x, y, z], axis=1), slopes / np.linalg.norm(slopes, axis=1, keepdims=True)


def _disc_triangles() -> np.ndarray:
    """Triangles of a disc: its centre, then rings of points."""
    k = np.arange(_AROUND)
    after = (k + 1) % _AROUND
    parts = [np.stack([np.zeros_like(k), 1 + k, 1 + after], axis=1)]
    for ring in range(1, _RINGS):
        inner, outer = 1 + (ring - 1) * _AROUND, 1 + ring * _AROUND
        parts.append(np.stack([inner + k, outer + k, outer + after], axis=1))
        parts.append(np.stack([inner + k, outer + after, inner + after], axis=1))
    return np.concatenate(parts).astype(np.int32)


def _bridge(place: dict[int, tuple[np.ndarray, np.ndarray]], radius: float, outline: np.ndarray) -> np.ndarray:
    """Middle line of the bridge: an arch from one rim to the other."""
    ends = []
    for side in (1, -1):
        centre, half = place[side]
        inner = outline[np.argmin(outline[:, 0] * side + 10 * np.abs(outline[:, 1] - 0.35))]
        ends.append(_on_lens(inner[None], half, centre, radius, side)[0][0])
    along = np.linspace(0, 1, 12)[:, None]
    arch = np.sin(np.pi * along) * np.array([0.0, 0.035, 0.02])
    return ends[0] * (1 - along) + ends[1] * along + arch


def _temple(place: tuple[np.ndarray, np.ndarray], radius: float, side: int, neutral: np.ndarray) -> np.ndarray:
    """Middle line of a temple: from the rim's outer edge to above the ear, beside the head."""
    centre, half = place
    rim = _on_lens(np.array([[side * 0.98, 0.35]]), half, centre, radius, side)[0][0]
    level = neutral[(np.abs(neutral[:, 1] - rim[1]) < 0.12) & (neutral[:, 0] * side > 0)]
    before_ear = level[np.abs(level[:, 2] - 0.85) < 0.12]
    beside = np.abs(before_ear[:, 0]).max() if len(before_ear) else 0.7
    hinge = rim + np.array([side * 0.035, 0.0, -0.02])
    ear = np.array([side * (beside + 0.03), rim[1] + 0.02, 0.5])
    along = np.linspace(0, 1, 10)[:, None]
    return np.concatenate([rim[None], hinge * (1 - along) + ear * along])


def _tube(line: np.ndarray, thick: float, closed: bool) -> Mesh:
    """A tube of radius ``thick`` around a line of points (n, 3)."""
    along = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0) if closed else np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    forward = np.where(np.abs(along[:, 2:]) > 0.8, np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    across = np.cross(along, forward)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(across, along)
    turn = np.linspace(0, 2 * np.pi, _SECTION, endpoint=False)
    normals = across[:, None] * np.cos(turn)[:, None] + other[:, None] * np.sin(turn)[:, None]  # n x section x 3
    vertices = line[:, None] + thick * normals
    count = len(line)
    here, section = np.meshgrid(np.arange(count if closed else count - 1), np.arange(_SECTION), indexing="ij")
    there, beside = (here + 1) % count, (section + 1) % _SECTION
    a, b, c, d = (i * _SECTION + j for i, j in ((here, section), (there, section), (there, beside), (here, beside)))
    quads = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    return Mesh(vertices.reshape(-1, 3), normals.reshape(-1, 3), quads.astype(np.int32))


def _joined(parts: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Mesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=False)]).astype(np.int32),
    )
