"""What is wrong with what ``mer predict`` was asked, found before any model is loaded."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mer.core.errors import InputError
from mer.core.finished_run import RESULT

if TYPE_CHECKING:
    from mer.cli.predict import Asked

_PICTURES = {".png", ".pdf", ".svg", ".jpg", ".json", ".csv"}


def check_asked(asked: "Asked") -> None:
    """Check the clip, its marks, the run's folder, the detector's name and the folder to write to.

    Raises:
        MissingPath: a path that is not there; the message names the nearest one that is.
        InputError: something else is wrong.
    """
    from mer.face.landmarks import detector_identity
    from mer.face.own_source import open_own, own_name, window
    from mer.training.run_folder import fold_weights

    fold_weights(asked.run)
    detector_identity(asked.detector)
    source = open_own(asked.clip, asked.apex_image)
    if asked.apex_image is not None and (asked.onset, asked.offset) != (None, None):
        raise InputError("Two images are the onset and the apex themselves. Leave --onset and --offset out.")
    numbers = window(source, own_name(asked.clip, asked.apex_image), asked.onset, asked.offset)
    if asked.apex is not None and asked.apex not in numbers[1:]:
        raise InputError(
            f"Frame {asked.apex} is the onset, so it cannot be the apex. Choose a later frame, or an earlier onset."
            if asked.apex == numbers[0]
            else f"Frame {asked.apex} is none of the frames {numbers[0]} to {numbers[-1]} that are looked at, so it "
            "cannot be the apex. Choose one of them, or another onset or offset."
        )
    if asked.out is not None:
        check_writable(asked.out)


def check_writable(folder: Path) -> None:
    """Check that files can be written into a folder that may not be there yet; nothing is left behind.

    Raises:
        InputError: they cannot.
    """
    if folder.suffix.lower() in _PICTURES:
        raise InputError(
            f"--out {folder} looks like a picture, but is the folder of several files. Name a folder, for instance "
            f"{folder.with_suffix('')}."
        )
    if (folder / RESULT).is_file():
        raise InputError(f"--out {folder} is the folder of a finished run, which stays as it is. Name another folder.")
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise InputError(f"--out {folder}: {there} is a file, not a folder. Name another folder.")
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(
            f"--out {folder}: nothing can be written in {there} ({error.strerror or error}). Name another folder."
        ) from error
