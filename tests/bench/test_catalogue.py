import importlib
import subprocess
import sys

import pytest

from mer.bench.catalogue import BENCHMARKS, BOOKKEEPING, FOLD_FRAMES, benchmark_named
from mer.bench.options import Options
from mer.bench.run import run_benchmark
from mer.core.errors import InputError


def test_names_are_those_of_the_modules_and_no_two_are_alike():
    names = [one.name for one in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert "all" not in names, "this word runs all of them"
    for one in BENCHMARKS:
        assert callable(importlib.import_module(one.module).run), one.name
        assert len({aim.name for aim in one.aims}) == len(one.aims)
        assert one.shows.endswith(".") and one.inputs and set(one.devices) <= {"cpu", "cuda"}
        assert all(aim.source and aim.device in ("", *one.devices) for aim in one.aims)


def test_the_aim_for_memory_names_what_it_does_not_judge():
    note = benchmark_named("scale").aim("flat").note
    assert BOOKKEEPING in note and FOLD_FRAMES in note and "by design" in note
    assert "three largest" in benchmark_named("scale").aim("linear").note


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(InputError, match=r"Did you mean 'fusion-order'\?"):
        benchmark_named("fusion-ordre")


def test_a_list_of_benchmarks_needs_no_torch():
    program = "import sys, mer.bench.catalogue; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_what_cannot_run_here_says_so():
    benchmark = benchmark_named("fusion-order")
    only_gpu = type(benchmark)("x", "m", "shows", devices=("cuda",))
    with pytest.raises(InputError, match="runs on cuda only; the device is cpu"):
        run_benchmark(only_gpu, Options("cpu"), "")


def test_options_say_what_is_wrong():
    with pytest.raises(InputError, match="rounds is 0"):
        Options(rounds=0)
    assert (
        Options(quick=True).times(50) == 2 and Options(rounds=7, quick=True).times(50) == 7 and Options().times(5) == 5
    )
