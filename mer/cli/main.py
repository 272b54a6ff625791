"""The command line ``mer``. Every command imports what it needs when it is called, so that ``mer --help`` is quick."""

import sys
from pathlib import Path
from typing import Any

import click

from mer import __version__
from mer.cli.bench import bench
from mer.cli.data_commands import data
from mer.cli.export import export
from mer.cli.figure import figure
from mer.cli.group import Group
from mer.cli.rerun import rerun
from mer.cli.run_commands import run, study


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mer")
def main() -> None:
    """Micro-expression recognition with FRL-DGT: data, runs, studies, scores."""


@main.command()
@click.argument("study", required=False)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with hashes and folders.")
@click.option("--logs", is_flag=True, help="List the logs of jobs (on a cluster, or started from a board) instead.")
@click.option(
    "--check",
    is_flag=True,
    help="Read every byte of every result: are they as their runs left them? Status 1 where one is not.",
)
def runs(study: str | None, as_json: bool, logs: bool, check: bool) -> None:
    """List what ran: state, time, scores (of one STUDY, or of all).

    STUDY is a name, or the folder of a study or of a run. A run made before corrections of yours is marked, and so is
    one whose files were damaged since.
    """
    from mer.cli.runs_list import corrections_fault, logs_text, runs_text

    if logs:
        click.echo(logs_text(study))
        return
    listed = runs_text(study, as_json, check)
    click.echo(listed.text)
    if fault := corrections_fault():
        click.echo(fault, err=True)
    if check and listed.damaged:
        raise SystemExit(1)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--claims",
    multiple=True,
    metavar="NUMBERS",
    help="Published numbers, such as 0.7353,0.7605 or uf1=73.53%,smic.uar=0.6703: what each of them really is. The "
    "first two without a name are taken for UF1 and UAR.",
)
@click.option("--classes", metavar="NAMES", help="What numbers stand for; negative,positive,surprise by default.")
@click.option(
    "--strict",
    is_flag=True,
    help="Status 1 where a claim does not hold, clips or classes are not those of the list, or epochs were chosen on "
    "test subjects as far as the file tells (a leak). What is not compared (other databases or classes) passes.",
)
@click.option("--resamples", default=2000, show_default=True, help="Bootstrap draws of subjects for the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def audit(
    files: tuple[Path, ...], claims: tuple[str, ...], classes: str | None, strict: bool, resamples: int, as_json: bool
) -> None:
    """Recompute the scores of predictions, ours or published: UF1, UAR and others with 95 % intervals over subjects.

    FILES are run folders; tables (CSV) with the columns database, subject, clip, label, predicted; logs of a published
    form (STSTNet, HTNet, CausalNet); or confusion matrices of counts (rows true), each under a line with its database's
    name where there are several; rows of LaTeX will do. Classes are names, or 0 negative, 1 positive, 2 surprise. Clips
    and classes are compared with the 442 of the MEGC2019 composite; a file of one database with that database's. Files
    that cannot be read are named after the others, with status 2.
    """
    from mer.cli.audit import audit_text, audits, raise_all
    from mer.evaluation.audit.claims import read_claims
    from mer.evaluation.audit.class_names import given_classes

    found, faults = audits(
        files, resamples, read_claims(claims), given_classes(classes) if classes is not None else None
    )
    if found:
        click.echo(audit_text(found, as_json))
    raise_all(faults)
    if strict and not all(one.passes for one in found):
        sys.exit(1)


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
@click.argument("clips", nargs=-1, required=True, metavar="CLIP", type=click.Path(path_type=Path))
@click.option("--run", "run", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--models", default=1, show_default=True, metavar="N", help="How many of its models to ask; 0 for all.")
@click.option("--person", metavar="DATABASE/SUBJECT", help="Ask only the model that was trained without this person.")
@click.option(
    "--fps",
    type=float,
    help="Frames a second; by default what a database's table or the video notes, else 30, which is then said.",
)
@click.option("--live", is_flag=True, help="Play it in real time and count the answers that come late.")
@click.option(
    "--detector", default="facemesh", show_default=True, help="What finds the face: facemesh, dlib, tasks:FILE."
)
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Write table, figure and summary there.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def stream(clips: tuple[Path, ...], as_json: bool, **how: Any) -> None:
    """Class scores of every frame of a CLIP against an onset that moves on with it.

    CLIP is a video or a folder of numbered images, of any length. The face is looked for anew every 0.2 s; a frame's
    onset is the newest such frame at least 0.25 s before it. As fast as possible, or with --live as a camera would
    deliver it; no frame is left out. Ctrl-C ends it; what was found is told and written all the same, with status 130.
    Scores of people who are in the run's training data are no test: name such a person by --person.
    """
    from mer.cli.stream import Watched, watch
    from mer.face.stream_source import only_one

    said, interrupted = watch(Watched(only_one(clips), **how), as_json, lambda line: click.echo(line, err=True))
    click.echo(said)
    if interrupted:
        sys.exit(130)


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
main.add_command(export)
main.add_command(figure)
main.add_command(rerun)
main.add_command(run)
main.add_command(study)
