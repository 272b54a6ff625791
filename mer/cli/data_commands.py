"""``mer data ...``: the commands on databases."""

from pathlib import Path

import click

from mer.cli.group import Group


@click.group(cls=Group)
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


@data.command("corrections")
@click.argument("database", required=False)
@click.option(
    "--remove", multiple=True, metavar="KEY", help="Take back: database/subject/clip, or with :column behind."
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def data_corrections(database: str | None, remove: tuple[str, ...], as_json: bool) -> None:
    """List your own corrections of clips (of DATABASE), and the file that they are kept in; or take some back."""
    from mer.cli.data_corrections import list_corrections, remove_corrections

    if remove and (database or as_json):
        raise click.UsageError("--remove stands alone: its keys say of which database.")
    click.echo(remove_corrections(remove) if remove else list_corrections(database, as_json))


@data.command("clean")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--unused", type=float, metavar="DAYS", help="Also what was not opened for so many days.")
def data_clean(dry_run: bool, unused: float | None) -> None:
    """Delete from the cache what older versions made and what is half made; never what a running process uses."""
    from mer.cli.data_clean import clean_cache

    click.echo(clean_cache(dry_run, unused))
