import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.chain import STAGES
from mer.evaluation.runtime import AFTER, ALL_FUSIONS, BEFORE, RATIO, WHOLE, runtime_table
from mer.figures.runtime import runtime_figure
from tests.figures.conftest import texts


@pytest.fixture
def table():
    """Stage k takes k + 1 ms before, twice that after; two rounds."""
    stages = [*STAGES, ALL_FUSIONS, WHOLE]
    rows = [
        ("small", stage, order, turn, (k + 1) * factor / 1000)
        for k, stage in enumerate(stages)
        for order, factor in ((BEFORE, 1), (AFTER, 2))
        for turn in range(2)
    ]
    return runtime_table(pd.DataFrame(rows, columns=["configuration", "stage", "variant", "round", "seconds"]))


def test_bars_end_at_the_sum_of_the_stages_and_ratios_are_printed(table):
    figure = runtime_figure(table, synthetic=True, device="a processor")
    bars = figure.axes[0].patches
    end = max(bar.get_x() + bar.get_width() for bar in bars if bar.get_y() < 0.5)
    assert end == pytest.approx(1 + 2 + 3 + 4 + 5 + 10 + 9)
    words = texts(figure)
    assert words.count("× 0.50 [0.50, 0.50]") == 4 and "11 ms" in words and "22 ms" in words
    assert any("synthetic" in text for text in words) and any("a processor" in text for text in words)
    assert not any("published" in text for text in words)
    assert any(text.startswith("configuration small") for text in words)
    assert any("×: Fu-B-Attn / Fu-A-Attn (before / after)" in text for text in words)


def test_a_ratio_that_may_be_one_is_pale(table):
    table.loc[table["stage"] == ALL_FUSIONS, f"{RATIO}_high"] = 1.1
    drawn = runtime_figure(table, synthetic=True, device="").axes[1].texts
    colours = {text.get_text(): text.get_color() for text in drawn}
    assert colours == {"× 0.50 [0.50, 0.50]": "#000000", "× 0.50 [0.50, 1.10]": "#9A9A9A"}


def test_nothing_measured(table):
    with pytest.raises(InputError, match="at least one configuration"):
        runtime_figure(table[table["before_ms_low"].isna()], synthetic=False, device="")


def test_a_table_whose_ratio_was_the_other_way_up_is_refused(table):
    with pytest.raises(InputError, match="earlier version"):
        runtime_figure(table.rename(columns={RATIO: "ratio"}), synthetic=False, device="")
