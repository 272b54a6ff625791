import json
import shutil
import time

from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.manifest.own_corrections import OwnCorrection, remove_own_corrections, save_own_corrections
from mer.runs.board.plan import PlannedStep, StudyPlan, with_plans
from mer.runs.board.rows import RunReader
from mer.runs.folder import RunFolder
from tests.runs.board_runs import made_up, scores, write


def read(outputs):
    return {run.run: run for run in RunReader(outputs).read()}


def test_every_state_of_a_run_on_disk(tmp_path):
    made_up(tmp_path, "s", "done", summary=scores(0.8), seconds=12.0, parameters={"seed": 1})
    made_up(tmp_path, "s", "failed", "failed", error="Cell 3 raised")
    made_up(tmp_path, "s", "stopped", "interrupted", config={"data.database": "synthetic"})
    made_up(tmp_path, "s", "busy", "interrupted", config={"database": "casme2"})
    with RunFolder(tmp_path, "s", "busy").lock():
        runs = read(tmp_path)
    assert {name: run.state for name, run in runs.items()} == {
        "busy": "running",
        "done": "finished",
        "failed": "failed",
        "stopped": "interrupted",
    }
    done = runs["done"]
    assert (done.summary["uf1"], done.seconds, done.parameters, done.synthetic) == (0.8, 12.0, {"seed": 1}, True)
    assert runs["failed"].error == "Cell 3 raised"
    assert (runs["stopped"].synthetic, runs["busy"].synthetic, runs["failed"].synthetic) == (True, None, None)
    assert read(tmp_path)["busy"].state == "interrupted", "the lock ended with who held it"
    assert not any(run.note for run in runs.values())


def test_hidden_folders_the_cache_and_runs_by_hand_are_no_runs(tmp_path):
    for path in ("s/.locks", "s/.earlier/x", "cache/stores", "interactive/01", ".hidden/x", "s/run"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "README.md").touch()
    assert [run.key for run in RunReader(tmp_path).read()] == [("s", "run")]
    assert RunReader(tmp_path / "absent").read() == []


def test_broken_files_and_other_versions_are_said(tmp_path):
    half = made_up(tmp_path, "s", "half")
    (half / "result.json").write_text('{"state": "finis')
    old = made_up(tmp_path, "s", "old", version="0.0.1")
    assert old
    strange = made_up(tmp_path, "s", "strange", summary=["not", "a", "mapping"])
    write(strange / "record.json", {"versions": "none", "parameters": 3, "config": None})
    other = made_up(tmp_path, "s", "other")
    write(other / "result.json", {"status": "done", "scores": {}})
    made_up(tmp_path, "s", "binary")
    (tmp_path / "s" / "binary" / "record.json").write_bytes(b"\xff\xfe\x00")
    runs = read(tmp_path)
    assert (runs["half"].state, runs["half"].note) == (
        "interrupted",
        "result.json cannot be read (half-written, or not ours)",
    )
    assert "made by version 0.0.1 of this suite" in runs["old"].note
    assert (runs["strange"].summary, runs["strange"].parameters) == ({}, {})
    assert "another version" in runs["other"].note
    assert runs["binary"].note.startswith("record.json cannot be read")


def test_what_changes_is_seen_and_what_vanishes_is_gone(tmp_path):
    folder = made_up(tmp_path, "s", "a", "interrupted")
    made_up(tmp_path, "s", "b")
    reader = RunReader(tmp_path)
    assert [run.state for run in reader.read()] == ["interrupted", "finished"]
    write(folder / "result.json", {"state": "finished", "hash": "x", "summary": scores(0.5)})
    assert [run.summary.get("uf1") for run in reader.read()] == [0.5, None]
    shutil.rmtree(tmp_path / "s" / "b")
    assert [run.run for run in reader.read()] == ["a"]
    shutil.rmtree(tmp_path / "s")
    assert reader.read() == []


def test_files_that_did_not_change_are_not_read_again(tmp_path, monkeypatch):
    made_up(tmp_path, "s", "a", "failed")
    reader = RunReader(tmp_path)
    before = reader.read()
    monkeypatch.setattr(json, "loads", lambda text: (_ for _ in ()).throw(AssertionError("read again")))
    assert reader.read() == before


def test_300_runs_are_looked_at_within_200_ms(tmp_path):
    for k in range(300):
        state = ("finished", "failed", "interrupted")[k % 10 % 3]
        made_up(tmp_path, f"s{k % 6}", f"train-seed={k}", state, summary=scores(0.8), parameters={"seed": k})
    reader = RunReader(tmp_path)
    assert len(reader.read()) == 300
    assert min(_seconds(reader) for _ in range(3)) < 0.2


def _seconds(reader):
    began = time.process_time()  # of this process: others of a busy machine do not count
    reader.read()
    return time.process_time() - began


def test_a_run_older_than_corrections_of_its_clips_is_out_of_date_until_they_are_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "corrections.csv"))
    outputs = tmp_path / "outputs"
    for run, state in (("train", "finished"), ("stopped", "interrupted"), ("other", "finished")):
        config = {"data.database": "synthetic:9" if run == "other" else "synthetic", "data.labels": "composite"}
        folder = made_up(outputs, "single", run, state, config=config)
        record = json.loads((folder / "record.json").read_text())
        write(folder / "record.json", record | {"standing_corrections": []})
    reader = RunReader(outputs)
    states = {"other": "finished", "stopped": "interrupted", "train": "finished"}
    assert {run.run: run.state for run in reader.read()} == states
    first = plan(SyntheticConfig())[0]
    key = (first.look, first.subject, first.clip)
    save_own_corrections([OwnCorrection(*key, "note", "x", "")])
    assert {run.run: run.state for run in reader.read()} == states, "a note changes nothing"
    save_own_corrections([OwnCorrection(*key, "apex", "12", "11")])
    runs = {run.run: run for run in reader.read()}
    assert {name: run.state for name, run in runs.items()} == states | {"train": "out of date"}
    because = f"your corrections of 1 clip changed since ({'/'.join(key)})"
    assert runs["train"].because == (because,)

    plans = [[PlannedStep("train", "04", "would run", 60.0, because=said)] for said in ((because,), ("code changed",))]
    plans += [[PlannedStep("train", "04", "up to date", 60.0)]]
    for steps, told in zip(plans, [(because,), ("code changed", because), (because,)], strict=True):
        known = with_plans(runs.values(), [StudyPlan("single", steps=tuple(steps), made=time.time())], outputs)
        train = next(run for run in known if run.run == "train")
        assert (train.state, train.because) == ("out of date", told), "each reason once, also with an older plan"

    remove_own_corrections([(*key, "apex")])
    assert {run.run: run.state for run in reader.read()} == states
