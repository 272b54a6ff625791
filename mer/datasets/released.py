"""A released database, opened: refused as a whole when clips have faults, or opened without them."""

from collections.abc import Sequence

from mer.core.problems import Problem, ProblemsFound
from mer.datasets.database import Database
from mer.datasets.places import Place
from mer.datasets.release import read_release


def open_release(place: Place, variant: str | None = None, allow_missing: bool = False) -> Database:
    """Open a released database.

    Args:
        place: where it lies.
        variant: of its layout; None for the place's own.
        allow_missing: leave out the clips that have faults.

    Raises:
        ProblemsFound: clips have faults (with ``allow_missing``: no clip is left); all are listed.
        InputError: the release as a whole cannot be read.
    """
    layout = place.load_layout(variant)
    release = read_release(layout, place.folder, place.sheet)
    refuse(f"{layout.title} in {place.folder}", len(release.clips), release.problems, allow_missing)
    own = variant is None or variant == (place.variant or layout.variants[0])
    return Database(
        name=place.name if own else f"{place.name}:{variant}",
        root=place.folder,
        clips=release.clips,
        synthetic=False,
        terms=layout.terms,
        fingerprint=release.fingerprint,
        left_out=release.problems,
        remarks=release.remarks,
        gaps=frozenset({layout.database} if layout.gaps else ()),
    )


def refuse(what: str, good: int, problems: tuple[Problem, ...], allow_missing: bool) -> None:
    """Raise what was found, unless it may be left out and something remains.

    Raises:
        ProblemsFound: with every fault.
    """
    if not problems and good:
        return
    if not good:
        raise ProblemsFound(f"{what}: no clip can be used.", problems)
    if not allow_missing:
        raise ProblemsFound(f"{what}: {faults_words(problems, good)}", problems)


def faults_words(problems: Sequence[Problem], good: int) -> str:
    """How many faults there are, what they cost, and what to do: the heading of their list."""
    bad = len({problem.clip for problem in problems if problem.clip})
    return (
        f"{len(problems)} fault(s), because of which {bad} clip(s) cannot be used ({good} can). Mend them, or leave "
        "these clips out with --allow-missing (allow_missing=True):"
    )
