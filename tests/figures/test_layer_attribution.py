import numpy as np
import pytest
from matplotlib.colors import to_hex

from mer.core.errors import InputError
from mer.evaluation.layer_attribution import UNEXPLAINED, LayerAttribution, layer_table
from mer.figures.layer_attribution import layer_attribution_figure
from mer.figures.save import figure_bytes
from mer.figures.style_book import AGAINST, FOR
from mer.figures.styles import use_style
from mer.widgets.bars import bars_html

BOXES = ["1L", "1R", "2", "3L", "3R", "4", "5L", "5R", "6"]


def made(clips=2, full=True):
    draw = np.random.default_rng(0)
    local, rest = draw.normal(size=(clips, 9)), draw.normal(size=clips)
    beside = rest if full else np.full(clips, np.nan)
    gain = local.sum(1) + (rest if full else 0)
    found = LayerAttribution(
        local, beside, gain - 1, gain * 0 + 1, np.arange(clips) % 3, gain, gain * 0, gain * 0, gain * 0
    )
    return layer_table(found, [f"clip {k}" for k in range(clips)], ["n", "p", "s"], BOXES)


def test_bars_are_the_contributions():
    table = made()
    figure = layer_attribution_figure(table, synthetic=True)
    assert "synthetic" in figure.get_suptitle()
    for axes, (clip, rows) in zip(figure.axes, table.groupby("clip"), strict=True):
        drawn = [bar.get_width() for bar in axes.patches]
        assert drawn == pytest.approx(rows.loc[rows["module"] != UNEXPLAINED, "log_odds"].tolist())
        assert (
            clip in axes.get_title() and f": log-odds gain {rows['log_odds_gain'].iloc[0]:+.2f}\n" in axes.get_title()
        )
        assert "delta +0.000" in axes.get_title()


def test_a_model_without_the_full_face_module_has_fewer_bars():
    first = layer_attribution_figure(made(full=False), synthetic=False).axes[0]
    assert "full face" not in [label.get_text() for label in first.get_yticklabels()][2:]
    assert "synthetic" not in layer_attribution_figure(made(1), synthetic=False).get_suptitle()


def test_every_number_of_clips_and_a_column_of_print():
    for clips in (1, 3, 4):
        assert figure_bytes(layer_attribution_figure(made(clips), synthetic=True))
    with use_style("notebook", "column"):
        assert figure_bytes(layer_attribution_figure(made(2), synthetic=True))


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="Explain at least one clip"):
        layer_attribution_figure(made().iloc[:0], synthetic=True)


def test_one_colour_speaks_against_in_bars_legend_and_tables():
    """As in the maps on the face: orange for, purple against; in grey print dark for, light against."""
    table = made(1)
    for style, colours in (("notebook", (FOR, AGAINST)), ("notebook-grey", ("#505050", "#C9C9C9"))):
        with use_style(style):
            figure = layer_attribution_figure(table, synthetic=True)
            key = [to_hex(patch.get_facecolor()).upper() for patch in figure.legends[0].get_patches()]
            assert key == list(colours)
            for bar in figure.axes[0].patches:
                assert to_hex(bar.get_facecolor()).upper() == colours[int(bar.get_width() < 0)]
    assert AGAINST in bars_html({"a": -1.0}, title="t") and FOR in bars_html({"a": 1.0}, title="t")
