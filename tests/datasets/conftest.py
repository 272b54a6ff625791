"""Fixtures for tests of the readers."""

import shutil

import pytest

from mer.datasets.places import Place, add_place
from tests.datasets.planted import BASE, PLANS
from tests.imitations.casme2 import write_casme2
from tests.imitations.pictures import Pictures
from tests.imitations.plans import smic_plans
from tests.imitations.releases import write_releases
from tests.imitations.smic_long import write_smic_long
from tests.real_data import REAL_DATA

LISTS = REAL_DATA / "key_frames_and_landmarks"


@pytest.fixture(scope="session")
def pictures(tiny_database, tmp_path_factory):
    """Images for imitations of releases."""
    row = tiny_database.clips.iloc[0]
    return Pictures(tmp_path_factory.mktemp("pictures"), tiny_database.frame(row, int(row["apex"])))


@pytest.fixture
def no_databases(tmp_path, monkeypatch):
    """No database is set up."""
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))


@pytest.fixture
def set_up_casme2(no_databases, tmp_path, pictures):
    """Writes clips as a release of CASME II, raw and cropped, and sets it up under its name; returns its folder."""

    def write(plans):
        folder = tmp_path / "release"
        write_casme2(folder, plans, pictures, {"raw": "CASME2_RAW_selected", "cropped": "Cropped"})
        add_place(Place("casme2", folder, "casme2"))
        return folder

    return write


@pytest.fixture(scope="session")
def releases(pictures, tmp_path_factory):
    """Folders of CASME II, SAMM and SMIC: all clips in all trees, 90,000 files; not to be changed."""
    root = tmp_path_factory.mktemp("releases")
    yield write_releases(root, pictures, every_tree=True)
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def long_release(pictures, tmp_path_factory):
    """Folder of the extended SMIC, all clips; not to be changed."""
    root = tmp_path_factory.mktemp("smic_long")
    write_smic_long(root, smic_plans(), pictures)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def root(tmp_path, pictures):
    """Folder of a small CASME II without faults, raw."""
    write_casme2(tmp_path / "CASME II", PLANS, pictures, {"raw": BASE})
    return tmp_path / "CASME II"


@pytest.fixture
def lists():
    """Folder of the public key-frame lists; the test is skipped where it is absent."""
    if not LISTS.exists():
        pytest.skip(f"{LISTS} is absent; set MER_REAL_DATA to run this test with the clips' real names")
    return LISTS
