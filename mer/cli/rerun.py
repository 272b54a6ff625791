"""``mer rerun``: make a finished run again from its record, and say whether the same comes out."""

import sys
from pathlib import Path

import click

from mer.core.errors import InputError


@click.command("rerun")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Outputs folder; outputs/rerun/TIME.")
@click.option("--here", is_flag=True, help="Go on where this machine, its packages or the code are others.")
@click.option("-v", "--verbose", is_flag=True, help="Also show what the notebooks print.")
def rerun(run: Path, into: Path | None, here: bool, verbose: bool) -> None:
    """Make the run of a folder RUN again, with all that it needs, and compare the predictions byte for byte.

    It is made from its own recipe.json, below another outputs folder; nothing of RUN is changed. Before anything runs,
    code, notebooks, files, packages, variables and processor are compared with those on record; each difference is a
    line, and --here accepts them. Without a difference bytes must be equal; with some, probabilities may differ by
    rounding. Status 0: equal (or, with differences accepted, equal but for rounding); 1: not; 2: cannot be made again.
    """
    from mer.core.finished_run import check_run
    from mer.core.paths import given_path
    from mer.core.process_limits import check_process_limits
    from mer.runs.console import Console
    from mer.runs.execute import RunFailed
    from mer.runs.recipe import read_recipe
    from mer.runs.rerun import differences, rerun_folder
    from mer.runs.rerun import rerun as make_again
    from mer.runs.same_results import compared_files

    folder = (given_path(run)).resolve()
    recipe = read_recipe(folder)
    check_run(folder, every=True)
    compared_files(folder)
    other = differences(recipe, folder)
    if other and not here:
        raise InputError(
            "\n  ".join(["It is not as it was when the run was made:", *other])
            + "\nBring it back, or add --here: the run is then made again all the same, and differences are told."
        )
    for line in other:
        click.echo(f"Other than then: {line}", err=True)
    check_process_limits()
    target = (into or rerun_folder()).resolve()
    try:
        found = make_again(folder, recipe, target, Console(verbose=verbose))
    except RunFailed as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    click.echo(f"{found.words}\nMade again in {target / recipe['study'] / recipe['run']}")
    sys.exit(0 if found.equal or (other and found.close) else 1)
