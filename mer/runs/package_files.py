"""Which files of a finished run may be passed on: a list of what may; everything else stays, with the reason.

No picture of a face leaves with a run on licensed data: no frame, no displacement, no notebook or page, and no figure
of which it is not known that it shows none (``faces`` in its JSON file, `mer.figures.faces`).
"""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mer.core.archive import open_npz
from mer.core.errors import InputError
from mer.evaluation.data_terms import noted_terms
from mer.runs.unnamed import Unnamed

#: Passed on as they are: numbers of clips and losses, of the run, of what is set beside it, under other epoch rules.
_AS_IT_IS = ("predictions.csv", "history.csv", "floors.csv", "epoch_rules.csv", "ridge-on-pixels/predictions.csv")
#: Passed on with names of folders, user and machine taken out: which parts were chosen, losses of pretrained groups.
_OTHER_TABLES = re.compile(r"choices\.csv|(readings/[^/]+/)?group-\d+\.csv")
_RECORDS = (
    "record.json",
    "recipe.json",
    "parameters.json",
    "summary.json",
    "caveats.json",
    "terms.txt",
    "changes.patch",
)
_TABLES, _FIGURES = (".csv", ".tex", ".html", ".json"), (".png", ".pdf", ".svg", ".json", ".csv", ".tex")
#: Arrays of ``clips.npz`` that are numbers of a clip, and no picture.
_NUMBERS = ("embedding", "probabilities", "weights_local", "weights_global", "weights_full", "weights_time")
NUMBERS_FILE = "arrays/numbers.npz"

_FACES = "may show a face; the faces are not rendered ones"
_UNKNOWN = "not on the list of what is passed on"
_IN_HISTORY = "losses of one fold, which history.csv has too"
_LINK = "a link to another place"
_BOOK = "includes figures that are not all here"
_PICTURES = "shows pictures, which may be of faces, and names folders of this machine"
_WEIGHTS = "weights trained on these faces; --weights adds them where the terms allow it"
_NAMES = "names a folder, the user or the machine"
_REASONS = {".ipynb": _PICTURES, ".html": _PICTURES, ".log": "a log", ".safetensors": _WEIGHTS}


@dataclass
class RunFiles:
    """What of a run is passed on.

    Attributes:
        files: relative name to content.
        left_out: file, or folder with ``/``, and reason, to how many files they are.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)


def run_files(folder: Path, unnamed: Unnamed, weights: bool = False) -> RunFiles:
    """The files of a finished run that may be passed on.

    Args:
        folder: of the run.
        unnamed: takes names of folders, user and machine out of texts.
        weights: pass on trained weights too.

    Raises:
        InputError: ``clips.npz`` is damaged.
    """
    found = RunFiles()
    noted = noted_terms(folder)
    rendered = bool(noted) and all(one.synthetic for one in noted)
    figures: dict[str, str] = {}
    for name, reason in _figures(folder, rendered):
        figures[name] = figures.get(name) or reason  # of a file that two figures claim, the one with a face counts
    for path in sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        reason = _LINK if path.is_symlink() else _refused(name, path, figures, weights)
        if not reason:
            data = path.read_bytes()
            kept = _without_names(name, data, unnamed)
            if kept is not None and not (_holds_picture(name, data) and not rendered):
                found.files[name] = kept
                continue
            reason = _NAMES if kept is None else _FACES
        top, slash, _ = name.partition("/")
        whole = slash and top not in ("figures", "tables", "arrays")
        found.left_out[f"{top}/" if whole else name, reason] += 1
    if (numbers := _numbers(folder / "arrays" / "clips.npz")) is not None:
        found.files[NUMBERS_FILE] = numbers
    return found


def _refused(name: str, path: Path, figures: dict[str, str], weights: bool) -> str:
    """Why a file is not passed on; empty where it is on the list."""
    parts = name.split("/")
    if name in _AS_IT_IS or name in _RECORDS or _OTHER_TABLES.fullmatch(name):
        return ""
    if len(parts) == 2 and parts[0] == "tables" and path.suffix in _TABLES:
        return ""
    if len(parts) == 2 and parts[0] == "figures":
        return figures.get(parts[1], _BOOK if path.suffix == ".tex" else _UNKNOWN)
    if path.suffix == ".safetensors" and weights and (len(parts) == 1 or parts[0] == "folds"):
        return ""
    if name == "result.json":
        return "vouches for all files of the run, which are not all here; summary.json has its scores"
    if name == "arrays/clips.npz":
        return f"holds frames and displacements; embeddings, probabilities and fusion weights are in {NUMBERS_FILE}"
    if parts[0] == "folds" and path.name == "history.csv":
        return _IN_HISTORY
    return _REASONS.get(path.suffix, _UNKNOWN)


def _figures(folder: Path, rendered: bool) -> Iterator[tuple[str, str]]:
    """Files of the figures that say what they show, each with why it is not passed on, or nothing."""
    for record in sorted((folder / "figures").glob("*.json")):
        try:
            about = json.loads(record.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if not isinstance(about, dict):
            continue
        reason = "" if rendered or about.get("faces") is False else _FACES
        listed = about.get("csv")
        tables = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
        own = [name for name in tables if name.startswith(record.stem) and name.endswith(".csv")]
        for name in [*(f"{record.stem}{suffix}" for suffix in _FIGURES), *own]:
            yield name, reason


def _without_names(name: str, data: bytes, unnamed: Unnamed) -> bytes | None:
    """The content without names; None where they cannot be taken out without harm."""
    if name in _AS_IT_IS:
        return data
    if Path(name).suffix in (".png", ".pdf", ".safetensors"):
        return None if unnamed.in_bytes(data) else data
    try:
        text = data.decode("utf-8")
        if name.endswith(".json"):
            value = json.loads(text)
            without = unnamed.value(value)
            return data if without == value else (json.dumps(without, indent=2, ensure_ascii=False) + "\n").encode()
    except (ValueError, RecursionError):
        return None
    if name.endswith(".patch"):
        return data if unnamed.text(text, elsewhere=False) == text else None  # another patch would not fit the code
    return unnamed.text(text).encode("utf-8")


def _holds_picture(name: str, data: bytes) -> bool:
    """Whether a text that is no figure has a picture in it."""
    return not name.startswith("figures/") and (b"data:image" in data or b"<image" in data or b"image/png" in data)


def _numbers(path: Path) -> bytes | None:
    """The arrays of ``clips.npz`` that are no pictures, as an archive of their own; None where there are none."""
    if not path.is_file():
        return None
    with open_npz(path, "Make the run again.") as arrays:
        kept = {name: arrays[name] for name in _NUMBERS if name in list(arrays)}
    if wrong := [name for name, values in kept.items() if values.dtype.kind not in "fiu"]:
        raise InputError(f"{path}: {wrong[0]!r} holds no numbers. Make the run again.")
    stream = io.BytesIO()
    np.savez_compressed(stream, **kept)  # type: ignore[arg-type]
    return stream.getvalue() if kept else None
