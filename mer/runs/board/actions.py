"""What the run board's buttons do: start, resume and cancel. All that is wrong is told before anything starts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.paths import outputs_dir
from mer.runs.background import cancel_job, is_alive, start_job
from mer.runs.board.rows import BoardRun
from mer.runs.cancelled_jobs import cancelled_with
from mer.runs.folder import RunFolder
from mer.runs.job_words import jobs_words
from mer.runs.jobs import WHOLE_STUDY, Job, find_job
from mer.runs.notebook import read_notebook
from mer.runs.study import load_study, single_run, study_names

SINGLE = "single"


def parse_values(text: str) -> dict[str, str]:
    """Parameters typed into a field, one ``name=value`` a line; empty lines are passed over.

    Raises:
        InputError: a line without ``=``, or a name twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"Line {number}: {line.strip()!r} is not name=value. Write for instance seed=1.")
        if name in found:
            raise InputError(f"Line {number}: {name} is given twice; give each parameter once.")
        found[name] = value.strip()
    return found


def start_study(name: str) -> Job:
    """Start or resume a study: what is finished and unchanged is not run again.

    Raises:
        InputError: it is running, or cannot be run; with all reasons.
    """
    study = load_study(name)
    outputs = outputs_dir()
    for run in study.runs:
        _check_free(RunFolder(outputs, study.name, run.name), find_job(study.name, WHOLE_STUDY, outputs))
    return start_job(study.name, WHOLE_STUDY, ["study", name], outputs)


def start_run(notebook: str, given: Mapping[str, str], name: str | None = None) -> Job:
    """Start a single notebook with parameters as they were typed.

    Raises:
        InputError: it is running, or a parameter cannot be used; with all reasons.
    """
    run = single_run(notebook, given, name).runs[0]
    outputs = outputs_dir()
    _check_free(RunFolder(outputs, SINGLE, run.name), find_job(SINGLE, run.name, outputs))
    values = [part for key, value in given.items() for part in ("-p", key, value)]
    return start_job(SINGLE, run.name, ["run", notebook, *values, "--name", run.name], outputs)


def check_run(notebook: str, given: Mapping[str, str]) -> str:
    """The name that a single run with these parameters gets.

    Raises:
        InputError: as for `start_run`.
    """
    return single_run(notebook, given).runs[0].name


def resume_run(run: BoardRun) -> Job:
    """Go on with the study of a run, or with a single run.

    Raises:
        InputError: it is running or finished, or nothing tells how it was started.
    """
    if run.state in ("finished", "running"):
        raise InputError(f"{run.run} is {run.state}; there is nothing to resume.")
    if run.study == SINGLE:
        if not run.notebook:
            raise InputError(f"Nothing tells which notebook {run.run} is of. Start it as a new single run.")
        return start_run(run.notebook, typed_values(run), run.run)
    if run.study in study_names():
        return start_study(run.study)
    earlier = find_job(run.study)
    if earlier is not None:
        return start_job(run.study, WHOLE_STUDY, earlier.arguments)
    raise InputError(
        f"Study {run.study!r} is none of notebooks/studies, so nothing tells how it was started. "
        "Start it as before with `mer study`."
    )


def cancel_run(run: BoardRun) -> str:
    """Cancel what runs a run: its study, or the single run; takes seconds. Returns what happened, in a sentence.

    What it has on a cluster ends too, also where nothing of it runs on this machine any more.

    Raises:
        InputError: nothing is running, or it was not started from a board; or the cluster does not answer.
    """
    job, outputs = job_of(run), run.folder.parent.parent
    if job is not None and is_alive(job):
        return cancel_started(job, outputs)
    if ended := cancelled_with(outputs, run.study, run.run):
        return f"{jobs_words(ended)} of {run.run} on the cluster cancelled. What is finished is kept."
    folder = RunFolder(outputs, run.study, run.run)
    if folder.state() == "running":
        raise InputError(
            f"{run.run} is running in another window ({folder.holder()}): stop it there, with Ctrl+C in a terminal."
        )
    if job is not None and cancel_job(job, 0.0, outputs):
        return f"{job.command} had ended; what it left behind was stopped."
    raise InputError(f"{run.study} / {run.run} is not running; there is nothing to cancel.")


def cancel_started(job: Job, outputs: Path) -> str:
    """Cancel what was started from a board, then what it has on a cluster: it can submit no more. What happened.

    Raises:
        InputError: it was cancelled, but the cluster does not answer.
    """
    cancel_job(job, outputs=outputs)
    try:
        ended = cancelled_with(outputs, job.study, "" if job.label == WHOLE_STUDY else job.label)
    except InputError as error:
        raise InputError(f"{job.command} was cancelled; its jobs on the cluster may go on. {error}") from error
    there = f", {jobs_words(ended)} on the cluster too" if ended else ""
    return f"{job.command} was cancelled{there}. What is finished is kept; resume goes on from there."


def job_of(run: BoardRun) -> Job | None:
    """The last job that was started for a run, running or not."""
    label = run.run if run.study == SINGLE else WHOLE_STUDY
    return find_job(run.study, label, run.folder.parent.parent)


def typed_values(run: BoardRun) -> dict[str, str]:
    """The parameters of a run as one would type them."""
    try:
        known = read_notebook(run.notebook).parameters
    except InputError:
        known = {}
    texts = {name for name, parameter in known.items() if "str" in parameter.expected()}
    return {name: _typed(value, name in texts) for name, value in run.parameters.items()}


def notebook_names(folder: Path) -> list[str]:
    """Notebooks that can be run."""
    return sorted(path.stem for path in folder.glob("*.ipynb"))


def _typed(value: Any, as_text: bool) -> str:
    if value is None:
        return "null"
    return value if as_text and isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check_free(folder: RunFolder, job: Job | None) -> None:
    """Refuse to start what another process is at; the job's own process says so by itself."""
    if (job is None or not is_alive(job)) and folder.state() == "running":
        raise InputError(
            f"{folder.study} / {folder.run} is running already ({folder.holder() or 'in another process'}). "
            "Wait for its end, or stop it where it was started."
        )
