"""Image files, judged by their bytes: whole or cut short, an image at all or a text file with an image's name.

Decoders differ here: some return the upper half of a truncated JPEG with grey below it. Half a face must not go into a
study, so what a file ends with is looked at before it is decoded.
"""

import os
import struct
from pathlib import Path

import cv2
import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.machine_fault import raise_machine_fault

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
COPY_AGAIN = "Copy it again from where it came from."
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
_EDGE = 64  # bytes looked at from either end


def read_frame(path: Path) -> np.ndarray:
    """Read an image: uint8, RGB, shape (height, width, 3).

    Grey images get three equal channels, 16-bit ones are scaled to 8 bits (65535 becomes 255), transparency is dropped.
    An orientation noted by a camera (EXIF) is obeyed, as every viewer does it: frames of the releases note none, but a
    telephone's portrait would lie on its side, and no face would be found in it.

    Raises:
        MissingPath: no such file.
        MachineFault: it cannot be read for reasons that lie in the machine; the file may be whole.
        InputError: the file is truncated, or not an image that can be decoded.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)  # not cv2.imread: it cannot open some non-ASCII paths
    except FileNotFoundError as error:
        raise MissingPath(f"Image {path} does not exist.") from error
    except (OSError, MemoryError) as error:
        raise_machine_fault(error, path)
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', error)}).") from error
    fault = image_fault(data[:_EDGE].tobytes(), data[-_EDGE:].tobytes(), data.size)
    if fault and not (_may_have_a_trailer(data[:_EDGE].tobytes()) and _has_end(data.tobytes())):
        raise InputError(f"{path} is not a readable image ({data.size} bytes): it {fault[0]}. {fault[1]}")
    try:
        image = decoded(data)
    except MemoryError as error:
        raise_machine_fault(error, path)
        raise
    if image is None:
        raise InputError(f"{path} is not a readable image ({data.size} bytes): it is damaged inside. {COPY_AGAIN}")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def decoded(data: np.ndarray) -> np.ndarray | None:
    """The picture in an image file's bytes: uint8, BGR, shape (height, width, 3); None where they are damaged.

    Raises:
        MemoryError: there is no memory for it.
    """
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError(str(error)) from error
        return None  # a header that speaks of more pixels than any image has


def image_fault(head: bytes, tail: bytes, size: int) -> tuple[str, str] | None:
    """What is wrong with an image file, found without decoding it.

    Args:
        head: its first bytes, 64 or all.
        tail: its last bytes, 64 or all.
        size: its length in bytes.

    Returns:
        What is wrong (to be put after "it"), and the remedy; None where nothing shows.
    """
    if size == 0:
        return "is empty (zero bytes)", COPY_AGAIN
    kind = _kind(head)
    if kind is None:
        return (
            "is not an image, whatever its name says (neither JPEG, PNG, BMP nor TIFF)",
            "Remove it or copy the right file there.",
        )
    whole = _ENDS[kind] in tail if kind in _ENDS else size >= _expected_size(head, kind)
    return None if whole else (f"is truncated (a {kind} file that stops before its end)", COPY_AGAIN)


def image_file_fault(path: Path, root: Path | None = None, is_link: bool | None = None) -> tuple[str, str] | None:
    """What is wrong with an image file or the link in its place, found by reading 128 bytes of it.

    Args:
        path: the file.
        root: resolved folder that a link must not leave; None allows any.
        is_link: whether it is a symbolic link, where that is known.

    Returns:
        What is wrong (to be put after "it") and the remedy; None where nothing shows.

    Raises:
        MachineFault: it cannot be read for reasons that lie in the machine; the file may be whole.
    """
    if is_link is not False and path.is_symlink() and (fault := link_fault(path, root)):
        return fault
    try:
        with open(path, "rb", buffering=0) as stream:  # a buffer would read 8 KiB at either end
            head = stream.read(_EDGE)
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _EDGE))
            fault = image_fault(head, stream.read(_EDGE), size)
            if fault and size > _EDGE and _may_have_a_trailer(head):
                stream.seek(0)
                fault = None if _has_end(stream.read()) else fault
    except OSError as error:
        raise_machine_fault(error, path)
        return f"cannot be read ({error.strerror or error})", "Check its access rights, or copy it again."
    return fault


def link_fault(path: Path, root: Path | None) -> tuple[str, str] | None:
    """What is wrong with a symbolic link: it leads nowhere, or out of ``root`` (resolved); None where nothing is."""
    target = Path(os.path.realpath(path))
    if not target.exists():
        return f"is a link to {target}, which does not exist", "Copy the file there, or mount where it points to."
    if root is not None and not target.is_relative_to(root):
        return (
            f"is a link that leaves the root {root} (to {target})",
            "Copy the files there, or give as root the folder that the link points to.",
        )
    return None


def _kind(head: bytes) -> str | None:
    return next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), None)


def _expected_size(head: bytes, kind: str) -> int:
    """Least number of bytes that a whole BMP or TIFF of this header has; 0 where the header does not tell."""
    if kind == "TIFF":  # its table of contents usually stands at the end
        order = "<" if head.startswith(b"II") else ">"
        big = head[2:4] in (b"+\0", b"\0+")
        needed = 16 if big else 8
        if len(head) < needed:
            return needed
        (directory,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
        return int(directory) + 78  # a count, six entries at least, and where the next one lies
    if len(head) < 54:
        return 54
    noted, pixels, header, width, height, bits, compression = struct.unpack_from("<2xI4xIIii2xHI", head)
    if header < 40 or compression not in (0, 3):
        return int(noted)
    return int(pixels + (width * bits + 31) // 32 * 4 * abs(height))  # some programs note a wrong total


def _may_have_a_trailer(head: bytes) -> bool:
    return _kind(head) in _ENDS


def _has_end(data: bytes) -> bool:
    """Whether a JPEG or PNG ends somewhere, something else behind it: padding, or a telephone's short film.

    Inside a JPEG's picture the end marker cannot occur (there each FF is followed by 00 or a restart marker), but a
    thumbnail in its header has one; so the search starts where the picture's own data do.
    """
    if data.startswith(b"\x89PNG"):
        return _ENDS["PNG"] in data
    place = 2
    while data[place : place + 1] == b"\xff" and place + 4 <= len(data):
        marker, length = struct.unpack_from(">xBH", data, place)
        if marker == 0xFF:  # a filling byte
            place += 1
            continue
        place += 2 + length
        if marker == 0xDA:  # start of scan
            return _ENDS["JPEG"] in data[place:]
    return False
