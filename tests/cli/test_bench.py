import json
import sys
import types

import pytest
from click.testing import CliRunner

from mer.bench import catalogue
from mer.bench.compare import compare
from mer.bench.frame import Aim, Benchmark, Measurement, series
from mer.cli.main import main

AIM = Aim("speed", "time, plain / fast", 1e9, "at least", "×", "set for the test")


@pytest.fixture
def made_up(monkeypatch, tmp_path):
    """A benchmark whose fast path returns what the test says; its results go to a folder of their own."""
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path / "manifests"))
    monkeypatch.setenv("MER_PROGRESS", "0")
    (tmp_path / "manifests").mkdir()
    module = types.ModuleType("made_up_benchmark")
    module.fast = 1.0

    def run(options):
        calls = {"plain": lambda: 1.0, "fast": lambda: module.fast}
        yield compare("the work", calls, options, rounds=3, tolerance=1e-3, aim="speed")
        yield Measurement("peak memory", 12.0, "MiB")
        yield series("time", "clips", "s", [1, 2, 4], [5.0, 7.0, 11.0])

    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entries = (
        Benchmark("made-up", module.__name__, "Shows nothing.", (AIM,)),
        Benchmark("gpu-only", "no.such.module", "Needs a GPU.", devices=("cuda",)),
    )
    monkeypatch.setattr(catalogue, "BENCHMARKS", entries)
    return module


def call(*arguments):
    return CliRunner().invoke(main, ["bench", *arguments])


def test_a_run_prints_and_writes_what_it_found(made_up, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["/some/where/mer", "bench", "made-up", "--device", "cpu"])
    done = call("made-up", "--device", "cpu")
    assert done.exit_code == 0, done.output
    for words in (
        "plain / fast",
        "same numbers",
        "peak memory: 12 MiB",
        "line 3 + 2 a clips",
        "at least 1e+09 ×: NOT met",
    ):
        assert words in done.output
    data = json.loads((tmp_path / "outputs" / "bench" / "made-up-cpu.json").read_text())
    assert data["benchmark"] == "made-up" and data["faults"] == [] and not data["verdicts"][0]["met"]
    assert {"processor", "cores", "gpu", "memory_gb"} <= set(data["machine"]) and data["versions"]["torch"]
    assert set(data["load"]) == {"start", "end"} and data["date"].endswith("Z")
    assert data["command"] == "mer bench made-up --device cpu"
    assert [one["kind"] for one in data["results"]] == ["comparison", "measurement", "series"]


def test_a_fast_path_with_a_wrong_number_fails_and_is_not_kept(made_up, tmp_path):
    made_up.fast = 1.01
    done = call("made-up", "--device", "cpu", "--keep")
    assert done.exit_code == 1
    assert "WRONG NUMBERS: the work: fast against plain differ by 0.01, more than 0.001" in done.output
    assert not list((tmp_path / "manifests").rglob("*.json"))
    data = json.loads((tmp_path / "outputs" / "bench" / "made-up-cpu.json").read_text())
    assert len(data["faults"]) == 1
    assert "WRONG NUMBERS" in call().output, "the list says so as well"


def test_what_is_kept_lies_with_the_manifests(made_up, tmp_path):
    assert call("made-up", "--device", "cpu", "--keep").exit_code == 0
    assert (tmp_path / "manifests" / "benchmarks" / "made-up-cpu.json").is_file()
    assert not (tmp_path / "outputs" / "bench" / "made-up-cpu.json").exists()


def test_the_list_shows_aims_and_the_newest_results(made_up):
    before = call()
    assert before.exit_code == 0
    assert "at least 1e+09 ×; set for the test" in before.output and "cpu: not run" in before.output
    call("made-up", "--device", "cpu", "--quick")
    assert "cpu: not run" in call().output, "a quick run tells nothing"
    call("made-up", "--device", "cpu")
    assert "NOT met" in call().output


def test_the_list_says_which_number_is_of_which_work_and_how_a_ratio_is_read(made_up):
    def run(options):
        for name in ("one batch", "two batches"):
            yield compare(
                name, {"plain": lambda: 1.0, "fast": lambda: 1.0}, options, rounds=3, tolerance=0, aim="speed"
            )

    made_up.run = run
    printed = call("made-up", "--device", "cpu").output
    assert "A ratio A / B is the time of A as a multiple of that of B: above 1, B is the faster." in printed
    listed = call().output
    assert "× (one batch), " in listed and "× (two batches); at least 1e+09 ×" in listed
    assert "A ratio A / B" in listed


def test_a_quick_run_says_so_first_and_quartiles_are_named(made_up):
    lines = call("made-up", "--device", "cpu", "--quick").output.splitlines()
    assert lines[0].startswith("QUICK RUN") and "tells nothing of speed" in lines[0]
    lines = call("made-up", "--device", "cpu").output.splitlines()
    assert "quartiles [a, b]" in lines[0] and not any("QUICK" in line for line in lines)


def test_the_list_shows_threads_and_load_of_the_record(made_up):
    call("made-up", "--device", "cpu", "--threads", "1")
    (line,) = [line for line in call().output.splitlines() if "cores" in line]
    assert ", 1 thread, load " in line
    call("made-up", "--device", "cpu", "--threads", "2")
    assert ", 2 threads, load " in call().output


def test_all_leaves_out_what_needs_another_device(made_up):
    done = call("all", "--device", "cpu")
    assert done.exit_code == 0 and "gpu-only" not in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["made-pu"], "Did you mean 'made-up'?"),
        (["all", "made-pu"], "Did you mean 'made-up'?"),
        (["made-up", "--device", "gpu"], "Unknown device 'gpu'"),
        (["gpu-only", "--device", "cpu"], "runs on cuda only"),
        (["made-up", "--quick", "--keep"], "exclude each other"),
    ],
)
def test_mistakes_are_told_without_a_traceback(made_up, arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2 and words in done.output


def test_an_absent_gpu(made_up):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    done = call("made-up", "--device", "cuda")
    assert done.exit_code == 2 and "sees no GPU" in done.output


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(made_up, tmp_path):
    (tmp_path / "outputs").write_text("a file where the folder should be")
    made_up.run = lambda options: pytest.fail("nothing may be measured")
    done = call("made-up", "--device", "cpu")
    assert done.exit_code == 2 and "Cannot write" in done.output
