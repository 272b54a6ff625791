"""Finished runs: whether what lies in a run's folder is still what the run left there.

``result.json``, written last, is the seal (`mer.core.sealed`) of every file that is a result, of records and figures;
not of notebooks, which people open and run on in. Whoever opens such a file does so through `checked`: what was cut
short, emptied, altered, deleted or swapped is refused by name, with the command that makes the run again. Runs of
before there were seals keep one digest of all their files; it is compared once, and they are then sealed beside their
``result.json``.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.files import file_digest, read_json
from mer.core.finished_run_digest import compared, digest_of, digests_in, files_digest
from mer.core.finished_run_files import AFTERWARDS, RESULT, produced_files, told_files
from mer.core.found_right import State, file_state
from mer.core.made_again import made_again
from mer.core.one_run import being_made, which_run
from mer.core.sealed import FILES, FORMAT, SEAL, Damaged, OtherFormat, check_format, seal, unsealed
from mer.core.unfinished_run import DEPTH, tell_unfinished

#: Of ``result.json``. 0: a digest of all files, no seal. 1: a seal.
RUN_FORMAT = 1
#: Files found right by this process, with the states that they and their ``result.json`` had.
_right: dict[Path, tuple[Any, Any]] = {}


def folder_result_digest(folder: Path) -> str:
    """Digest of what a run produced (`produced_files`): the names and bytes of the files."""
    return files_digest(folder, produced_files(folder))


def seal_run(folder: Path, about: Mapping[str, Any]) -> None:
    """Write ``result.json``: the run is finished. It vouches for what the run produced, its records and figures.

    Args:
        folder: of the run.
        about: what stands in it beside the seal and the ``digest`` of what the run produced (not of its records, which
            tell the time, nor its figures, which look otherwise with other fonts); ``state`` is ``finished``.

    Raises:
        InputError: it cannot be written.
        OSError: a file cannot be read.
    """
    digests = digests_in(folder, produced_files(folder))
    content = {**about, "digest": digest_of(digests)}
    seal(folder, RESULT, RUN_FORMAT, content, [*digests, *told_files(folder)], digests)


def check_run(folder: Path | str, every: bool = False) -> None:
    """Check that a finished run has all its files as it left them; of an unfinished one there is nothing to check.

    Args:
        folder: of the run.
        every: read all bytes, also of large files that were found right before and not touched since.

    Raises:
        Damaged: a file, or ``result.json``, is not as it was; the message names it and the command that makes the run
            again.
        OtherFormat: a newer version of this suite made the run.
        BeingMade: another process makes it again just now.
    """
    folder = Path(folder)
    _check(folder, None, every, made_again(folder))


def checked(path: Path | str) -> Path:
    """The path, once the file there is known to be as its run left it; one of no finished run passes.

    Looked at once a process, for as long as neither the file nor the ``result.json`` is touched. Of a run that did not
    finish it is said that nothing vouches for the file.

    Raises:
        Damaged, OtherFormat, BeingMade: as `check_run`.
    """
    path = Path(path)
    place = path.absolute()
    folder = next((one for one in place.parents[:DEPTH] if os.path.lexists(one / RESULT)), None)
    if folder is None:
        tell_unfinished(place)
        return path
    states = _state(folder / RESULT), _state(place)
    if None in states or _right.get(place) != states:
        _check(folder, place.relative_to(folder).as_posix(), False, made_again(folder))
        _right[place] = states
    return path


def fault(folder: Path | str, every: bool = False, quick: bool = False) -> str:
    """What is wrong with a finished run, without a full stop, files named as in its folder; empty where nothing is.

    Args:
        folder: of the run.
        every: as for `check_run`.
        quick: compare no bytes, only which files there are and their sizes: enough for a list of all runs.
    """
    folder = Path(folder)
    try:
        if quick:
            _look(folder)
        else:
            _check(folder, None, every, "")
    except FileNotFoundError:  # just being set aside
        return ""
    except InputError as error:
        return str(error).strip().removesuffix(".").replace(f"{folder}{os.sep}", "").replace(str(folder), "it")
    return ""


def _check(folder: Path, name: str | None, every: bool, remedy: str) -> None:
    """Check one file, or all for None; what is missed because the run was moved away meanwhile is no damage."""
    before = which_run(folder)
    try:
        _check_files(folder, name, every, remedy)
    except (Damaged, OSError) as error:
        if which_run(folder) != before:
            raise being_made(folder) from error
        raise


def _check_files(folder: Path, name: str | None, every: bool, remedy: str) -> None:
    if (content := _content(folder, remedy)) is None:
        return
    if SEAL not in content and FORMAT not in content:
        _check_older(folder, content, name, every, remedy)
        return
    listed = content.get(FILES)
    _refuse_unlisted(folder, name, listed, remedy)
    files = None if name is None else [name] if isinstance(listed, dict) and name in listed else []
    _sealed(folder, RESULT, remedy, files, every)


def _content(folder: Path, remedy: str) -> dict[str, Any] | None:
    """Content of a finished run's ``result.json``; None where the run did not finish, or is not ours."""
    try:
        content = read_json(folder / RESULT)
    except MissingPath:
        return None
    except InputError as error:
        raise Damaged(f"{folder / RESULT} is damaged: it cannot be read as JSON. {remedy}") from error
    if not isinstance(content, dict):
        raise Damaged(f"{folder / RESULT} is damaged: it is no JSON object. {remedy}")
    version = content.get(FORMAT)
    if isinstance(version, int) and version > RUN_FORMAT:
        check_format(folder / RESULT, version, RUN_FORMAT, remedy)
    return content if SEAL in content or content.get("state") == "finished" else None


