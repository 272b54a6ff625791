"""Rendered databases that are opened by their path: nothing of one is used that its seal does not vouch for."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.kept import INDEX, open_kept
from mer.core.machine_fault import cause_in_machine, raise_machine_fault
from mer.core.paths import cache_dir
from mer.core.sealed import check_format, unsealed
from mer.datasets.synthetic.plan import SyntheticConfig

#: Raised whenever the files that are kept are others; the frames are the same.
FORMAT = 1
ABOUT = "database.json"
_MARK = "generator"


def check_rendered(root: Path) -> None:
    """See to it that a folder that was rendered is whole; of any other nothing is looked at.

    One of the cache is rendered again where it is damaged. In a place that a user chose nothing is deleted unasked.
    That it was rendered is said by its ``database.json`` and by its index, so that one of them can tell for both.

    Args:
        root: folder of a clip table.

    Raises:
        OtherFormat: its index is missing, or of another version.
        Damaged: a file is not as it was rendered; the message names it, and says what to do.
        InputError: it has to be rendered again and cannot be.
    """
    if not was_rendered(root):
        return
    remedy = (
        f"Delete the folder {root} and render it again{_how(root)}. If you changed it yourself, delete its {INDEX} and "
        f"take {_MARK!r} out of its {ABOUT}: then it is a folder of your own, for which nothing vouches."
    )
    if root.resolve().parent == (cache_dir() / "databases").resolve():
        if not _rendered_again(root):
            open_kept(root.resolve(), FORMAT, remedy)
        return
    if not (root / INDEX).is_file():
        check_format(root, None, FORMAT, remedy)
    unsealed(root, INDEX, FORMAT, remedy)


def was_rendered(root: Path) -> bool:
    """Whether a folder was rendered by this suite, whatever became of it since."""
    return _MARK in _mapping(root / ABOUT) or _MARK in _mapping(root / INDEX)


def rendered_config(root: Path) -> SyntheticConfig | None:
    """What a folder was rendered from; None where it was not rendered.

    Raises:
        InputError: this version cannot render what is written there.
    """
    if not was_rendered(root):
        return None
    try:
        return SyntheticConfig(**_mapping(root / ABOUT)["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{root / ABOUT} says a config that this version cannot render ({error}). Delete the folder {root}, or "
            "open it with the version that rendered it."
        ) from error


def _how(root: Path) -> str:
    """The command that renders a folder again, after a colon; empty where nothing says what it was rendered from."""
    try:
        config = rendered_config(root)
    except InputError:
        return ""
    if config is None:
        return ""
    values = ((item.name, getattr(config, item.name), item.default) for item in fields(config))
    given = ", ".join(f"{name}={value!r}" for name, value, default in values if value != default)
    code = (
        "from mer.datasets.synthetic.build import build_synthetic, SyntheticConfig; "
        f"build_synthetic(SyntheticConfig({given}), {str(root)!r})"
    )
    return f": python -c {shlex.quote(code)}"


def _rendered_again(root: Path) -> bool:
    """Whether this version renders the folder of the cache, and has done so where it was damaged."""
    from mer.datasets.synthetic.build import keep_rendered, synthetic_folder

    try:
        config = rendered_config(root)
    except InputError:
        return False
    if config is None or synthetic_folder(config).resolve() != root.resolve():
        return False
    keep_rendered(config)
    return True


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except InputError as error:
        if fault := cause_in_machine(error):
            raise_machine_fault(fault, path)
        return {}
    return content if isinstance(content, dict) else {}
