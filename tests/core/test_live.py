import json
import os
import stat
import time

import numpy as np
import pytest

from mer.core import live


@pytest.fixture(autouse=True)
def closed():
    yield
    live._close()


def test_rows_are_there_for_others_as_soon_as_they_are_made(tmp_path):
    live.begin_live(tmp_path, "casme2__006")
    live.note_live({"step": 10, "phase": "fusion", "classification": 0.5}, 160)
    row = live.live_parts(tmp_path)["casme2__006"][0]
    assert row | {"seconds": 0} == {"step": 10, "phase": "fusion", "classification": 0.5, "of": 160, "seconds": 0}
    live.phase_live("pairs")
    live.note_live({"step": 20, "phase": "fusion"}, 160)
    live.phase_live("")
    live.note_live({"step": 30, "phase": "fusion"}, 160)
    assert [row["phase"] for row in live.live_parts(tmp_path)["casme2__006"]] == ["fusion", "pairs", "fusion"]
    live.end_live()
    assert live.live_parts(tmp_path) == {}
    live.note_live({"step": 40}, 160)
    assert live.live_parts(tmp_path) == {}, "what comes after the end is of no part"


def test_a_part_begun_again_starts_afresh_and_an_interrupted_one_stays(tmp_path):
    live.begin_live(tmp_path, "a")
    live.note_live({"step": 1}, 9)
    live.begin_live(tmp_path, "b")
    live.note_live({"step": 2}, 9)
    assert {part: len(rows) for part, rows in live.live_parts(tmp_path).items()} == {"a": 1, "b": 1}
    live.begin_live(tmp_path, "a")
    assert {part: len(rows) for part, rows in live.live_parts(tmp_path).items()} == {"a": 0, "b": 1}


def test_counts_of_finished_folds_stay_when_their_rows_go(tmp_path):
    live.begin_live(tmp_path, "a")
    live.count_live(["x", "y", "y"], np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]), ("x", "y"))
    live.end_live()
    classes, counts = live.live_counts(tmp_path)["a"]
    assert classes == ("x", "y")
    assert counts.tolist() == [[1, 0], [1, 1]]
    assert live.live_parts(tmp_path) == {}
    live.drop_live(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_half_written_lines_and_broken_files_are_passed_over(tmp_path):
    folder = tmp_path / live.LIVE
    folder.mkdir()
    good = json.dumps({"step": 1, "total": 2.0})
    (folder / "a.jsonl").write_text(f'{good}\n[1]\nnot json\n{{"no": "step"}}\n{{"step": 2, "to')
    (folder / "b.jsonl").write_bytes(b"\xff\xfe\x00")
    (folder / "a.counts.json").write_text('{"classes": ["x"], "counts": [[1, 2]]}')
    (folder / "b.counts.json").write_text('{"classes": ["x"], "coun')
    (folder / "c.counts.json").write_text('{"classes": ["x"], "counts": [[-1]]}')
    (folder / "plan.json").write_text("[]")
    assert live.live_parts(tmp_path) == {"a": [{"step": 1, "total": 2.0}], "b": []}
    assert live.live_counts(tmp_path) == {}
    assert live.live_plan(tmp_path) == ("part", 0)
    assert live.live_parts(tmp_path / "deleted") == {}


def test_the_plan_says_how_many_parts_there_are(tmp_path):
    live.plan_live(tmp_path, "fold", 24)
    assert live.live_plan(tmp_path) == ("fold", 24)
    assert live.live_source(tmp_path) is None
    live.source_live(tmp_path, False)
    assert live.live_source(tmp_path) is False


def test_a_run_begun_again_drops_rows_that_an_interrupted_one_left_and_keeps_counts(tmp_path):
    live.begin_live(tmp_path, "a")
    live.count_live(["x"], np.ones((1, 1)), ("x",))
    live.end_live()
    live.begin_live(tmp_path, "b")
    live.note_live({"step": 1}, 9)
    live._close()
    live.plan_live(tmp_path, "fold", 3)
    assert live.live_parts(tmp_path) == {}
    assert list(live.live_counts(tmp_path)) == ["a"]


def test_a_row_that_json_cannot_say_ends_no_fit(tmp_path):
    live.begin_live(tmp_path, "a")
    live.note_live({"step": 1, "loss": object()}, 9)
    live.note_live({"step": 2, "loss": 0.5}, 9)
    assert [row["step"] for row in live.live_parts(tmp_path)["a"]] == [2]


def test_counts_that_cannot_be_made_end_no_fit(tmp_path):
    live.begin_live(tmp_path, "a")
    live.count_live(["no such class"], np.ones((1, 1)), ("x",))
    live.count_live(["x"], np.ones(1), ("x",))
    assert live.live_counts(tmp_path) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_ends_no_fit(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    live.plan_live(tmp_path, "fold", 2)
    live.begin_live(tmp_path, "a")
    live.note_live({"step": 1}, 2)
    live.end_live()
    tmp_path.chmod(stat.S_IRWXU)


def test_a_file_in_the_way_or_a_folder_deleted_meanwhile_ends_no_fit(tmp_path):
    (tmp_path / live.LIVE).write_text("a file")
    live.plan_live(tmp_path, "fold", 2)
    live.begin_live(tmp_path, "a")
    live.note_live({"step": 1}, 2)
    (tmp_path / live.LIVE).unlink()
    live.begin_live(tmp_path, "a")
    live.drop_live(tmp_path)
    live.note_live({"step": 1}, 2)
    live.count_live(["x"], np.ones((1, 1)), ("x",))
    live.end_live()


def test_a_row_costs_microseconds(tmp_path):
    live.begin_live(tmp_path, "a")
    row = {"step": 5, "phase": "joint", **dict.fromkeys("abcdef", 0.123456789)}
    best = min(_seconds(row) for _ in range(3))
    assert best < 2e-4, "a step of the smallest model takes 10 ms, and a row is made every fifth"


def _seconds(row):
    began = time.process_time()  # of this process: others of a busy machine do not count
    for _ in range(200):
        live.note_live(row, 160)
    return (time.process_time() - began) / 200
