"""``mer study`` and ``mer run``: notebooks in batch, here or on a cluster."""

import sys
from pathlib import Path
from typing import Any

import click

from mer.cli.executor import chosen_runner, end_jobs, executor_options
from mer.core.errors import InputError


@click.command()
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
    status = _execute(runner, cancel, dry_run)
    if status is None:
        return
    from mer.runs.report import write_report

    runner.console.line("writing the report")
    try:
        click.echo(f"Report: {write_report(loaded)}")
    except InputError as error:
        if not status:
            raise
        click.echo(f"Error: {error}", err=True)  # what failed before it says more
    sys.exit(status)


@click.command()
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
    status = _execute(runner, cancel, dry_run)
    if status is None:
        return
    from mer.runs.export import export_notebook

    folder = runner.folder(runner.runs[0].name).path
    pages = [page for path in folder.glob("*.ipynb") if (page := export_notebook(path))]
    click.echo(f"Result: {pages[0] if pages else folder}")
    sys.exit(status)


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


def _execute(runner: Any, cancel: bool, dry_run: bool) -> int | None:
    """Run a study; the exit status. None where its jobs were only ended, or its plan only told."""
    if cancel:
        click.echo(end_jobs(runner))
        return None
    if dry_run:
        _print_plan(runner)
        return None
    import logging
    import signal

    from mer.core.process_limits import check_process_limits
    from mer.runs.execute import RunFailed
    from mer.runs.runner import StudyRunner

    if isinstance(runner, StudyRunner):  # elsewhere other limits hold
        check_process_limits()
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
