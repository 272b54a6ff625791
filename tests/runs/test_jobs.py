import json

import pytest

from mer.core.sealed import OtherFormat
from mer.runs.jobs import KEPT_LOGS, WHOLE_STUDY, Job, find_job, find_jobs, job_file, log_tail, new_log, write_job


def test_broken_files_are_no_jobs_and_missing_logs_are_empty(project):
    folder = project.outputs / "s" / ".background"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text('{"study": "s", "la')
    (folder / "other.json").write_text(json.dumps({"study": "s", "of": "another version"}))
    assert find_jobs() == []
    assert find_job("s") is None
    assert log_tail(Job("s", "study", (), 1, 0.0, "", "", str(folder / "gone.log"))) == ""


def test_only_the_last_logs_are_kept(project):
    folder = project.outputs / "s" / ".logs"
    folder.mkdir(parents=True)
    for day in range(10, 30):
        (folder / f"study-202501{day}T000000.log").write_text("")
    new_log(folder, "study").write_text("")
    kept = sorted(path.name for path in folder.glob("*.log"))
    assert len(kept) == KEPT_LOGS
    assert "study-20250129T000000.log" in kept


def test_a_record_of_a_newer_version_is_not_taken_for_none(tmp_path):
    """Else the job, which may well run, would be started once more."""
    job = Job("s", WHOLE_STUDY, ("study", "s"), 1, 0.0, "", "", str(tmp_path / "x.log"))
    write_job(job, tmp_path)
    assert find_job("s", outputs=tmp_path) == job
    path = job_file(tmp_path, "s", WHOLE_STUDY)
    content = json.loads(path.read_text())
    assert content["format"] == 1
    path.write_text(json.dumps(content | {"format": 2, "where": "elsewhere"}))
    with pytest.raises(OtherFormat, match="newer version"):
        find_job("s", outputs=tmp_path)
    assert find_jobs(tmp_path) == []
