"""Records of benchmarks as tables: times of every variant, aims and what was found, series, stamps."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mer.bench.catalogue import BENCHMARKS, benchmark_named, in_todays_words
from mer.bench.frame import Aim, Benchmark, Comparison, Series
from mer.bench.record import Record, newest_record
from mer.core.errors import MissingPath

_RATIO = ["ratio_of", "ratio", "ratio_low", "ratio_high"]
TIMES = ["benchmark", "device", "work", "variant", "ms", "ms_low", "ms_high", "rounds", *_RATIO]
AIMS = ["benchmark", "device", "aim", "direction", "value", "unit", "worst", "best", "measured", "met"]
AIMS += ["result", "note", "source"]
SERIES = ["benchmark", "device", "series", "x", "unit", "size", "value", "line", "slope", "r2", "exponent"]
STAMPS = ["benchmark", "device", "date", "machine", "threads", "load", "torch", "numpy", "commit", "seconds", "command"]


def newest_records(names: Sequence[str] = (), folder: Path | None = None) -> list[Record]:
    """The newest record of every benchmark and device that has one.

    Args:
        names: of benchmarks; all when empty.
        folder: looked into in place of what ran here and what the repository keeps.

    Raises:
        InputError: a name is unknown.
        MissingPath: there is no such folder.
    """
    if folder is not None and not folder.is_dir():
        raise MissingPath(f"Folder of results {folder} does not exist. `mer bench NAME` writes to outputs/bench.")
    found: list[Record] = []
    for one in chosen_benchmarks(names):
        records = (newest_record(one.name, device, folder) for device in one.devices)
        found += [record for record in records if record is not None]
    return found


def chosen_benchmarks(names: Sequence[str] = ()) -> list[Benchmark]:
    """Benchmarks of these names; all when empty.

    Raises:
        InputError: a name is unknown.
    """
    return [benchmark_named(name) for name in names] if names else list(BENCHMARKS)


def inputs_table(entries: Sequence[Benchmark]) -> pd.DataFrame:
    """Columns ``benchmark, shows, inputs``: what each measures, and on what."""
    rows = [(one.name, one.shows, one.inputs) for one in entries]
    return pd.DataFrame(rows, columns=["benchmark", "shows", "inputs"])


def times_table(records: Sequence[Record]) -> pd.DataFrame:
    """Columns `TIMES`, a row a variant: milliseconds, and the time of the first variant over that of this one.

    ``ratio_of`` names it, ``plain / fast``; it is empty, and the ratio NaN, of the first variant and where the two were
    not compared.
    """
    rows = []
    for record, result in _results(records):
        if not isinstance(result, Comparison):
            continue
        ratios = {(one.over, one.under): one for one in result.ratios}
        first = result.times[0].variant
        for one in result.times:
            ratio = ratios.get((first, one.variant))
            numbers = (ratio.named, ratio.ratio, ratio.low, ratio.high) if ratio else ("", *(float("nan"),) * 3)
            about = (record.benchmark, _device(record), result.name)
            rows.append((*about, one.variant, one.ms, one.ms_low, one.ms_high, one.rounds, *numbers))
    return pd.DataFrame(rows, columns=TIMES)


def aims_table(records: Sequence[Record], entries: Sequence[Benchmark] = ()) -> pd.DataFrame:
    """Columns `AIMS`, a row an aim: the best and the worst that was found of it, and whether all reach it.

    Args:
        records: from `newest_records`.
        entries: benchmarks whose aims get a row also where nothing was measured of them: ``measured`` 0, not met, the
            command in ``result``.
    """
    rows, told = [], set()
    for record in records:
        device = _device(record)
        for one in record.verdicts:
            told.add((record.benchmark, device, one.aim.name))
            best = min(one.found) if one.aim.direction == "at most" else max(one.found)
            result = "WRONG NUMBERS" if record.faults else record.verdict_words(one)
            met = one.met and not record.faults
            rows.append(_aim_row(record.benchmark, device, one.aim, one.worst, best, len(one.found), met, result))
    for entry in entries:
        for device in entry.devices:
            for aim in entry.aims:
                if aim.device in ("", device) and (entry.name, device, aim.name) not in told:
                    result = f"not run: mer bench {entry.name} --device {device}"
                    rows.append(_aim_row(entry.name, device, aim, float("nan"), float("nan"), 0, False, result))
    return pd.DataFrame(rows, columns=AIMS)


def aims_in_short(table: pd.DataFrame) -> pd.DataFrame:
    """What a page has room for of `aims_table`: ``aim, found, result, note``, by benchmark and device."""
    rows: list[dict[Any, Any]] = table.to_dict("records")
    words = [
        (
            row["benchmark"],
            row["device"],
            f"{row['aim']}: {row['direction']} {row['value']:g} {row['unit']}".rstrip(),
            _found(row) if row["measured"] else "",
            row["result"],
            " ".join(filter(None, [row["note"], f"{row['source'][:1].upper()}{row['source'][1:]}."])),
        )
        for row in rows
    ]
    short = pd.DataFrame(words, columns=["benchmark", "device", "aim", "found", "result", "note"])
    return short.set_index(["benchmark", "device"])


def _found(row: dict[Any, Any]) -> str:
    found = f"{row['worst']:.3g} {row['unit']}".rstrip()
    return f"{found} (worst of {row['measured']})" if row["measured"] > 1 else found


def _aim_row(benchmark: str, device: str, aim: Aim, *found: object) -> tuple[object, ...]:
    aim = in_todays_words(benchmark, aim)
    limit = (aim.what, aim.direction, aim.value, aim.unit)
    return benchmark, device, *limit, *found, aim.note, aim.source


def series_table(records: Sequence[Record]) -> pd.DataFrame:
    """Columns `SERIES`, a row a size; ``line`` is the value on the line of least squares."""
    rows = []
    for record, one in _results(records):
        if isinstance(one, Series):
            about = (record.benchmark, _device(record), one.name, one.x, one.unit)
            for size, value in zip(one.sizes, one.values, strict=True):
                line = one.intercept + one.slope * size
                rows.append((*about, size, value, line, one.slope, one.r2, one.exponent))
    return pd.DataFrame(rows, columns=SERIES)


def stamps_table(records: Sequence[Record]) -> pd.DataFrame:
    """Columns `STAMPS`, a row a record: where, when, with what and how it was measured."""
    rows = []
    for record in records:
        stamp = record.stamp
        machine, device = stamp["machine"], _device(record)
        where = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB"
        code = stamp["code"].get("commit", "")[:9] + (" and changes" if stamp["code"].get("changed_files") else "")
        versions = (stamp["versions"].get("torch", ""), stamp["versions"].get("numpy", ""))
        about = (record.benchmark, device, stamp["date"], machine["gpu"] if device == "cuda" else where)
        rows.append((*about, stamp["threads"], record.load_words, *versions, code, stamp["seconds"], stamp["command"]))
    return pd.DataFrame(rows, columns=STAMPS)


def _results(records: Sequence[Record]) -> Iterator[tuple[Record, object]]:
    for record in records:
        for result in record.results:
            yield record, result


def _device(record: Record) -> str:
    return str(record.stamp["device"]).partition(":")[0]
