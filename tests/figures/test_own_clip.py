"""The still figure of a clip of one's own, and its numbers."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mer.core.rounded import rounded
from mer.evaluation.own_clip import explain_prediction
from mer.figures.own_clip import (
    attribution_picture,
    own_clip_alt,
    own_clip_caption,
    own_clip_figure,
)
from mer.figures.own_clip_tables import own_clip_tables, scores_table
from mer.training.run_models import RunFacts
from tests.own_clip import prediction


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return prediction(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def explanation(found):
    return explain_prediction(found, steps=10)


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def test_the_scores_are_sorted_and_carry_their_spread(found):
    table = scores_table(found)
    assert table["score"].is_monotonic_decreasing and table["class"].iloc[0] == found.pair.predicted
    assert (table["low"] <= table["score"]).all() and (table["score"] <= table["high"]).all()


def test_tables_hold_what_is_drawn(found, explanation):
    tables = own_clip_tables(found, explanation)
    assert list(tables) == ["scores", "models", "curve", "apex-moved", "regions", "attribution"]
    assert tables["models"]["held_out"].tolist() == ["toy/a", "toy/b", "toy/c"]
    means = tables["models"][list(found.models.classes)].mean()
    assert means.to_dict() == pytest.approx(found.pair.scores, abs=1e-6)
    assert tables["curve"]["frame"].tolist() == [1, 2, 3, 4, 5, 6]
    assert tables["curve"]["optical_flow_px"].notna().tolist() == [True] * 5 + [False]
    assert tables["curve"]["weighed_px"].to_numpy() == pytest.approx(found.weighed, nan_ok=True)
    assert tables["regions"]["log_odds_lost"].to_numpy() == pytest.approx(explanation.losses.mean(0))
    assert tables["attribution"]["largest_delta_of_a_model"].iloc[0] == explanation.delta
    moved = tables["apex-moved"]
    assert moved.loc[moved["chosen"], "apex"].tolist() == [5] and moved["apex"].tolist() == list(found.moved.frames)
    assert moved.loc[moved["chosen"], "score_positive"].iloc[0] == pytest.approx(
        found.pair.scores["positive"], abs=1e-6
    )
    assert list(own_clip_tables(replace(found, curve=None, moved=None))) == ["scores", "models"]


def test_the_figure_shows_what_there_is(found, explanation):
    full = own_clip_figure(found, explanation)
    assert titles(full) == [
        "face found",
        "onset, frame 1",
        "apex, frame 5",
        "displacement",
        f"speaks for {explanation.target}",
        "box held still",
    ]
    assert len(full.axes) == 5 + 3 + 1 + 1
    assert len(own_clip_figure(found).axes) == 4 + 2 + 1 + 1
    assert len(own_clip_figure(replace(found, curve=None, moved=None)).axes) == 4 + 1 + 1


def test_scores_are_drawn_over_the_place_of_the_apex(found):
    (axes,) = (one for one in own_clip_figure(found).axes if one.get_xlabel().startswith("apex at frame"))
    lines = {line.get_label(): line for line in axes.lines}
    for place, name in enumerate(found.moved.classes):
        assert lines[name].get_xdata().tolist() == list(found.moved.frames)
        assert lines[name].get_ydata() == pytest.approx(found.moved.scores[:, place])
    assert len({lines[name].get_marker() for name in found.moved.classes}) == 3  # not by colour alone
    assert "apex 5" in [text.get_text() for text in axes.texts]
    assert found.moved.words in own_clip_caption(found) and found.moved.words in own_clip_alt(found)
    assert "Apex moved" not in own_clip_caption(replace(found, moved=None))


def test_synthetic_training_stands_in_the_title(found):
    assert "synthetic" not in own_clip_figure(found).get_suptitle()
    models = replace(found.models, facts=RunFacts("synthetic", True))
    assert own_clip_figure(replace(found, models=models)).get_suptitle().endswith("(models trained on synthetic faces)")


def test_words(found, explanation):
    models = replace(found.models, facts=RunFacts("toy", False, "last"))
    caption = own_clip_caption(replace(found, models=models), explanation)
    assert "mean of 3 models, epoch rule last; line: lowest" in caption and "frame 5, chosen by you" in caption
    assert "epoch rule" not in own_clip_caption(replace(found, models=models), explanation, in_run=True)
    assert "baseline: the onset in place of the apex" in caption
    assert f"{explanation.delta:.2g} of the log-odds" in caption
    assert found.pair.predicted in own_clip_alt(found) and "frame 5" in own_clip_alt(found)


def test_orange_speaks_for_the_class_and_purple_against_it(found, explanation):
    values = np.zeros((1, 2, 32, 32), np.float32)
    values[0, 0, 4:12, 4:12], values[0, 1, 20:28, 20:28] = 1, -1
    nothing = np.zeros((1, 32, 32), np.float32)
    attribution = replace(explanation.attribution, onset=nothing, apex=nothing, displacement=values)
    picture = attribution_picture(np.zeros((32, 32), np.uint8), replace(explanation, attribution=attribution), blur=1)
    red, green, blue = picture[8, 8]
    assert red > green > blue
    red, green, blue = picture[24, 24]
    assert blue > red > green
    assert np.ptp(picture[0, 31]) < 0.02  # no attribution: the pale face


def words_of(figure):
    texts = [text.get_text() for text in figure.texts] + [
        text.get_text() for axes in figure.axes for text in axes.texts
    ]
    return " ".join(texts).replace("\n", " ")


def test_the_figure_says_what_its_lines_are_and_the_epoch_rule(found, explanation):
    models = replace(found.models, facts=RunFacts("toy", False, "nested"))
    words = words_of(own_clip_figure(replace(found, models=models), explanation))
    assert "Epoch rule: nested. Black lines: lowest to highest model. Apex: frame 5, chosen by you." in words
    assert "moves only as the head does" in words and "head included" in words and "head and drift removed" in words
    assert "pixels of a face of 128 x 128" in words
    for _, row in own_clip_tables(found, explanation)["regions"].iterrows():
        mean, low, high = (rounded(row[name]) for name in ("log_odds_lost", "low", "high"))
        assert f"{mean:+.2f} ({low:+.2f} to {high:+.2f})" in words
    assert "Epoch rule: not recorded." in words_of(own_clip_figure(found))


def test_nothing_in_the_figure_overlaps(found, explanation):
    for figure in (own_clip_figure(found, explanation), own_clip_figure(replace(found, curve=None), explanation)):
        renderer = FigureCanvasAgg(figure).get_renderer()
        areas = [axes.get_tightbbox(renderer) for axes in figure.axes] + [
            text.get_window_extent(renderer) for text in figure.texts
        ]
        for place, area in enumerate(areas):
            assert area.x1 <= figure.bbox.x1 + 1 and area.y0 >= -1
            for other in areas[:place]:
                across = min(area.x1, other.x1) - max(area.x0, other.x0)
                down = min(area.y1, other.y1) - max(area.y0, other.y0)
                assert min(across, down) < 3, (area, other)
