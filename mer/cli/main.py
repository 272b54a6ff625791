"""The command line ``mer``. Every command imports what it needs when it is called, so that ``mer --help`` is quick."""

import sys
from pathlib import Path
from typing import Any

import click

from mer import __version__
from mer.cli.bench import bench
from mer.cli.data_commands import data
from mer.cli.executor import chosen_runner, end_jobs, executor_options
from mer.cli.figure import figure
from mer.cli.group import Group
from mer.core.errors import InputError


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mer")
def main() -> None:
    """Micro-expression recognition with FRL-DGT: data, runs, studies, scores."""


@main.command()
@click.argument("name")
@click.option(
    "-p", "--parameter", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="Replace a shared parameter."
)
@click.option("--dry-run", is_flag=True, help="Check everything and say what would run, and why; execute nothing.")
@click.option("--only", metavar="STEP", help="Run only this step (or run: its name or last value), and what it needs.")
@click.option("--force", is_flag=True, help="Run again what is up to date (with --only: that step).")
@click.option("-v", "--verbose", is_flag=True, help="Also show what the notebooks print.")
@executor_options
def study(
    name: str,
    given: tuple[tuple[str, str], ...],
    dry_run: bool,
    only: str | None,
    force: bool,
    verbose: bool,
    cancel: bool,
    **where: Any,
) -> None:
    """Run a study: a NAME in notebooks/studies, or a YAML file.

    What is finished and unchanged is not run again. The report is outputs/STUDY/index.html; with other shared
    parameters (-p database megc2019) results go to a folder of their own.

    With --executor slurm every notebook whose needs are finished becomes a job, and the folds of a training a job array
    of their own; jobs that are killed or lost are submitted again and go on from the folds that are finished (those
    ended by scancel too: use --cancel). This command waits; stopped with Ctrl-C it leaves the jobs running, and the
    same command finds them. The project, outputs and cache must lie on a file system that all nodes share.
    MER_EXECUTOR and MER_SLURM_CONFIG (a file) may say the same. `mer runs STUDY --logs` lists the jobs' logs.
    """
    from mer.runs.study import load_study

    loaded = load_study(name, _once(given))
    runner = _runner(loaded, only, force, verbose, **where)
    if cancel:
        click.echo(end_jobs(runner))
        return
    if dry_run:
        _print_plan(runner)
        return
    status = _execute(runner)
    from mer.runs.report import write_report

    runner.console.line("writing the report")
    click.echo(f"Report: {write_report(loaded)}")
    sys.exit(status)


