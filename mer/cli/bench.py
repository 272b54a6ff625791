"""``mer bench``: list the benchmarks with aims and newest results, or run some of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mer.core.errors import InputError

if TYPE_CHECKING:
    from mer.bench.frame import Result
    from mer.bench.options import Options
    from mer.bench.record import Record, Verdict

_SHOWN = 4  # numbers found of an aim; of more than that only the worst


def list_benchmarks() -> str:
    """Every benchmark: what it shows, its aims, and what was found of them on each device."""
    from mer.bench.catalogue import BENCHMARKS, RATIO_WORDS
    from mer.bench.record import newest_record

    lines = []
    for one in BENCHMARKS:
        lines += [one.name, f"  {one.shows}", *([f"  input: {one.inputs}"] if one.inputs else [])]
        records = {device: newest_record(one.name, device) for device in one.devices}
        for aim in one.aims:
            where = f" ({aim.device})" if aim.device else ""
            lines.append(f"  aim{where}: {aim.what}: {aim.words()}; {aim.source}")
            lines += [f"    {aim.note}"] if aim.note else []
        for device, record in records.items():
            lines += [f"  {device}: {line}" for line in _newest(record)] if record else [f"  {device}: not run"]
        lines.append("")
    lines.append(RATIO_WORDS)
    lines.append("Run one: mer bench NAME; all of them: mer bench all. Results lie in outputs/bench.")
    return "\n".join(lines)


def _newest(record: "Record") -> list[str]:
    stamp = record.stamp
    machine = stamp["machine"]["gpu" if str(stamp["device"]).startswith("cuda") else "processor"]
    threads = f"{stamp['threads']} thread{'' if stamp['threads'] == 1 else 's'}"
    load = f", load {record.load_words}" if record.load_words else ""
    lines = [f"{stamp['date']}, {machine}, {stamp['machine']['cores']} cores, {threads}{load}"]
    if record.faults:
        return [*lines, "WRONG NUMBERS, so no time counts"]
    return lines + [_verdict(record, one) for one in record.verdicts]


def _verdict(record: "Record", verdict: "Verdict") -> str:
    from mer.bench.catalogue import in_todays_words

    aim = in_todays_words(record.benchmark, verdict.aim)
    count = len(verdict.found)
    if 1 < count <= _SHOWN:
        named = zip(verdict.found, record.names_of(aim), strict=True)
        found = ", ".join(f"{f'{value:.3g} {aim.unit}'.rstrip()} ({name})" for value, name in named)
    else:
        found = f"{verdict.worst:.3g} {aim.unit}".rstrip() + (f" (worst of {count})" if count > 1 else "")
    return f"{aim.what}: {found}; {aim.words()}: {record.verdict_words(verdict)}"


def run_benchmarks(names: tuple[str, ...], options: "Options", keep: bool) -> int:
    """Run benchmarks, print what they find and write it down; 0, or 1 where numbers were wrong or one could not run.

    Raises:
        InputError: a name or the device is unknown, the device is absent, or the folder cannot be written.
    """
    from mer.bench.catalogue import BENCHMARKS, RATIO_WORDS, benchmark_named
    from mer.bench.record import kept_dir, results_dir, write_record
    from mer.bench.run import run_benchmark, settled
    from mer.core.progress import progress

    if keep and options.quick:
        raise InputError("--keep and --quick exclude each other: a quick run tells nothing of speed.")
    everything = "all" in names
    chosen = [benchmark_named(name) for name in dict.fromkeys(names) if name != "all"]
    chosen = list(BENCHMARKS) if everything else chosen
    options = settled(options)
    if everything:
        chosen = [one for one in chosen if options.kind in one.devices]
    folder = kept_dir() if keep else results_dir()
    _check_writable(folder)  # before minutes of measuring
    if options.quick:
        click.echo("QUICK RUN: a few rounds on small inputs, to see that it works; it tells nothing of speed.")
    click.echo("Times and ratios are medians of the rounds, with their quartiles [a, b].")
    click.echo(RATIO_WORDS)
    status = 0
    several = len(chosen) > 1  # one has bars of its own
    for benchmark in progress(chosen, what="Benchmarks", unit="benchmark") if several else chosen:
        click.echo(f"{benchmark.name}: {benchmark.shows}")
        try:
            record = run_benchmark(benchmark, options, _command(), tell=_tell)
        except InputError as error:
            if not everything:
                raise
            click.echo(f"  could not run: {error}", err=True)
            status = 1
            continue
        for verdict in record.verdicts:
            click.echo(f"  {_verdict(record, verdict)}")
        if record.faults:
            status = 1
            for fault in record.faults:
                click.echo(f"  WRONG NUMBERS: {fault}", err=True)
        wrong_kept = keep and record.faults
        path = write_record(record, results_dir() if wrong_kept else folder)
        click.echo(f"  written to {path}{' and not kept, for its numbers are wrong' if wrong_kept else ''}")
    return status


def _tell(result: "Result") -> None:
    click.echo("\n".join(f"  {line}" for line in result_lines(result)))


def result_lines(result: "Result") -> list[str]:
    """A result as lines for a terminal."""
    from mer.bench.frame import Check, Comparison, Measurement

    if isinstance(result, Check):
        return [_check(result)]
    if isinstance(result, Measurement):
        return [f"{result.name}: {result.value:.4g} {result.unit}{_note(result.note)}"]
    if isinstance(result, Comparison):
        lines = [f"{result.name}{_note(result.note)}"]
        wide = max(len(one.variant) for one in result.times)
        lines += [
            f"  {one.variant:<{wide}}  {one.ms:9.4g} ms [{one.ms_low:.4g}, {one.ms_high:.4g}], {one.rounds} rounds"
            for one in result.times
        ]
        lines += [f"  {r.named}: {r.ratio:.3g} [{r.low:.3g}, {r.high:.3g}]" for r in result.ratios]
        return [*lines, f"  {_check(result.check)}"] if result.check else lines
    points = ", ".join(f"{x:g}: {y:.4g}" for x, y in zip(result.sizes, result.values, strict=True))
    return [
        f"{result.name}{_note(result.note)}",
        f"  {result.unit} by {result.x}: {points}",
        f"  line {result.intercept:.3g} + {result.slope:.3g} a {result.x}, R² {result.r2:.4f}; "
        f"grows as the power {result.exponent:.2f}",
    ]


def _check(check: "object") -> str:
    from mer.bench.frame import Check

    assert isinstance(check, Check)
    verdict = "same numbers" if check.holds else "NOT the same numbers"
    return f"{verdict}: {check.what}, largest difference {check.largest:.2g}, tolerance {check.tolerance:.2g}"


def _note(note: str) -> str:
    return f" ({note})" if note else ""


def _check_writable(folder: Path) -> None:
    from mer.core.files import atomic_write

    probe = folder / ".writable"
    with atomic_write(probe) as stream:
        stream.write(b"")
    probe.unlink()


def _command() -> str:
    """What was typed, with the program's name in place of its path."""
    import shlex

    return shlex.join(["mer", *sys.argv[1:]])


@click.command("bench")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="A small version of seconds that tells nothing of speed; for tests.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER.")
@click.option("--rounds", type=click.IntRange(min=1), help="Of timing; each benchmark has its own by default.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the CPU; as torch chooses by default.")
@click.option("--keep", is_flag=True, help="Write to data_manifests/benchmarks, which the repository keeps.")
def bench(
    names: tuple[str, ...], quick: bool, device: str, rounds: int | None, threads: int | None, keep: bool
) -> None:
    """Measure the speed of this suite: fast paths beside plain ones, with a check that both give the same numbers.

    NAME is a benchmark, or `all`; without one they are listed, with aims and newest results. What is found is written
    to outputs/bench. Status 1 when a fast path gives other numbers than the plain one; an aim that is missed is said.
    """
    if not names:
        click.echo(list_benchmarks())
        return
    from mer.bench.options import Options

    sys.exit(run_benchmarks(names, Options(device, quick, rounds, threads), keep))
