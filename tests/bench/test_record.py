import pytest

from mer.bench.frame import Aim, Benchmark, Check, Comparison, Measurement, Ratio, Times
from mer.bench.options import Options
from mer.bench.record import (
    Record,
    checks,
    file_name,
    judged,
    newest_record,
    read_record,
    stamp,
    write_record,
)
from mer.core.errors import InputError, MissingPath

SPEED = Aim("speed", "time, plain / fast", 2.0, "at least", "×", "set here")
ON_GPU = Aim("gpu", "time, plain / fast", 20.0, "at least", "×", "set here", device="cuda")
BENCHMARK = Benchmark("b", "m", "shows", (SPEED, ON_GPU))


def compared(ratio, aim="speed", check=None, name="work", quartiles=None):
    times = (Times("plain", 4.0, 3.0, 5.0, 7), Times("fast", 2.0, 1.5, 2.5, 7))
    low, high = quartiles or (1.0, 3.0)
    return Comparison(name, times, (Ratio("plain", "fast", ratio, low, high),), check, aim)


def recorded(*results, quick=False):
    known = stamp(Options(quick=quick), "mer bench b") | {"date": "2026-01-01T00:00:00Z"}
    return Record("b", results, judged(BENCHMARK, results, "cpu"), known)


def test_an_aim_is_met_when_everything_found_of_it_reaches_it():
    (verdict,) = judged(
        BENCHMARK, [compared(2.5), Measurement("m", 3.0, "×", "speed"), Measurement("n", 0.0, "")], "cpu"
    )
    assert verdict.found == (2.5, 3.0) and verdict.met
    (verdict,) = judged(BENCHMARK, [compared(2.5), compared(1.9)], "cpu")
    assert not verdict.met and verdict.worst == 1.9


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([(2.5, 2.2, 2.7)], "met"),
        ([(2.5, 1.9, 2.7)], "met by the median; quartiles [1.9, 2.7]"),
        ([(1.5, 1.2, 1.7)], "NOT met"),
        ([(1.5, 1.2, 2.7)], "NOT met by the median; quartiles [1.2, 2.7]"),
        ([(2.5, 1.9, 2.7), (3.0, 2.9, 3.1)], "met by the median; quartiles [1.9, 2.7] of work 0"),
        ([(1.0, 0.9, 1.1), (1.9, 1.8, 2.1)], "NOT met"),  # the first misses it for certain
        ([(1.9, 1.8, 2.1), (2.5, 1.9, 2.7)], "NOT met by the median; quartiles [1.8, 2.1] of work 0"),
    ],
)
def test_an_aim_between_the_quartiles_is_met_or_missed_by_the_median(found, words):
    results = [compared(ratio, name=f"work {k}", quartiles=rest) for k, (ratio, *rest) in enumerate(found)]
    record = recorded(*results)
    assert record.verdict_words(record.verdicts[0]) == words


def test_an_aim_of_another_device_is_not_judged_here():
    assert judged(BENCHMARK, [compared(2.5, "gpu")], "cpu") == ()
    (verdict,) = judged(BENCHMARK, [compared(2.5, "gpu")], "cuda")
    assert not verdict.met


def test_an_aim_that_is_not_the_benchmarks_is_an_error():
    with pytest.raises(InputError, match="no aim 'sped'"):
        judged(BENCHMARK, [compared(2.5, "sped")], "cpu")


def test_a_record_comes_back_with_its_stamp(tmp_path):
    record = recorded(compared(2.5, check=Check("fast against plain", 0.0, 1e-5)), Check("x", 0.0, 1.0))
    path = write_record(record, tmp_path / "new")
    assert path.name == "b-cpu.json" and read_record(path) == record
    assert {"machine", "versions", "code", "command", "threads", "date"} <= set(record.stamp)
    assert (
        record.stamp["versions"]["python"]
        if "python" in record.stamp["versions"]
        else record.stamp["machine"]["python"]
    )


def test_wrong_numbers_are_faults():
    wrong = recorded(compared(9.0, check=Check("fast against plain", 0.1, 1e-5)), Check("x", 2.0, 1.0))
    assert len(wrong.faults) == 2 and "work: fast against plain differ by 0.1, more than 1e-05" in wrong.faults[0]
    assert recorded(compared(9.0, check=Check("a", 0.0, 0.0))).faults == []
    assert len(checks([compared(1.0), Measurement("m", 1.0, "")])) == 0


def test_the_newest_is_what_ran_here_then_what_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path / "manifests"))
    (tmp_path / "manifests").mkdir()
    assert newest_record("b", "cpu") is None
    write_record(recorded(compared(1.0)), tmp_path / "manifests" / "benchmarks")
    assert newest_record("b", "cpu").results[0].value == 1.0
    write_record(recorded(compared(3.0), quick=True), tmp_path / "outputs" / "bench")
    assert newest_record("b", "cpu").results[0].value == 1.0, "a quick run tells nothing"
    write_record(recorded(compared(2.0)), tmp_path / "outputs" / "bench")
    assert newest_record("b", "cpu").results[0].value == 2.0
    assert newest_record("b", "cuda") is None
    later = recorded(compared(4.0))
    later.stamp["date"] = "2026-01-02T00:00:00Z"
    write_record(later, tmp_path / "manifests" / "benchmarks")
    assert newest_record("b", "cpu").results[0].value == 4.0, "the kept one is newer now"


def test_a_file_that_is_no_record(tmp_path):
    path = tmp_path / file_name("b", "cpu")
    with pytest.raises(MissingPath):
        read_record(path)
    path.write_text('{"benchmark": "b"}')
    with pytest.raises(InputError, match="no record of a benchmark"):
        read_record(path)