@main.command()
@click.argument("notebook")
@click.option("-p", "--parameter", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter.")
@click.option("--name", metavar="RUN", help="Name of the run's folder; made from the parameters by default.")
@click.option("--dry-run", is_flag=True, help="Check everything; execute nothing.")
@click.option("--force", is_flag=True, help="Run again even if up to date.")
@click.option("-v", "--verbose", is_flag=True, help="Also show what the notebook prints.")
@executor_options
def run(
    notebook: str,
    given: tuple[tuple[str, str], ...],
    name: str | None,
    dry_run: bool,
    force: bool,
    verbose: bool,
    cancel: bool,
    **where: Any,
) -> None:
    """Run one NOTEBOOK (its name in notebooks/, or a path) in batch, into outputs/single/RUN.

    On a cluster (--executor slurm) as `mer study` does.
    """
    from mer.runs.study import single_run

    runner = _runner(single_run(notebook, _once(given), name), None, force, verbose, **where)
    if cancel:
        click.echo(end_jobs(runner))
        return
    if dry_run:
        _print_plan(runner)
        return
    status = _execute(runner)
    from mer.runs.export import export_notebook

    folder = runner.folder(runner.runs[0].name).path
    pages = [page for path in folder.glob("*.ipynb") if (page := export_notebook(path))]
    click.echo(f"Result: {pages[0] if pages else folder}")
    sys.exit(status)


@main.command()
@click.argument("study", required=False)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with hashes and folders.")
@click.option("--logs", is_flag=True, help="List the logs of jobs (on a cluster, or started from a board) instead.")
def runs(study: str | None, as_json: bool, logs: bool) -> None:
    """List what ran: state, time, scores (of one STUDY, or of all).

    STUDY is a name, or the folder of a study or of a run. A run made before corrections of yours is marked.
    """
    from mer.cli.runs_list import corrections_fault, logs_text, runs_text

    if logs:
        click.echo(logs_text(study))
        return
    click.echo(runs_text(study, as_json))
    if fault := corrections_fault():
        click.echo(fault, err=True)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--resamples", default=2000, show_default=True, help="Bootstrap draws of persons for the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def audit(files: tuple[Path, ...], resamples: int, as_json: bool) -> None:
    """Recompute the scores of predictions tables (FILES, or run folders): UF1, UAR, accuracy with 95 % intervals."""
    from mer.cli.audit import audit_files

    click.echo(audit_files(files, resamples, as_json))


@main.command()
@click.argument("clip", type=click.Path(path_type=Path))
@click.argument("apex_image", required=False, type=click.Path(path_type=Path))
@click.option("--run", "run_folder", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--onset", type=int, metavar="N", help="Number of the onset frame; the first by default.")
@click.option("--apex", type=int, metavar="N", help="Number of the apex frame; spotted by default.")
@click.option("--offset", type=int, metavar="N", help="Number of the last frame that is looked at.")
@click.option(
    "--detector", default="facemesh", show_default=True, help="What finds the face: facemesh, dlib, tasks:FILE."
)
@click.option("--person", metavar="DATABASE/SUBJECT", help="Ask only the model that was trained without this person.")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Write figure (PNG, PDF, SVG), numbers and JSON there.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def predict(clip: Path, apex_image: Path | None, run_folder: Path, as_json: bool, **how: Any) -> None:
    """Class scores of a CLIP, from all models of a run, and what they rest on.

    CLIP is a video (its first frame is number 0), a folder of numbered images, or, with APEX_IMAGE, the onset image.
    One person, from the front; the face is looked for in the onset frame. At most 1000 frames from onset to offset.
    Scores of people who are in the run's training data are no test: name such a person by --person, as the run does
    (database and subject of its predictions; folders of the same name elsewhere may be of somebody else).
    """
    from mer.cli.predict import Asked, predict_files

    click.echo(predict_files(Asked(clip, apex_image, run_folder, **how), as_json))


@main.command()
@click.argument("clip", type=click.Path(path_type=Path))
@click.option("--run", "run", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--models", default=1, show_default=True, metavar="N", help="How many of its models to ask; 0 for all.")
@click.option("--person", metavar="DATABASE/SUBJECT", help="Ask only the model that was trained without this person.")
@click.option("--fps", type=float, help="Frames a second; what the video notes by default, 30 for a folder.")
@click.option("--live", is_flag=True, help="Play it in real time and count the answers that come late.")
@click.option(
    "--detector", default="facemesh", show_default=True, help="What finds the face: facemesh, dlib, tasks:FILE."
)
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Write table, figure and summary there.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def stream(as_json: bool, **how: Any) -> None:
    """Class scores of every frame of a CLIP against an onset that moves on with it.

    CLIP is a video or a folder of numbered images, of any length. The face is looked for anew every 0.2 s; a frame's
    onset is the newest such frame at least 0.25 s before it. As fast as possible, or with --live as a camera would
    deliver it; no frame is left out.
    """
    from mer.cli.stream import Watched, watch

    click.echo(watch(Watched(**how), as_json, lambda line: click.echo(line, err=True)))


@main.command()
@click.option(
    "--quick",
    is_flag=True,
    help="Only what the main job needs; say only what is wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor(quick: bool, as_json: bool) -> None:
    """Say what is wrong with this machine, and the remedy. Status 1 when something must be mended."""
    from mer.cli.doctor import examine, report

    checks = examine(quick)
    click.echo(report(checks, as_json, only_faults=quick))
    sys.exit(1 if any(check.state == "fail" for check in checks) else 0)


@main.command()
@click.option("--write", is_flag=True, help="Write the page notebooks/CHOICES.md instead of printing it.")
def choices(write: bool) -> None:
    """List every choice where the paper is silent (unstated) or we depart from it (deviation), with its values."""
    from mer.cli.choices import page, write_page

    click.echo(f"Page: {write_page()}" if write else page(), nl=write)


main.add_command(bench)
main.add_command(data)
main.add_command(figure)


def _once(given: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Parameters of the command line by name.

    Raises:
        InputError: one is given twice.
    """
    twice = {key for key, _ in given if [k for k, _ in given].count(key) > 1}
    if twice:
        raise InputError(f"-p {', '.join(sorted(twice))} is given twice; give each parameter once.")
    return dict(given)


def _runner(
    study: Any,
    only: str | None,
    force: bool,
    verbose: bool,
    executor: str | None,
    settings: tuple[str, ...],
    slurm_config: Path | None,
) -> Any:
    from mer.runs.console import Console
    from mer.runs.runner import StudyRunner

    return chosen_runner(StudyRunner(study, Console(verbose=verbose), force, only), executor, settings, slurm_config)


def _print_plan(runner: Any) -> None:
    plan = runner.plan()
    width = max(len(done.run) for done in plan)
    for done in plan:
        click.echo(f"{done.run:<{width}}  {done.outcome}")
        for reason in done.because:
            click.echo(f"{'':<{width}}    because {reason}")


def _execute(runner: Any) -> int:
    """Run a study; the exit status."""
    import logging
    import signal

    from mer.runs.execute import RunFailed

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite stop also ends the kernel
    try:
        runner.run()
    except RunFailed as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of the cell that was stopped: pages of traceback
        click.echo("Stopped. Finished runs are kept; the same command goes on from here.", err=True)
        sys.exit(130)
    return 0
