"""Fixtures for tests of the readers."""

import pytest

from tests.imitations.pictures import Pictures
from tests.real_data import REAL_DATA

LISTS = REAL_DATA / "key_frames_and_landmarks"


@pytest.fixture(scope="session")
def pictures(tiny_database, tmp_path_factory):
    """Images for imitations of releases."""
    row = tiny_database.clips.iloc[0]
    return Pictures(tmp_path_factory.mktemp("pictures"), tiny_database.frame(row, int(row["apex"])))


@pytest.fixture
def lists():
    """Folder of the public key-frame lists; the test is skipped where it is absent."""
    if not LISTS.exists():
        pytest.skip(f"{LISTS} is absent; set MER_REAL_DATA to run this test with the clips' real names")
    return LISTS
