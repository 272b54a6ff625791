"""A file of whatever form, read for the audit."""

from collections.abc import Sequence
from pathlib import Path

from mer.core.errors import InputError, MissingPath
from mer.core.finished_run import checked
from mer.evaluation.audit.audited import FORMS, Audited
from mer.evaluation.audit.file_lines import read_text
from mer.evaluation.audit.logs import is_clip_log, is_fold_log, read_clip_log, read_fold_log
from mer.evaluation.audit.loose_table import is_table, read_table
from mer.evaluation.audit.matrix import MATRIX_FORM, is_matrix, read_matrices
from mer.evaluation.audit.subject_files import is_subject_file, read_subject_files, subject_files

_READERS = ((is_table, read_table), (is_fold_log, read_fold_log), (is_clip_log, read_clip_log))


def read_audited(path: Path | str, classes: Sequence[str] | None = None) -> list[Audited]:
    """The runs of a file, each to be audited by itself.

    Args:
        path: a file of one of `FORMS`; a folder stands for its ``predictions.csv`` or its files of one subject each.
        classes: names in the order of their numbers, where they are not MEGC2019's.

    Raises:
        MissingPath: there is no such file.
        Damaged: it belongs to a finished run and is not as that run left it, or gone.
        InputError: it is of none of the forms, or has faults; the message names file and lines.
    """
    path = Path(path)
    if path.is_dir():
        single = subject_files(path)
        if single and not checked(path / "predictions.csv").is_file():
            return read_subject_files(single, str(path), classes)
        path = path / "predictions.csv"
    if not checked(path).exists():
        raise MissingPath(
            f"{path} does not exist. Give a file with predictions, or a run's folder, which keeps predictions.csv."
        )
    text, file = read_text(path), str(path)
    for fits, read in _READERS:
        if fits(text):
            return read(text, file, classes)
    if is_subject_file(text):
        return read_subject_files([path], file, classes)
    if is_matrix(text):
        return read_matrices(text, file, classes)
    raise InputError(
        f"{file} is none of these: {'; '.join(FORMS.values())}. A table begins with the line "
        f"database,subject,clip,label,predicted. {MATRIX_FORM} mer audit --help shows the others."
    )