def _sealed(folder: Path, index: str, remedy: str, files: list[str] | None, every: bool) -> dict[str, Any]:
    try:
        return unsealed(folder, index, RUN_FORMAT, remedy, files, every)
    except OtherFormat as error:  # newer ones were refused before, and no older one has a seal
        raise Damaged(f"{folder / index} is damaged: its format or its seal is missing. {remedy}") from error


def _check_older(folder: Path, content: Mapping[str, Any], name: str | None, every: bool, remedy: str) -> None:
    """A run without a seal: its digest is compared with all its files once, and they are sealed by a hidden index."""
    known = content.get("digest")
    if not isinstance(known, str) or not known:
        return  # older still: nothing vouches for it
    of = file_digest(folder / RESULT)
    try:
        sealed = _sealed(folder, AFTERWARDS, remedy, [], every)
    except InputError:  # none yet, or it is damaged itself
        own, what = compared(folder, folder / RESULT, produced_files(folder), known)
        if what:
            raise Damaged(f"{folder} is damaged: {what}. {remedy}") from None
        with suppress(InputError):  # a folder that may only be read: it is compared anew by the next process
            seal(folder, AFTERWARDS, RUN_FORMAT, {"of": of}, own, own)
        _refuse_unlisted(folder, name, own, remedy)
        return
    if sealed.get("of") != of:
        raise Damaged(f"{folder / RESULT} is damaged: it is not what it was when its files were checked. {remedy}")
    _refuse_unlisted(folder, name, sealed[FILES], remedy)
    _sealed(folder, AFTERWARDS, remedy, None if name is None else [name] if name in sealed[FILES] else [], every)


def _refuse_unlisted(folder: Path, name: str | None, listed: Any, remedy: str) -> None:
    """Weights beside those of a run would be asked as one of its models."""
    if name is not None and name.endswith(".safetensors") and isinstance(listed, dict) and name not in listed:
        raise Damaged(f"{folder / name} was put there after the run had finished. Delete it. {remedy}")


def _look(folder: Path) -> None:
    """The seal of ``result.json`` itself, and whether its files are there in their sizes."""
    content = _content(folder, "")
    if content is None:
        return
    index = RESULT
    if SEAL not in content and FORMAT not in content:
        if not (folder / AFTERWARDS).is_file():
            return  # of before, and nobody has compared it yet
        index = AFTERWARDS
    try:
        listed = _sealed(folder, index, "", [], False)[FILES]
    except InputError:
        if index == AFTERWARDS:
            return  # whoever checks the run whole compares it anew
        raise
    for name, about in listed.items():
        state = _state(folder / name)
        if state is None:
            raise Damaged(f"{folder / name} is missing.")
        if not isinstance(about, dict) or state[1] != about.get("bytes"):
            raise Damaged(f"{folder / name} is damaged: {state[1]} bytes, not those of its index.")


def _state(path: Path) -> State | None:
    try:
        return file_state(path)
    except OSError:
        return None
