"""Faces with a mark that nothing else has, and a search for it in whatever a run leaves: pixels, PDF, SVG, base64."""

import base64
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import cv2
import numpy as np

#: A code of 16 x 16 cells, dark and light.
MARK = np.random.default_rng(1912).integers(0, 2, (16, 16)).astype(np.uint8) * 160 + 40
_ALIKE = 0.75
_WIDTHS = range(20, 160)


def marked_face(seed: int = 0) -> np.ndarray:
    """A face in grey, uint8 (32, 32), with the mark on its cheek."""
    image = np.random.default_rng(seed).integers(90, 110, (32, 32)).astype(np.uint8)
    image[10:26, 8:24] = MARK
    return image


def shows_mark(image: np.ndarray) -> bool:
    """Whether the mark can be seen in an image of any size, in grey or colours."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] in (3, 4):
        image = image[..., :3].mean(-1)
    if image.ndim > 2:
        return any(shows_mark(one) for one in image)
    if image.ndim < 2 or min(image.shape) < 16:
        return False
    image = np.nan_to_num(image.astype(np.float32))
    for width in (image.shape[1], *_WIDTHS):
        height = round(image.shape[0] * width / image.shape[1])
        if 16 <= height <= 400 and 16 <= width <= image.shape[1]:
            small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            alike = cv2.matchTemplate(small, MARK.astype(np.float32), cv2.TM_CCOEFF_NORMED)
            if np.nanmax(np.abs(np.where(np.isfinite(alike), alike, 0))) > _ALIKE:
                return True
    return False


def holds_mark(name: str, data: bytes) -> bool:
    """Whether a file's bytes hold a picture with the mark, or the mark itself."""
    drawn = name.endswith((".svg", ".pdf"))  # they may store pictures upside down
    pictures = (one for image in _pictures(name, data) for one in ((image, image[::-1]) if drawn else (image,)))
    return MARK.tobytes() in data or any(shows_mark(image) for image in pictures)


def _pictures(name: str, data: bytes) -> Iterator[np.ndarray]:
    if name.endswith(".npz"):
        with np.load(io.BytesIO(data)) as stored:
            yield from (stored[key] for key in stored.files if stored[key].dtype.kind in "fiu")
    elif name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.namelist():
                yield from _pictures(one, archive.read(one))
    elif name.endswith(".pdf"):
        yield from _of_pdf(data)
    elif name.endswith((".png", ".jpg")):
        yield from _decoded(data)
    else:
        for text in re.findall(rb"[A-Za-z0-9+/\\n\s]{200,}={0,2}", data):
            try:
                yield from _decoded(base64.b64decode(re.sub(rb"\\n|\s", b"", text) + b"==", validate=False))
            except ValueError:
                continue


def _decoded(data: bytes) -> Iterator[np.ndarray]:
    if data and (image := cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)) is not None:
        yield image


def _of_pdf(data: bytes) -> Iterator[np.ndarray]:
    """Images of a PDF of matplotlib: their streams are those of a PNG. Numbers of a palette do as greys."""
    for head, body in re.findall(rb"/Subtype /Image(.{0,2000}?)>>\s*stream\r?\n(.*?)\r?\nendstream", data, re.S):
        number = {name: int(re.findall(rb"/%s (\d+)" % name, head)[0]) for name in (b"Width", b"Height")}
        kind = 0 if b"/Indexed" in head or b"DeviceGray" in head else 2
        bits = int(re.findall(rb"/BitsPerComponent (\d+)", head)[0])
        shape = struct.pack(">IIBBBBB", number[b"Width"], number[b"Height"], bits, kind, 0, 0, 0)
        chunks = ((b"IHDR", shape), (b"IDAT", body), (b"IEND", b""))
        yield from _decoded(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
