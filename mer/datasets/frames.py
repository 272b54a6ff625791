"""A clip as numbered image files in one folder."""

import re
from pathlib import Path

import cv2
import numpy as np

from mer.core.errors import InputError, MissingPath

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
_LAST_NUMBER = re.compile(r"(\d+)$")


def frame_paths(folder: Path) -> dict[int, Path]:
    """Frame number to image file, ascending. The number is the last run of digits of the file's stem.

    Raises:
        MissingPath: the folder does not exist.
        InputError: two images carry one number.
    """
    if not folder.is_dir():
        raise MissingPath(f"Frame folder {folder} does not exist.")
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _LAST_NUMBER.search(path.stem)
        if path.suffix.lower() not in IMAGE_SUFFIXES or match is None:
            continue
        number = int(match.group(1))
        if number in found:
            raise InputError(f"{folder}: frame {number} stands twice ({found[number].name}, {path.name}).")
        found[number] = path
    return dict(sorted(found.items()))


def read_frame(path: Path) -> np.ndarray:
    """Read an image: uint8, RGB, shape (height, width, 3).

    Raises:
        MissingPath: no such file.
        InputError: the file is not an image that can be decoded.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)  # not cv2.imread: it cannot open some non-ASCII paths
    except FileNotFoundError as error:
        raise MissingPath(f"Image {path} does not exist.") from error
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None:
        raise InputError(f"{path} is not a readable image ({data.size} bytes). Copy it again from the release.")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
