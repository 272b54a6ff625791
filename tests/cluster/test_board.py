"""Studies on a cluster, cancelled from the board."""

import pytest

from mer.core.errors import InputError
from mer.runs.background import is_alive
from mer.runs.board.actions import cancel_run, cancel_started, start_study
from mer.runs.board.rows import RunReader
from mer.runs.jobs import find_job
from tests.cluster.slurm import wait_for
from tests.cluster.test_study import SLURM, ended, ledger, write_study

pytestmark = pytest.mark.slow


@pytest.fixture
def chosen(project, monkeypatch):
    monkeypatch.setenv("MER_EXECUTOR", "slurm")
    monkeypatch.setenv("MER_SLURM", '{"patience": 2}')
    write_study(project, wait="never")


def begun(project, slurm) -> None:
    """Waits until the notebook's four parts have begun and are on record."""
    wait_for(lambda: len(ledger(project).lines("begin")) == 4, slurm.told, 300)
    wait_for((project.outputs / "s" / ".logs" / "use" / "parts.json").exists)


def test_a_study_cancelled_from_the_board_leaves_no_jobs(project, slurm, chosen):
    job = start_study("s")
    begun(project, slurm)
    assert len(slurm.jobs()) == 5
    told = cancel_started(job, project.outputs)
    assert told.startswith("mer study s was cancelled, 5 jobs (") and " on the cluster too." in told
    wait_for(lambda: not slurm.jobs(), slurm.told)
    assert not is_alive(job) and find_job("s").cancelled
    (run,) = RunReader(project.outputs).read()
    with pytest.raises(InputError, match="there is nothing to cancel"):
        cancel_run(run)


def test_jobs_of_a_study_of_another_window_are_cancelled_too(project, slurm, chosen):
    study = project.start("study", "s", *SLURM)
    begun(project, slurm)
    (run,) = RunReader(project.outputs).read()
    assert cancel_run(run).startswith("5 jobs (")
    wait_for(lambda: not slurm.jobs(), slurm.told)
    done = ended(study)
    assert done.returncode == 1 and "was cancelled (job " in done.stderr
