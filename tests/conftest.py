"""Fixtures for all tests."""

import os
import tempfile

import pytest

from mer.core import work_lock

os.environ.setdefault("MER_PROGRESS", "0")
# A developer's own corrections must not change what tests see; no such file exists.
os.environ["MER_CORRECTIONS"] = os.path.join(tempfile.gettempdir(), f"mer-tests-{os.getpid()}", "corrections.csv")


#: Tests of whole programs side by side, a browser or a cluster: one that fails is run once more, and reported (RERUN).
WHOLE_PROGRAMS = ("tests/browser/", "tests/cluster/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a shared machine a server may start too late by chance; what fails twice is a fault."""
    for item in items:
        if item.nodeid.startswith(WHOLE_PROGRAMS):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def leave_folders():
    """A kernel holds the folder of its run to its end; here the next test begins in the same process."""
    yield
    work_lock._to_the_end.close()


@pytest.fixture(scope="session")
def tiny_database(tmp_path_factory):
    """A synthetic database of 3 looks x 3 subjects x about 3 clips with few frames, rendered once a session."""
    from mer.datasets.synthetic.build import build_synthetic
    from mer.datasets.synthetic.plan import SyntheticConfig

    config = SyntheticConfig(seed=7, subjects=3, clips_per_subject=3, tempo=0.25, margin=1)
    return build_synthetic(config, folder=tmp_path_factory.mktemp("synthetic") / "tiny", n_jobs=2)
