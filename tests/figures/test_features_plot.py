"""The plane to look around in: point numbers are rows, colours and symbols tell the right thing."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.plots.features import COLOURS, colouring, features_plot
from mer.figures.style import class_palette


def points(count=6):
    return pd.DataFrame(
        {
            "database": ["synthetic-casme2", "samm"] * (count // 2),
            "subject": [f"{k % 3}" for k in range(count)],
            "clip": [f"<c{k}>" for k in range(count)],
            "label": ["negative", "positive", "surprise"] * (count // 3),
            "predicted": ["negative", "negative", "surprise"] * (count // 3),
            "fold": [f"f{k % 3}" for k in range(count)],
            "confidence": np.linspace(0.4, 1, count),
            "x": np.arange(count, dtype=float),
            "y": 0.0,
        }
    )


def shown_colour(colours, row):
    """Colour that plotly gives a point."""
    low, high = colours.limits
    share = (colours.values[row] - low) / (high - low)
    return next(
        colour
        for (edge, colour), (end, _) in zip(colours.scale, colours.scale[1:], strict=False)
        if edge <= share <= end
    )


def test_points_are_in_the_order_of_the_table():
    cloud, *legend = features_plot(points(), synthetic=True, epoch_rule="last").data
    assert list(cloud.x) == [0, 1, 2, 3, 4, 5] and cloud.type == "scattergl"
    assert list(cloud.marker.symbol) == ["circle", "x", "circle"] * 2
    assert [trace.name for trace in legend] == ["negative", "positive", "surprise"]
    assert cloud.text[1].startswith("SAMM, 1, &lt;c1&gt;<br>positive, predicted negative (wrong)")


def test_a_point_has_the_colour_of_its_class():
    colours = colouring(points(), "class")
    palette = class_palette(["negative", "positive", "surprise"])
    assert [shown_colour(colours, k) for k in range(3)] == list(palette.values()) == list(colours.legend.values())
    guess = colouring(points(), "predicted")
    assert shown_colour(guess, 1) == palette["negative"]


def test_right_and_wrong_and_confidence():
    colours = colouring(points(), "right")
    assert [shown_colour(colours, k) for k in range(2)] == [colours.legend["right"], colours.legend["wrong"]]
    bar = colouring(points(), "confidence")
    assert bar.bar and not bar.legend and bar.values.tolist() == points()["confidence"].tolist()


def test_many_groups_have_no_legend():
    table = points(60).assign(subject=[f"{k:02d}" for k in range(60)])
    assert colouring(table, "subject").legend == {}
    assert len(np.unique(colouring(table, "subject").values)) == 60


def test_that_groups_share_colours_is_said_and_no_legend_repeats_one():
    table = points(60).iloc[:9].assign(subject=[f"{k}" for k in range(9)])
    colours = colouring(table, "subject")
    assert colours.repeats == "9 subjects share 7 colours" and colours.legend == {}
    alone = colouring(table.iloc[:7], "subject")
    assert alone.repeats == "" and len(set(alone.legend.values())) == 7
    assert all(colouring(table, by).repeats == "" for by in COLOURS if by not in ("subject", "fold"))


def test_title_says_synthetic_and_the_rule():
    title = features_plot(points(), synthetic=True, epoch_rule="nested").layout.title.text
    assert "synthetic" in title and "nested" in title
    assert "synthetic" not in features_plot(points(), synthetic=False, epoch_rule="last").layout.title.text


@pytest.mark.parametrize("by", list(COLOURS))
def test_no_clip_and_one_clip_are_drawn(by):
    for count in (0, 1):
        figure = features_plot(points().iloc[:count], by, synthetic=False, epoch_rule="last")
        assert len(figure.data[0].x) == count


def test_an_unknown_colouring_is_refused():
    with pytest.raises(InputError, match="Did you mean 'class'"):
        colouring(points(), "clas")
