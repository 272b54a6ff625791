"""A subject's head, ready to be rendered: shape, paint, set-up, and the picture of any pose and expression."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mer.datasets.synthetic.camera import Camera, expose, facing
from mer.datasets.synthetic.glasses import Glasses, Rasterised
from mer.datasets.synthetic.headpack import EYE, LASH, SKIN, HeadPack, head_pack
from mer.datasets.synthetic.identity import Person, draw_person, shape_head
from mer.datasets.synthetic.kernels import rasterise, shade, vertex_normals
from mer.datasets.synthetic.looks import Look, Studio, set_up
from mer.datasets.synthetic.reflection import wear
from mer.datasets.synthetic.skin import Paint, paint, texture_places

SUPERSAMPLING = 2
#: Where blood lets light through, red wraps further around a form than blue.
_WRAP = np.array([0.28, 0.16, 0.12])


@dataclass(frozen=True)
class Geometry:
    """What all heads share beside the pack: the visible triangles and constants by vertex."""

    pack: HeadPack
    triangles: np.ndarray
    part: np.ndarray
    places: np.ndarray
    reach: np.ndarray


@lru_cache(maxsize=1)
def geometry() -> Geometry:
    """Shared geometry (lashes are painted, not modelled)."""
    pack = head_pack()
    seen = pack.part != LASH
    return Geometry(
        pack=pack,
        triangles=np.ascontiguousarray(pack.triangles[seen]),
        part=np.ascontiguousarray(pack.part[seen]),
        places=texture_places(pack),
        reach=np.linalg.norm(pack.units, axis=2).max(axis=1).astype(np.float64),
    )


@dataclass(frozen=True)
class Head:
    """One subject before one camera.

    Attributes:
        person, paint, studio, look: who, painted how, lit and recorded how.
        neutral: float32 (n, 3).
        openness: float32 (n,), share of the surroundings' light that reaches a vertex (less in folds).
        camera: pose and place in the frame.
        exposure: of the camera.
        size: pixels a side of a frame.
        glasses: what the subject wears, if any.
    """

    person: Person
    paint: Paint
    studio: Studio
    look: Look
    neutral: np.ndarray
    openness: np.ndarray
    camera: Camera
    exposure: float
    size: int
    glasses: Glasses | None = None

    def vertices(self, weights: np.ndarray) -> np.ndarray:
        """The head with face units at ``weights`` (units,): float32 (n, 3)."""
        vertices = self.neutral.copy()
        for unit in np.flatnonzero(weights):
            vertices += np.float32(weights[unit]) * geometry().pack.units[unit]
        return vertices

    def picture(self, vertices: np.ndarray, camera: Camera, light: np.ndarray) -> np.ndarray:
        """Display values without noise: float32 (size, size, 3) or, grey, (size, size, 1), 0 to 1."""
        return expose(self.radiance(vertices, camera, light), self.exposure, self.look.grey)

    def radiance(self, vertices: np.ndarray, camera: Camera, light: np.ndarray) -> np.ndarray:
        """Linear light at the sensor: float32 (size, size, 3). ``light`` is a factor on each lamp."""
        shared = geometry()
        fine = self.size * SUPERSAMPLING
        grid = camera.magnified(SUPERSAMPLING)
        points, depth = grid.project(vertices)
        index, weights = rasterise(points, depth, shared.triangles, fine, fine, False)
        normals = vertex_normals(vertices.astype(np.float64), shared.triangles) @ camera.rotation().T
        diffuse, gloss, lamps = self._lit(normals, light)
        backdrop = cv2.resize(self.studio.backdrop, (fine, fine), interpolation=cv2.INTER_NEAREST)
        image = shade(
            index,
            weights,
            shared.triangles,
            shared.part,
            diffuse,
            gloss,
            shared.places,
            self.paint.texture,
            shared.pack.vertices,
            self.paint.iris,
            self.paint.pupil,
            lamps,
            backdrop * np.float32(light.mean()),
        )
        if self.glasses is not None:
            seen = Rasterised(index, weights, shared.triangles, depth)
            rest = self.camera.magnified(SUPERSAMPLING)
            image = wear(image, seen, self.glasses, grid, rest, self.studio, light, 1 / self.exposure)
        image = cv2.resize(image, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(image, (0, 0), self.look.blur, borderType=cv2.BORDER_REPLICATE)

    def _lit(self, normals: np.ndarray, light: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Diffuse light (n, 3) and gloss (n,) of every vertex, and the lamps as the eye mirrors them (k, 4)."""
        colours = self.studio.colours * light[:, None]
        towards = normals @ self.studio.directions.T
        diffuse = np.full((len(normals), 3), 0.0)
        for channel, wrap in enumerate(_WRAP):
            diffuse[:, channel] = np.maximum(0, (towards + wrap) / (1 + wrap)) @ colours[:, channel]
        sky = self.studio.ambient * light.mean() * (0.7 + 0.3 * (0.5 + 0.5 * normals[:, 1]))
        diffuse = (diffuse + sky[:, None]) * self.openness[:, None]
        half = self.studio.directions + np.array([0.0, 0.0, 1.0])
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        strength = colours.mean(axis=1)
        mirrored = np.maximum(0, normals @ half.T)
        for _ in range(4):
            mirrored = mirrored * mirrored
        gloss = 0.20 * (mirrored @ strength) * self.openness
        lamps = np.column_stack([self.studio.directions, strength])
        return diffuse.astype(np.float32), gloss.astype(np.float32), lamps.astype(np.float32)


