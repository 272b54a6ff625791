"""The command line ``mer``. Every command imports what it needs when it is called, so that ``mer --help`` is quick."""

import sys
from pathlib import Path
from typing import Any

import click

from mer import __version__
from mer.core.errors import InputError


class _Group(click.Group):
    """Turns a user's mistake into a message and status 2, a failed run into status 1, both without a traceback."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command; a misspelt one gets the nearest name."""
        from mer.core.errors import nearest

        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise click.UsageError(f"No command {args[0]!r}. {nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)
        except (BrokenPipeError, KeyboardInterrupt):
            ctx.exit(130)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mer")
def main() -> None:
    """Micro-expression recognition with FRL-DGT: data, runs, studies, scores."""


@main.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Check everything and say what would run; execute nothing.")
@click.option("--only", metavar="STEP", help="Run only this step, and what it needs.")
@click.option("--force", is_flag=True, help="Run again what is up to date (with --only: that step).")
@click.option("-v", "--verbose", is_flag=True, help="Also show what the notebooks print.")
def study(name: str, dry_run: bool, only: str | None, force: bool, verbose: bool) -> None:
    """Run a study: a NAME in notebooks/studies, or a YAML file.

    What is finished and unchanged is not run again. The report is outputs/STUDY/index.html.
    """
    from mer.runs.study import load_study

    loaded = load_study(name)
    runner = _runner(loaded, only, force, verbose)
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
def run(
    notebook: str, given: tuple[tuple[str, str], ...], name: str | None, dry_run: bool, force: bool, verbose: bool
) -> None:
    """Run one NOTEBOOK (its name in notebooks/, or a path) in batch, into outputs/single/RUN."""
    from mer.runs.study import single_run

    twice = {key for key, _ in given if [k for k, _ in given].count(key) > 1}
    if twice:
        raise InputError(f"-p {', '.join(sorted(twice))} is given twice; give each parameter once.")
    runner = _runner(single_run(notebook, dict(given), name), None, force, verbose)
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
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def runs(study: str | None, as_json: bool) -> None:
    """List what ran: state, time, scores (of one STUDY, or of all)."""
    from mer.core.errors import nearest
    from mer.core.paths import outputs_dir
    from mer.runs.registry import list_runs

    table = list_runs(study)
    if study and table.empty and not (everything := list_runs()).empty:
        raise InputError(f"No runs of study {study!r} in {outputs_dir()}. {nearest(study, set(everything['study']))}")
    if as_json:
        click.echo(table.to_json(orient="records", indent=2))
    elif table.empty:
        click.echo(f"No runs{f' of study {study!r}' if study else ''} in {outputs_dir()}. Start some: mer study demo")
    else:
        scores = {"UF1": "{:.3f}".format, "UAR": "{:.3f}".format, "minutes": "{:.1f}".format, "n": "{:.0f}".format}
        shown = table.drop(columns="folder").astype({"UF1": float, "UAR": float, "minutes": float, "n": float})
        click.echo(shown.to_string(index=False, formatters=scores, na_rep=""))


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--resamples", default=2000, show_default=True, help="Bootstrap draws of persons for the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def audit(files: tuple[Path, ...], resamples: int, as_json: bool) -> None:
    """Recompute the scores of predictions tables (FILES, or run folders): UF1, UAR, accuracy with 95 % intervals."""
    from mer.cli.audit import audit_files

    click.echo(audit_files(files, resamples, as_json))


@main.command()
@click.argument("onset", type=click.Path(path_type=Path))
@click.argument("apex", type=click.Path(path_type=Path))
@click.option("--run", "run_folder", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def predict(onset: Path, apex: Path, run_folder: Path, as_json: bool) -> None:
    """Class scores of the image pair ONSET APEX, from the models of a run, averaged over its folds."""
    from mer.cli.predict import predict_files

    click.echo(predict_files(onset, apex, run_folder, as_json))


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


@main.group(cls=_Group)
def data() -> None:
    """Databases: list them, say where one lies, check it, build it."""


_ALLOW_MISSING = click.option("--allow-missing", is_flag=True, help="Go on without the clips that have faults.")
_LABELS = click.option("--labels", default="composite", show_default=True, help="Labels (data_manifests/labels.yaml).")


@data.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def data_list(as_json: bool) -> None:
    """List the databases that can be opened, and where they lie."""
    from mer.cli.data import list_databases

    click.echo(list_databases(as_json))


@data.command("add")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--layout", help="Name or path of its layout; by default the one called NAME.")
@click.option("--variant", help="Variant of the layout, for instance cropped.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Annotation sheet that lies elsewhere.")
def data_add(name: str, folder: Path, layout: str | None, variant: str | None, sheet: Path | None) -> None:
    """Say that database NAME (casme2, samm, smic, ...) was unpacked into FOLDER."""
    from mer.cli.data import add_database

    click.echo(add_database(name, folder, layout, variant, sheet))


@data.command("forget")
@click.argument("name")
def data_forget(name: str) -> None:
    """Forget where database NAME lies; its files are not touched."""
    from mer.cli.data import forget_database

    click.echo(forget_database(name))


@data.command("build")
@click.argument("name")
@click.option("--size", type=int, help="Also align it, faces of this many pixels a side.")
@click.option("--channels", type=int, default=1, show_default=True, help="1 grey, 3 colour.")
@click.option("--detector", default="facemesh", show_default=True, help="facemesh, dlib, tasks:FILE or points:FOLDER.")
@_ALLOW_MISSING
def data_build(name: str, size: int | None, channels: int, detector: str, allow_missing: bool) -> None:
    """Open database NAME (rendering it where needed) and, with --size, align its clips."""
    from mer.cli.data import build_database

    click.echo(build_database(name, size, channels, detector, allow_missing))


@data.command("check")
@click.argument("name")
@_LABELS
@click.option("--full", is_flag=True, help="Decode every frame, not only onset, apex and offset.")
@_ALLOW_MISSING
@click.option("--csv", "table", type=click.Path(path_type=Path), help="Also write all faults into this file.")
def data_check(name: str, labels: str, full: bool, allow_missing: bool, table: Path | None) -> None:
    """Check that database NAME (or a folder) is whole; all faults at once. megc2019 is compared with its manifest."""
    from mer.cli.data_check import check_database

    click.echo(check_database(name, labels, full, allow_missing, table))


@data.command("left-out")
@click.argument("name")
@_LABELS
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
def data_left_out(name: str, labels: str, as_csv: bool) -> None:
    """Print which clips of database NAME a study with these labels does not use, and why."""
    from mer.cli.data_check import left_out_words

    click.echo(left_out_words(name, labels, as_csv))


def _runner(study: Any, only: str | None, force: bool, verbose: bool) -> Any:
    from mer.runs.console import Console
    from mer.runs.runner import StudyRunner

    return StudyRunner(study, Console(verbose=verbose), force, only)


def _print_plan(runner: Any) -> None:
    plan = runner.plan()
    width = max(len(done.run) for done in plan)
    click.echo("\n".join(f"{done.run:<{width}}  {done.outcome}" for done in plan))


def _execute(runner: Any) -> int:
    """Run a study; the exit status."""
    import signal

    from mer.runs.execute import RunFailed

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite stop also ends the kernel
    try:
        runner.run()
    except RunFailed as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("Stopped. Finished runs are kept; the same command goes on from here.", err=True)
        sys.exit(130)
    return 0
