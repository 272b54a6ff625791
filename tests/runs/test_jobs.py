import json

from mer.runs.jobs import KEPT_LOGS, Job, find_job, find_jobs, log_tail, new_log


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
