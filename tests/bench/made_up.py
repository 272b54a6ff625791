"""Records of two benchmarks as they might be: one that reaches its aim, one that misses one of two."""

from mer.bench.frame import Aim, Benchmark, Check, Comparison, Measurement, Ratio, Times, series
from mer.bench.options import Options
from mer.bench.record import Record, judged, stamp

SPEED = Aim("speed", "time, plain / fast", 2.0, "at least", "×", "set here")
LIMIT = Aim("limit", "memory more at the largest size", 64.0, "at most", "MiB", "set here")


def made_up_records() -> list[Record]:
    times = (
        Times("plain", 40.0, 30.0, 50.0, 7),
        Times("middle", 15.0, 14.0, 19.0, 7),
        Times("fast", 10.0, 9.0, 12.0, 7),
    )
    ratios = (Ratio("plain", "middle", 2.7, 2.6, 2.8), Ratio("plain", "fast", 4.0, 3.5, 4.5))
    check = Check("fast against plain", 0.0, 1e-6)
    work = Comparison("the work", times, ratios, check, "speed")
    grown = series("aligning: time by clips", "clips", "s", [100, 1000, 10_000], [1.0, 9.0, 101.0])
    memory = series("aligning: memory by clips", "clips", "MiB", [100, 1000, 10_000], [5.0, 6.0, 5.0])
    folds = series("aligning: time by folds", "folds", "s", [10, 100], [1.0, 2.0])
    measured = (Measurement("more", 80.0, "MiB", "limit"), Measurement("more", -3.0, "MiB", "limit"))
    return [
        _record("quick-work", (SPEED,), (work,)),
        _record("growth", (LIMIT,), (*measured, grown, memory, folds)),
    ]


def _record(name, aims, results):
    known = stamp(Options(), f"mer bench {name}") | {"shows": "Shows.", "date": "2026-01-01T00:00:00Z", "seconds": 3.5}
    known |= {"load": {"start": [0.5, 0.4, 0.3], "end": [1.5, 1.0, 0.5]}}
    return Record(name, results, judged(Benchmark(name, "m", "Shows.", aims), results, "cpu"), known)
