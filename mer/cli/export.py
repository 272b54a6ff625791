"""``mer export``: a run or a study as an archive that may be passed on."""

from pathlib import Path

import click


@click.command("export")
@click.argument("run_or_study", metavar="RUN|STUDY")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The archive, FILE.zip.")
@click.option("--weights", is_flag=True, help="With trained weights; the terms of the data are printed.")
@click.option("--terms", default="", metavar="TEXT", help="Terms of use of data whose terms are not known here.")
def export(run_or_study: str, out: Path, weights: bool, terms: str) -> None:
    """Pack a run (its folder) or a study (its folder or name) for publication: numbers, records, terms, citations.

    Only what is on a list goes in: predictions, history, tables, records, embeddings and fusion weights, and figures in
    which no face can be seen; of runs on rendered faces all figures. Frames, notebooks, pages and logs never do, and
    folders, user and machine are not named. What is left out, and why, is printed and stands in LEFT_OUT.md inside.
    """
    from mer.runs.package import runs_of, write_package

    package = write_package(runs_of(run_or_study), out, weights, terms)
    size = out.stat().st_size / 2**20
    click.echo(f"{out}: {len(package.names)} files, {size:.1f} MB\n\n{package.left_out}\n{package.terms}", nl=False)
