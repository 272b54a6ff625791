"""Every picture in a file that a run may leave: in pixels, arrays, tables, PDF, SVG, and as base64 in any text."""

import base64
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
import pandas as pd


def pictures_in(name: str, data: bytes) -> Iterator[np.ndarray]:
    """Pictures, and arrays of numbers that could be some, as they are stored; of drawings also upside down.

    Args:
        name: of the file; its ending says how it is read.
        data: its bytes.
    """
    if name.endswith((".svg", ".pdf")):
        for image in _of_pdf(data) if name.endswith(".pdf") else _in_text(data):
            yield from (image, image[::-1])
    elif name.endswith(".npz"):
        with np.load(io.BytesIO(data)) as stored:
            for key in stored.files:
                if stored[key].dtype.kind in "fiub":
                    yield from _of_array(stored[key])
    elif name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.namelist():
                yield from pictures_in(one, archive.read(one))
    elif name.endswith((".png", ".jpg")):
        yield from _decoded(data)
    else:
        if name.endswith(".csv"):
            yield from _of_array(pd.read_csv(io.BytesIO(data)).select_dtypes("number").to_numpy(np.float64))
        yield from _in_text(data)


def _of_array(values: np.ndarray) -> Iterator[np.ndarray]:
    """An array, and the squares that the rows and columns of a table could be."""
    yield values
    for table in (values, values.T) if values.ndim == 2 else ():
        side = round(table.shape[1] ** 0.5)
        if 0 < side * side == table.shape[1]:
            yield table.reshape(-1, side, side)


def _in_text(data: bytes) -> Iterator[np.ndarray]:
    for text in re.findall(rb"[A-Za-z0-9+/\\n\s]{200,}={0,2}", data):
        try:
            yield from _decoded(base64.b64decode(re.sub(rb"\\n|\s", b"", text) + b"==", validate=False))
        except ValueError:
            continue


def _decoded(data: bytes) -> Iterator[np.ndarray]:
    if data and (image := cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)) is not None:
        yield image


def _of_pdf(data: bytes) -> Iterator[np.ndarray]:
    """Images of a PDF of matplotlib, streams as of a PNG. Numbers of a palette do as greys, or as a negative."""
    for head, body in re.findall(rb"/Subtype /Image(.{0,2000}?)>>\s*stream\r?\n(.*?)\r?\nendstream", data, re.S):
        number = {name: int(re.findall(rb"/%s (\d+)" % name, head)[0]) for name in (b"Width", b"Height")}
        kind = 0 if b"/Indexed" in head or b"DeviceGray" in head else 2
        bits = int(re.findall(rb"/BitsPerComponent (\d+)", head)[0])
        shape = struct.pack(">IIBBBBB", number[b"Width"], number[b"Height"], bits, kind, 0, 0, 0)
        chunks = ((b"IHDR", shape), (b"IDAT", body), (b"IEND", b""))
        for image in _decoded(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)):
            yield from (image, 255 - image) if b"/Indexed" in head else (image,)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
