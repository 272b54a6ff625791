"""A run or a study as one archive that may be passed on: results, records, terms, what was left out (``mer export``).

Equal runs make equal bytes: files are in order, dates are fixed.
"""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mer import __version__
from mer.core.errors import InputError, MissingPath
from mer.core.files import atomic_write
from mer.core.finished_run import RESULT, check_run
from mer.core.paths import given_path, outputs_dir
from mer.core.unfinished_run import refuse_unfinished
from mer.datasets.folder import TERMS_UNKNOWN
from mer.evaluation.data_terms import OWN_FACES, DataTerms, run_terms
from mer.runs.citations import citations
from mer.runs.folder import RunFolder
from mer.runs.package_files import run_files
from mer.runs.unnamed import Unnamed

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that an archive can hold
LEFT_OUT, TERMS, CITE, SUMS = "LEFT_OUT.md", "TERMS.md", "CITATION.md", "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """What was written.

    Attributes:
        path: of the archive.
        names: of the files in it, in order.
        left_out: content of ``LEFT_OUT.md``.
        terms: content of ``TERMS.md``.
    """

    path: Path
    names: tuple[str, ...]
    left_out: str
    terms: str


def runs_of(run_or_study: str | Path) -> list[RunFolder]:
    """The runs of a folder of a run, of a folder of a study, or of a study given by its name in ``outputs``.

    Raises:
        MissingPath: there is no such folder, or its run did not finish.
        InputError: no run in it is finished.
    """
    for folder in (given_path(run_or_study), outputs_dir() / run_or_study):
        if folder.is_dir():
            break
    else:
        raise MissingPath(
            f"{run_or_study} is no folder of a run or study, and no study in {outputs_dir()}. See `mer runs`."
        )
    folder = folder.resolve()
    own = RunFolder(folder.parent.parent, folder.parent.name, folder.name)
    if own.result() is not None:
        return [own]
    inside = [RunFolder(folder.parent, folder.name, run.name) for run in sorted(folder.iterdir()) if run.is_dir()]
    runs = [run for run in inside if not run.run.startswith(".")]
    for run in (own, *runs):
        if run.result() is None and run.file(RESULT).is_file():
            check_run(run.path)  # says what is wrong with a result that cannot be read
    if not any(run.result() for run in runs):
        refuse_unfinished(folder, "An export")
        raise InputError(f"{folder} holds no finished run (no result.json). Give a finished run, or a study with some.")
    return runs


def write_package(runs: Iterable[RunFolder], out: Path, weights: bool = False, terms: str = "") -> Package:
    """Write the archive.

    Args:
        runs: of one study; those that are not finished are left out, and named.
        out: the archive; one that stands there is replaced.
        weights: with trained weights.
        terms: of databases whose terms are not known; they stand in ``TERMS.md``.

    Raises:
        InputError: the terms of a database are not known and not given; or the archive cannot be written.
        Damaged: a finished run's files are not as it left them.
    """
    runs = list(runs)
    finished = [run for run in runs if run.result() is not None]
    known = dict.fromkeys(one for run in finished for one in run_terms(run.path))
    _check_terms(list(known), terms)
    unnamed = Unnamed({run.outputs: "outputs" for run in runs})
    files: dict[str, bytes] = {}
    left: Counter[tuple[str, str]] = Counter()
    for run in runs:
        place = f"{run.study}/{run.run}"
        if run not in finished:
            left[f"{place}/", f"the run is not finished ({run.state()})"] += 1
            continue
        check_run(run.path)
        found = run_files(run.path, unnamed, weights)
        files |= {f"{place}/{name}": data for name, data in found.files.items()}
        left += Counter({(f"{place}/{name}", reason): count for (name, reason), count in found.left_out.items()})
    texts = {
        LEFT_OUT: _left_out_page(left),
        TERMS: _terms_page(known, terms, weights),
        CITE: citations((one.database for one in known), __version__),
    }
    files |= {name: text.encode("utf-8") for name, text in texts.items()}
    files[SUMS] = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    _write(out, files)
    return Package(out, tuple(sorted(files)), texts[LEFT_OUT], texts[TERMS])


def _check_terms(known: list[DataTerms], terms: str) -> None:
    unknown = [one.database for one in known if not one.synthetic and _unknown(one.terms.strip())]
    if (unknown or not known) and not terms.strip():
        whose = f"database {', '.join(unknown)}" if unknown else "the data of this run"
        raise InputError(
            f"The terms of use of {whose} are not known, so nothing is packed. Look them up, and give them with "
            "--terms TEXT if they allow results to be passed on."
        )


def _unknown(terms: str) -> bool:
    """Whether terms leave open if results may be passed on."""
    return terms in ("", OWN_FACES, TERMS_UNKNOWN)


def _left_out_page(left: Mapping[tuple[str, str], int]) -> str:
    lines = ["# Left out", "", "Only what is on a list of what may be passed on is in this package. Left out:", ""]
    for (name, reason), count in sorted(left.items()):
        files = f" ({count} files)" if count > 1 else ""
        lines.append(f"- `{name}`{files}: {reason}")
    lines += [] if left else ["- nothing"]
    lines += ["", "Aligned faces, databases and the study's page are not of a run, and in no package."]
    return "\n".join(lines) + "\n"


def _terms_page(known: Iterable[DataTerms], given: str, weights: bool) -> str:
    lines = ["# Terms of the data that these results are of", ""]
    lines += [f"- {one.database}: {one.terms.strip() or 'see below'}" for one in known]
    lines += ["", given.strip()] if given.strip() else []
    real = any(not one.synthetic for one in known) or bool(given.strip())
    if weights and real:
        lines += [
            "",
            "Trained weights are in this package. Weights trained on faces of people may hold traces of them: ",
        ]
        lines[-1] += "pass them on only where the terms above allow it."
    if not real:
        lines += ["", "All faces are rendered; no person is shown. Scores on them say nothing about real people."]
    return "\n".join(lines) + "\n"


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    with atomic_write(out) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name])
