import numpy as np
import pytest
from matplotlib.colors import to_hex

from mer.bench.frame import Benchmark
from mer.bench.tables import aims_table, series_table, times_table
from mer.core.errors import InputError
from mer.figures.benchmarks import aims_figure, benchmark_times_figure, scale_figure, share_of_aim
from tests.bench.made_up import LIMIT, made_up_records
from tests.figures.conftest import texts
from tests.figures.in_print import print_faults

SMALLEST = 5.5


@pytest.fixture
def records():
    return made_up_records()


def test_every_variant_is_a_point_at_its_median_with_the_ratio_of_first_over_last(records):
    figure = benchmark_times_figure(times_table(records))
    spots = [
        float(points.get_offsets()[0, 0]) for points in figure.axes[0].collections if len(points.get_offsets()) == 1
    ]
    assert [spot for spot in spots if spot in (40.0, 15.0, 10.0)] == [40.0, 15.0, 10.0]
    words = texts(figure)
    assert "plain / fast\n4.00 [3.50, 4.50]" in words and {"plain", "middle", "fast"} <= set(words)
    assert not print_faults(figure, SMALLEST)


def test_bars_are_shares_of_what_the_aims_allow(records):
    figure = aims_figure(aims_table(records))
    met, missed = figure.axes[0].patches
    assert met.get_width() == pytest.approx(2.0 / 2.7) and missed.get_width() == pytest.approx(80 / 64)
    assert to_hex(met.get_facecolor()) != to_hex(missed.get_facecolor())
    assert "80 MiB (worst of 2), not met" in texts(figure) and "2.7 ×" in texts(figure)
    assert not print_faults(figure, SMALLEST)


@pytest.mark.parametrize(
    ("direction", "value", "worst", "share"),
    [
        ("at most", 2.0, 1.0, 0.5),
        ("at most", 2.0, -1.0, 0.0),
        ("at least", 2.0, 4.0, 0.5),
        ("at least", 2.0, 0.0, np.inf),
    ],
)
def test_a_share_is_less_the_better(direction, value, worst, share):
    assert share_of_aim({"direction": direction, "value": value, "worst": worst}) == share


def test_a_bar_that_goes_far_beyond_is_broken_with_the_number_where_it_ends(records):
    table = aims_table(records).assign(worst=[2.7, 640.0])
    figure = aims_figure(table)
    assert figure.axes[0].patches[1].get_width() == 2.0
    assert "→ 10.0: 640 MiB (worst of 2), not met" in texts(figure)
    whites = [line for line in figure.axes[0].lines if line.get_color() == "white"]
    assert len(whites) == 2 and not print_faults(figure, SMALLEST)
    assert not [line for line in aims_figure(aims_table(records)).axes[0].lines if line.get_color() == "white"]


def test_an_aim_that_was_not_run_has_no_bar_and_one_met_by_its_median_says_so(records):
    entries = [Benchmark("growth", "m", "Shows.", (LIMIT,), devices=("cuda",))]
    table = aims_table(records, entries)
    table.loc[0, "result"] = "met by the median; quartiles [1.9, 4]"
    figure = aims_figure(table)
    assert [bar.get_width() for bar in figure.axes[0].patches][2] == 0
    assert "not run" in texts(figure) and "2.7 ×,\nmet by the median alone" in texts(figure)
    assert not print_faults(figure, SMALLEST)


def test_a_panel_for_each_kind_of_size_and_unit(records):
    figure = scale_figure(series_table(records))
    shown = [axes for axes in figure.axes if axes.axison]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in shown] == [
        *(("clips", "seconds"), ("folds", ""), ("clips", "MiB"))
    ]
    line = shown[0].lines[0]
    assert line.get_xdata().tolist() == [100, 1000, 10_000] and line.get_ydata().tolist() == [1.0, 9.0, 101.0]
    assert shown[2].get_ylim()[0] == 0, "memory from zero: flat looks flat"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["aligning"]
    assert not print_faults(figure, SMALLEST)


def test_nothing_to_draw(records):
    empty = [one for one in records if False]
    for draw, table in ((benchmark_times_figure, times_table), (aims_figure, aims_table), (scale_figure, series_table)):
        with pytest.raises(InputError, match="mer bench"):
            draw(table(empty))


def test_no_ratio_is_printed_where_none_was_taken(records):
    table = times_table(records)
    figure = benchmark_times_figure(table.assign(ratio=float("nan")))
    assert not any(" / " in text or "nan" in text for text in texts(figure) if "milliseconds" not in text)
