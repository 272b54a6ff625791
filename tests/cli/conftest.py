"""Places to call the command line in: a folder with a run and a clip; releases, and no database set up."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.datasets.places import Place, add_place
from tests.imitations.casme2 import write_casme2
from tests.imitations.pictures import Pictures
from tests.imitations.plans import casme2_plans, samm_plans, smic_plans
from tests.imitations.releases import write_releases
from tests.imitations.samm import write_samm
from tests.imitations.smic import RAW, write_smic


@pytest.fixture
def asking(tmp_path, monkeypatch):
    """``asking(command)``: the command in a folder with a run ``run`` and a clip ``clip``, whose face is found.

    ``first`` is the number of the clip's first image.
    """
    from tests.own_clip import detector, write_clip, write_run  # brings torch, which most commands do without

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_PROGRESS", "0")
    for module in ("mer.face.landmarks", "mer.training.predict"):  # where it is made, and where it was imported to
        monkeypatch.setattr(f"{module}.make_detector", lambda name: detector())
    write_run(tmp_path / "run")

    def begin(command, first=1):
        write_clip(tmp_path / "clip", first)
        return lambda *arguments: CliRunner().invoke(main, [command, "--run", "run", *arguments])

    return begin


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Tiny images: nothing here looks at a face."""
    return Pictures(tmp_path_factory.mktemp("pictures"), np.full((24, 32, 3), 90, np.uint8))


@pytest.fixture
def mer_data(tmp_path, monkeypatch):
    """``mer data``, called in an empty folder; no database is set up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(main, ["data", *map(str, arguments)])


@pytest.fixture
def small(tmp_path, pictures):
    """Releases of a few clips each, to be spoiled."""
    names = {"casme2": casme2_plans()[:4], "samm": samm_plans()[:4], "smic": smic_plans()[:3]}
    root = tmp_path / "small ones"
    write_casme2(root / "casme2", names["casme2"], pictures, {"raw": "CASME2_RAW_selected"})
    write_samm(root / "samm", names["samm"], pictures, {"raw": "SAMM"})
    write_smic(root / "smic", names["smic"], pictures, ["HS"], [RAW])
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory, pictures):
    """The three releases, whole, and CASME II cropped as well; who changes a file puts it back (`changed`)."""
    found = write_releases(tmp_path_factory.mktemp("whole"), pictures)
    write_casme2(found["casme2"], casme2_plans(), pictures, {"cropped": "Cropped"})
    yield found
    for folder in found.values():
        shutil.rmtree(folder)


@contextmanager
def changed(path: Path) -> Iterator[Path]:
    """Put a file or folder back afterwards, whatever happened to it; a file's bytes are shared, so it is copied."""
    kept = path.parent / f".kept {path.name}"
    path.rename(kept)
    try:
        if kept.is_file():
            shutil.copyfile(kept, path)
        yield path
    finally:
        if path.is_file():
            path.unlink()
        kept.rename(path)


def set_up(folders: Mapping[str, Path], **variants: str) -> None:
    """Remember releases, some in another variant, without looking into them."""
    for name, folder in folders.items():
        add_place(Place(name, folder, name, variants.get(name)))
