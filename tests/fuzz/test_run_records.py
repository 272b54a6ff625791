"""Records of runs with anything in them: a list of runs shows a damaged row, other readers raise an `InputError`."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError
from mer.core.finished_run import RESULT, check_run, seal_run
from mer.core.run_record import recorded_config
from mer.evaluation.paper_runs import read_run
from mer.runs.board.rows import RunReader
from mer.runs.folder import RunFolder
from mer.runs.job_logs import read_run_jobs, record_path, run_job, write_run_jobs
from mer.runs.jobs import WHOLE_STUDY, Job, find_job, find_jobs, job_file, write_job
from mer.runs.record import update_record
from mer.runs.registry import list_runs
from mer.runs.session import RunSession
from mer.runs.times import RunTimes
from mer.runs.trained_on import check_pair_run, check_trained_on
from tests.made_up_runs import made_up_predictions, made_up_run
from tests.runs.board_runs import made_up, scores

CONFIG = {"data.database": "synthetic", "data.labels": "composite", "fold.model.motion.source": "dgm", "size": 64}
LEAVES = [None, True, 0, -1, 1.5, 10**400, float("nan"), "", "x", "=1+1", "\ud800", [], {}, [1], {"a": 1}]
TOKENS = [b"", b"null", b"{", b"]", b'"', b"1e999", b"\xff\xfe", b"\0", b"[" * 2000]
FILES = (RESULT, "record.json", "parameters.json", "summary.json", "error.json")
HOW = settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> bytes:
    """A JSON value with one or two places changed: in its structure, or in its bytes."""
    content = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 2))):
        content = _structure(draw, content)
    data = json.dumps(content).encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        return data
    at = draw(st.integers(0, len(data)))
    end = draw(st.sampled_from([at, min(at + 1, len(data)), len(data)]))
    return data[:at] + draw(st.sampled_from(TOKENS)) + data[end:]


def _structure(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 5)):
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: _structure(draw, value[key])}
    return draw(st.sampled_from(LEAVES))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, one sealed and one of before seals, and records of jobs of two kinds."""
    outputs = tmp_path_factory.mktemp("outputs")
    for name in ("sealed", "older"):
        folder = made_up(outputs, "s", name, summary=scores(0.5), parameters={"seed": 1}, config=CONFIG)
        made = made_up_run(outputs / "made", made_up_predictions(("a", "b"), 1, people=1))
        shutil.copytree(made, folder, dirs_exist_ok=True)
        shutil.rmtree(made)
        (folder / "error.json").write_text('{"message": "no", "when": "now"}')
        if name == "sealed":
            seal_run(folder, json.loads((folder / RESULT).read_text()))
    write_job(Job("s", WHOLE_STUDY, ("study", "s"), 1, 0.0, "", "", "x.log"), outputs)
    write_run_jobs(outputs, "s", {"older": run_job("older", "7", "key")})
    return outputs


@pytest.mark.parametrize("run", ["sealed", "older"])
@pytest.mark.parametrize("name", FILES)
@HOW
@given(data=st.data())
def test_records_of_a_run(outputs: Path, run: str, name: str, data: st.DataObject) -> None:
    folder = outputs / "s" / run
    path = folder / name
    good = path.read_bytes()
    path.write_bytes(data.draw(changed(json.loads(good))))
    try:
        table = list_runs(outputs).set_index("run")
        assert len(table) == 2 and table.loc[run, "state"] in ("finished", "damaged", "failed")
        assert len(RunReader(outputs).read()) == 2
        for read in _readers(folder):
            with_input_errors(read)
    finally:
        path.write_bytes(good)


def _readers(folder: Path) -> list[Callable[[], object]]:
    of = RunFolder(folder.parent.parent, "s", folder.name)
    return [
        of.state,
        lambda: check_run(folder),
        lambda: recorded_config(folder),
        lambda: read_run(folder).method,
        lambda: check_trained_on(folder, database="synthetic", size=64),
        lambda: check_pair_run(folder),
        lambda: RunTimes(lambda name: of, lambda planned: False).expected(_Planned()),  # type: ignore[arg-type]
        lambda: RunSession(folder, "01").inherit(folder),
        lambda: update_record(folder, more=1) if (folder / "record.json").read_bytes()[:1] != b"{" else None,
    ]


class _Planned:
    name, minutes = "x", None


@pytest.mark.parametrize("kind", ["background", "cluster"])
@HOW
@given(data=st.data())
def test_records_of_jobs(outputs: Path, kind: str, data: st.DataObject) -> None:
    path = job_file(outputs, "s", WHOLE_STUDY) if kind == "background" else record_path(outputs, "s")
    good = path.read_bytes()
    path.write_bytes(data.draw(changed(json.loads(good))))
    try:
        find_jobs(outputs)
        for read in (lambda: find_job("s", outputs=outputs), lambda: read_run_jobs(outputs, "s")):
            with_input_errors(read)
    finally:
        path.write_bytes(good)


def with_input_errors(read: Callable[[], object]) -> None:
    try:
        read()
    except InputError as error:
        assert str(error)
