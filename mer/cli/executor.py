"""Options that say where runs are computed, shared by ``mer study`` and ``mer run``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def executor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--executor``, ``--slurm``, ``--slurm-config`` and ``--cancel`` to a command."""
    options = [
        click.option(
            "--executor",
            metavar="local|slurm",
            help="Where to compute: this machine with all its GPUs (local, the default), or jobs of a SLURM cluster.",
        ),
        click.option(
            "--slurm",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help="What a job asks for: partition, account, gpus, cpus, memory (GB), minutes, retries, at_once, extra "
            "(options of sbatch), setup (a line of shell).",
        ),
        click.option(
            "--slurm-config", type=click.Path(path_type=Path), metavar="FILE", help="YAML file of such settings."
        ),
        click.option(
            "--cancel",
            is_flag=True,
            help="End the jobs that are under way on the cluster; submit none. "
            "(A job that scancel ends counts as lost, and is submitted again.)",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def chosen_runner(runner: Any, executor: str | None, given: tuple[str, ...], file: Path | None) -> Any:
    """What runs the study: ``runner`` itself on this machine, or one that hands its runs to a cluster.

    Raises:
        InputError: settings that cannot be.
    """
    from mer.core.executor import chosen_settings

    settings = chosen_settings(executor, given, file)
    if settings is None:
        return runner
    from mer.runs.cluster import ClusterStudy

    return ClusterStudy(runner, settings)


def end_jobs(runner: Any) -> str:
    """End the jobs of a study on a cluster; what happened, in a sentence.

    Raises:
        InputError: the runner is of this machine, or the cluster does not answer.
    """
    from mer.core.errors import InputError
    from mer.runs.job_words import jobs_words

    if not hasattr(runner, "cancel"):
        raise InputError("--cancel ends jobs on a cluster: add --executor slurm. Here, Ctrl-C stops a study.")
    ended = runner.cancel()
    if not ended:
        return f"No jobs of {runner.study.name} are on the cluster."
    return f"Cancelled {jobs_words(ended)}. What is finished is kept."
