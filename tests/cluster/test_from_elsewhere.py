"""Records of jobs that came with a folder from elsewhere: what they name here is left alone."""

import shutil
from functools import partial

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.part_jobs import write_part_jobs
from mer.core.slurm.queue import Queue, own_jobs
from mer.runs.cancelled_jobs import cancelled_jobs
from mer.runs.job_logs import logs_folder, run_job, write_run_jobs
from tests.cluster import toy
from tests.cluster.slurm import wait_for


def test_only_jobs_that_were_submitted_from_the_folder_are_cancelled(parts, slurm, tmp_path):
    """Another job of this user has the number that the record of a part names; and the folder was copied."""
    outputs, copy = tmp_path / "outputs", tmp_path / "copy"
    jobs = Jobs(SlurmSettings(patience=1), logs_folder(outputs, "s"), "mer-s")
    jobs.folder.mkdir(parents=True)
    part = Part(partial(toy.part, parts.folder, 0, wait="never"), "use")
    jobs.submit([part])
    other = slurm.run("sbatch", "--parsable", f"--output={tmp_path}/other.txt", "--wrap", "sleep 600").strip()
    write_run_jobs(outputs, "s", {"use": run_job("use", part.job, "key")})
    write_part_jobs(logs_folder(outputs, "s", "use"), {"call": other})
    shutil.copytree(outputs, copy, symlinks=True)

    name = next(job["name"] for job in slurm.jobs() if job["id"] == part.job)
    assert own_jobs(name, jobs.folder) == [part.job] and own_jobs(name, logs_folder(copy, "s")) == []
    assert [*Queue().alive([part.job, other], logs_folder(copy, "s"))] == []
    with pytest.raises(InputError, match=rf"2 jobs \({part.job}, {other}\), which run but were not submitted from"):
        cancelled_jobs(copy, "s", {"use"})
    assert {job["id"] for job in slurm.jobs()} == {part.job, other}
    with pytest.raises(InputError, match=rf"1 job \({other}\).* Cancelled: 1 job \({part.job}\)\."):
        cancelled_jobs(outputs, "s", {"use"})
    wait_for(lambda: {job["id"] for job in slurm.jobs()} == {other}, slurm.told)