def eyeballs(neutral: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the subject's left (image right) and right eyeball, (k, 3) each."""
    shared = geometry()
    eyes = np.unique(shared.triangles[shared.part == EYE])
    left, right = (neutral[eyes[side]] for side in (neutral[eyes, 0] > 0, neutral[eyes, 0] < 0))
    return left, right


def make_head(look: Look, size: int, draw: np.random.Generator) -> Head:
    """A new subject of a look."""
    shared = geometry()
    person = draw_person(draw)
    neutral = shape_head(shared.pack, person, draw)
    painted = paint(person, draw)
    studio = set_up(look, size, draw)
    neutral = _with_hair(neutral, painted.hair_style, draw)
    left, right = (eye.mean(axis=0) for eye in eyeballs(neutral))
    camera = facing(left, right, size, draw)
    head = Head(person, painted, studio, look, neutral, _openness(neutral), camera, 1.0, size)
    plain = head.radiance(neutral, camera, np.ones(len(studio.directions)))
    middle = plain[size * 3 // 10 : size * 8 // 10, size * 3 // 10 : size * 7 // 10]
    exposure = 0.62 * float((0.38 / np.median(middle)) ** 0.75 * draw.uniform(0.9, 1.1))
    return Head(person, painted, studio, look, neutral, head.openness, camera, exposure, size)


def _with_hair(neutral: np.ndarray, style: str, draw: np.random.Generator) -> np.ndarray:
    """The head with the volume of its hair."""
    shared = geometry()
    base = shared.pack.vertices.astype(np.float64)
    skin = np.zeros(len(base), bool)
    skin[np.unique(shared.triangles[shared.part == SKIN])] = True
    top = np.clip((base[:, 1] - 7.95) / 0.3, 0, 1)
    sides = np.clip((0.45 - base[:, 2]) / 0.4, 0, 1) * np.clip((base[:, 1] - 6.9) / 0.4, 0, 1)
    thick = draw.uniform(0.04, 0.16) * (0.0 if style == "bald" else 1.0)
    volume = thick * np.maximum(top, sides * (np.abs(base[:, 0]) < 0.72)) * skin
    if style == "long":
        volume = volume + 0.10 * skin * np.clip((0.55 - base[:, 2]) / 0.3, 0, 1) * np.clip(
            (base[:, 1] - 5.9) / 0.3, 0, 1
        )
    normals = vertex_normals(base, shared.triangles)
    return (neutral + volume[:, None] * normals).astype(np.float32)


@lru_cache(maxsize=1)
def _edges() -> tuple[np.ndarray, np.ndarray]:
    shared = geometry()
    triangles = shared.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    degree = np.maximum(np.bincount(edges[:, 0], minlength=len(shared.pack.vertices)), 1)
    return edges, degree[:, None].astype(np.float64)


def _openness(neutral: np.ndarray) -> np.ndarray:
    """How open the surroundings of a vertex are, from how far it lies below its smoothed neighbourhood."""
    edges, degree = _edges()
    vertices = neutral.astype(np.float64)
    smooth = vertices
    for _ in range(6):
        total = np.zeros_like(smooth)
        for axis in range(3):
            total[:, axis] = np.bincount(edges[:, 0], smooth[edges[:, 1], axis], minlength=len(smooth))
        smooth = total / degree
    hollow = ((smooth - vertices) * vertex_normals(vertices, geometry().triangles)).sum(axis=1)
    return np.clip(1 - 12.0 * np.maximum(0, hollow) - 1.2 * np.minimum(0, hollow), 0.30, 1.12).astype(np.float32)
