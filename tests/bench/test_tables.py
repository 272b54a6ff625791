from dataclasses import replace

import pytest

from mer.bench import catalogue, tables
from mer.bench.frame import Aim, Benchmark, Check
from mer.bench.record import write_record
from mer.bench.tables import aims_in_short, aims_table, newest_records, series_table, stamps_table, times_table
from mer.core.errors import InputError, MissingPath
from tests.bench.made_up import LIMIT, SPEED, made_up_records


def test_times_have_the_ratio_of_the_plain_one_over_each_other_one():
    table = times_table(made_up_records())
    assert table["variant"].tolist() == ["plain", "middle", "fast"]
    assert table["ratio"].isna().tolist() == [True, False, False] and table["ratio"].tolist()[1:] == [2.7, 4.0]
    assert table["ratio_of"].tolist() == ["", "plain / middle", "plain / fast"]
    assert set(table["benchmark"]) == {"quick-work"} and set(table["device"]) == {"cpu"}


def test_the_worst_of_an_aim_is_on_the_side_that_misses_it():
    table = aims_table(made_up_records()).set_index("benchmark")
    speed, limit = table.loc["quick-work"], table.loc["growth"]
    # The first ratio is what the aim is about.
    assert speed["worst"] == 2.7 and speed["met"]
    assert limit["worst"] == 80.0 and limit["best"] == -3.0 and limit["measured"] == 2 and not limit["met"]


def test_an_aim_that_was_not_measured_is_a_row_with_its_command():
    first, second = made_up_records()
    other = Aim("gpu", "time, plain / fast", 9.0, "at least", "×", "set here", device="cuda")
    entries = (Benchmark("quick-work", "m", "Shows.", (SPEED, other)), Benchmark("growth", "m", "Shows.", (LIMIT,)))
    table = aims_table([first, second], entries)
    told = table[["benchmark", "device", "aim", "measured", "met"]].to_numpy().tolist()
    assert told == [
        ["quick-work", "cpu", SPEED.what, 1, True],
        ["growth", "cpu", LIMIT.what, 2, False],
        ["quick-work", "cuda", SPEED.what, 0, False],
        ["quick-work", "cuda", other.what, 0, False],
        ["growth", "cuda", LIMIT.what, 0, False],
    ]
    assert table["result"].tolist()[:3] == ["met", "NOT met", "not run: mer bench quick-work --device cuda"]
    assert table["worst"].isna().tolist() == [False, False, True, True, True]


def test_aims_in_short_have_the_same_in_words():
    entries = [Benchmark("growth", "m", "Shows.", (LIMIT,), devices=("cuda",))]
    short = aims_in_short(aims_table(made_up_records(), entries))
    assert short.index.tolist() == [("quick-work", "cpu"), ("growth", "cpu"), ("growth", "cuda")]
    assert short["aim"].tolist()[:2] == [
        "time, plain / fast: at least 2 ×",
        "memory more at the largest size: at most 64 MiB",
    ]
    assert short["found"].tolist() == ["2.7 ×", "80 MiB (worst of 2)", ""]
    assert short["result"].tolist() == ["met", "NOT met", "not run: mer bench growth --device cuda"]
    assert set(short["note"]) == {"Set here."}


def test_words_of_an_aim_are_todays_unless_its_number_changed(monkeypatch):
    (record, _) = made_up_records()
    today = replace(SPEED, note="How it is judged.")
    monkeypatch.setattr(catalogue, "BENCHMARKS", (Benchmark("quick-work", "m", "Shows.", (today,)),))
    assert aims_table([record])["note"].tolist() == ["How it is judged."]
    monkeypatch.setattr(
        catalogue, "BENCHMARKS", (Benchmark("quick-work", "m", "Shows.", (replace(today, value=3.0),)),)
    )
    row = aims_table([record]).iloc[0]
    assert row["note"] == "" and row["value"] == 2.0, "it was judged by the number of its day"


def test_no_aim_is_met_by_wrong_numbers():
    (record, _) = made_up_records()
    wrong = replace(record, results=(*record.results, Check("x", 2.0, 1.0)))
    row = aims_table([wrong]).iloc[0]
    assert not row["met"] and row["result"] == "WRONG NUMBERS"


def test_a_series_has_its_line():
    table = series_table(made_up_records())
    assert len(table) == 8 and table.groupby("series").ngroups == 3
    own = table[table["series"] == "aligning: time by folds"]
    assert own["line"].tolist() == pytest.approx([1.0, 2.0]) and own["slope"].iloc[0] == pytest.approx(1 / 90)


def test_stamps_say_where_and_when():
    row = stamps_table(made_up_records()).iloc[0]
    assert row["load"] == "0.5 to 1.5" and row["date"] == "2026-01-01T00:00:00Z" and "cores" in row["machine"]
    assert row["torch"] and row["numpy"]


def test_the_newest_of_a_folder(monkeypatch, tmp_path):
    entries = tuple(Benchmark(name, "m", "Shows.") for name in ("quick-work", "growth", "never-run"))
    monkeypatch.setattr(tables, "BENCHMARKS", entries)
    monkeypatch.setattr(catalogue, "BENCHMARKS", entries)
    for record in made_up_records():
        write_record(record, tmp_path)
    assert [one.benchmark for one in newest_records(folder=tmp_path)] == ["quick-work", "growth"]
    assert [one.benchmark for one in newest_records(["growth"], tmp_path)] == ["growth"]
    (tmp_path / "empty").mkdir()
    assert newest_records(folder=tmp_path / "empty") == []
    with pytest.raises(MissingPath, match="none does not exist"):
        newest_records(folder=tmp_path / "none")
    with pytest.raises(InputError, match=r"Did you mean 'growth'\?"):
        newest_records(["grow"], tmp_path)
