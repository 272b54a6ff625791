"""The JSON of a benchmark's run: results with machine, load, versions, commit, date and command; where it lies."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mer.bench.frame import Aim, Benchmark, Check, Comparison, Measurement, Ratio, Result, from_json, to_json
from mer.bench.options import Options
from mer.core.configs import from_dict
from mer.core.errors import InputError
from mer.core.files import read_json, write_json
from mer.core.paths import outputs_dir
from mer.core.stamp import commit, machine, versions
from mer.manifest.place import manifests_dir


@dataclass(frozen=True)
class Verdict:
    """An aim and what was found; ``met`` only where every one of ``found`` reaches it."""

    aim: Aim
    found: tuple[float, ...]
    met: bool

    @property
    def worst(self) -> float:
        """What is furthest from the aim."""
        return max(self.found) if self.aim.direction == "at most" else min(self.found)


@dataclass(frozen=True)
class Record:
    """A benchmark that ran.

    Attributes:
        benchmark: its name.
        results: in the order they were measured.
        stamp: ``shows, command, quick, device, rounds, threads, date, seconds, machine, load, versions, code``.
    """

    benchmark: str
    results: tuple[Result, ...]
    verdicts: tuple[Verdict, ...]
    stamp: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        """The checks that do not hold: wrong numbers, so that no time of this run counts."""
        return [
            f"{name}: {check.what} differ by {check.largest:.3g}, more than {check.tolerance:.3g}"
            for name, check in checks(self.results)
            if not check.holds
        ]

    def straddled(self, aim: Aim) -> list[tuple[str, Ratio]]:
        """Names and ratios of the comparisons that an aim is about, where the quartiles lie on both sides of it."""
        about = [one for one in self.results if isinstance(one, Comparison) and one.aim == aim.name]
        return [(one.name, one.ratios[0]) for one in about if one.ratios[0].low < aim.value < one.ratios[0].high]

    def verdict_words(self, verdict: Verdict) -> str:
        """``met``, ``NOT met``, or that only the median says so."""
        words = "met" if verdict.met else "NOT met"
        alike = [one for one in self.straddled(verdict.aim) if verdict.aim.met(one[1].ratio) == verdict.met]
        if not verdict.met and len(alike) < sum(not verdict.aim.met(value) for value in verdict.found):
            return words  # one misses it for certain
        unsure = [
            f"quartiles [{ratio.low:.3g}, {ratio.high:.3g}]" + (f" of {name}" if len(verdict.found) > 1 else "")
            for name, ratio in alike
        ]
        return f"{words} by the median; {', '.join(unsure)}" if unsure else words

    @property
    def load_words(self) -> str:
        """Processes that wanted the processor in the minute before start and end: ``0.5 to 1.5``; may be empty."""
        return " to ".join(f"{times[0]:.1f}" for times in self.stamp.get("load", {}).values() if times)

    def names_of(self, aim: Aim) -> list[str]:
        """Names of the results that an aim is about, in the order of what was found of it."""
        return [one.name for one in self.results if isinstance(one, Comparison | Measurement) and one.aim == aim.name]


def checks(results: Sequence[Result]) -> list[tuple[str, Check]]:
    """All checks of some results, each with the name of the result."""
    found = []
    for one in results:
        if isinstance(one, Check):
            found.append(("check", one))
        elif isinstance(one, Comparison) and one.check is not None:
            found.append((one.name, one.check))
    return found


def judged(benchmark: Benchmark, results: Sequence[Result], device: str) -> tuple[Verdict, ...]:
    """What was found of every aim that holds on a kind of device; aims of which nothing was measured are left out.

    Raises:
        InputError: a result names an aim that the benchmark does not have.
    """
    found: dict[str, list[float]] = {}
    for one in results:
        if isinstance(one, Comparison | Measurement) and one.aim:
            found.setdefault(benchmark.aim(one.aim).name, []).append(one.value)
    named = [(benchmark.aim(name), values) for name, values in found.items()]
    return tuple(
        Verdict(aim, tuple(values), all(aim.met(value) for value in values))
        for aim, values in named
        if aim.device in ("", device)
    )


def load() -> list[float]:
    """Processes that wanted the processor, averaged over 1, 5 and 15 minutes; empty where the system does not say."""
    try:
        return [round(value, 2) for value in os.getloadavg()]
    except (AttributeError, OSError):
        return []


def stamp(options: Options, command: str) -> dict[str, Any]:
    """Where and how, for the record: without the load and the date, which belong to a moment."""
    import torch

    return {
        "command": command,
        "quick": options.quick,
        "device": options.device,
        "rounds": options.rounds,
        "threads": torch.get_num_threads(),
        "machine": machine(),
        "versions": versions(),
        "code": commit(Path(__file__).parent),
    }


def results_dir() -> Path:
    """Folder of what ran here: ``outputs/bench``."""
    return outputs_dir() / "bench"


def kept_dir() -> Path:
    """Folder of the results that the repository keeps: ``data_manifests/benchmarks``."""
    return manifests_dir() / "benchmarks"


def file_name(benchmark: str, device: str, quick: bool = False) -> str:
    """``fusion-order-cpu.json``; a quick run has its own, so that it never takes the place of a real one."""
    return f"{benchmark}-{device}{'-quick' if quick else ''}.json"


def write_record(record: Record, folder: Path) -> Path:
    """Write a record as JSON into a folder, which is made; the file.

    Raises:
        InputError: the folder cannot be written.
    """
    device = str(record.stamp["device"]).partition(":")[0]
    path = folder / file_name(record.benchmark, device, record.stamp["quick"])
    write_json(
        path,
        {
            "benchmark": record.benchmark,
            **record.stamp,
            "verdicts": [asdict(one) for one in record.verdicts],
            "faults": record.faults,
            "results": [to_json(one) for one in record.results],
        },
    )
    return path


def read_record(path: Path) -> Record:
    """A record from its file.

    Raises:
        MissingPath: there is no such file.
        InputError: it is not a record of a benchmark.
    """
    data = read_json(path)
    try:
        known = dict(data)
        name, results, verdicts = known.pop("benchmark"), known.pop("results"), known.pop("verdicts")
        known.pop("faults")
        return Record(
            name,
            tuple(from_json(one) for one in results),
            tuple(from_dict(Verdict, one) for one in verdicts),
            known,
        )
    except (KeyError, TypeError, InputError) as error:
        raise InputError(
            f"{path} is no record of a benchmark ({error}). Delete it and run `mer bench` again."
        ) from error


def newest_record(benchmark: str, device: str, folder: Path | None = None) -> Record | None:
    """The later of what ran here and what the repository keeps; quick runs do not count. None where there is neither.

    Args:
        benchmark: its name.
        device: ``cpu`` or ``cuda``.
        folder: looked into in place of these two.
    """
    places = (results_dir(), kept_dir()) if folder is None else (folder,)
    paths = [place / file_name(benchmark, device) for place in places]
    found = [read_record(path) for path in paths if path.is_file()]
    return max(found, key=lambda record: str(record.stamp["date"]), default=None)
