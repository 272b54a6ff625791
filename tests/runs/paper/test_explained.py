"""What stands in captions of explanations, and how many clips they take."""

from types import SimpleNamespace

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation import layer_attribution
from mer.face.regions import REGION_NAMES
from mer.figures.attribution import occlusion_table
from mer.figures.fusion_rows import FusionRow
from mer.figures.styles import use_style
from mer.runs.paper import explained
from tests.figures.gallery.made_up import face
from tests.figures.in_print import print_faults
from tests.made_up_runs import made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")
SIZES = [("cvpr", "column"), ("cvpr", "page"), ("springer", "page"), ("elsevier", "column"), ("slides", "page")]


@pytest.fixture
def asked(monkeypatch):
    """How often models were asked; they answer with made-up contributions."""
    calls = []

    def answer(_folder, _arrays, _predictions, rows, _targets):
        calls.append(list(rows))
        count, draw = len(rows), np.random.default_rng(0)
        local, full = draw.normal(size=(count, 9)), draw.normal(size=count)
        gain, none = local.sum(1) + full, np.zeros(count)
        return layer_attribution.LayerAttribution(
            local, full, gain - full, none, np.arange(count) % 3, gain, none, none, none
        )

    monkeypatch.setattr(layer_attribution, "layers_of_run", answer)
    return calls


@pytest.fixture
def run(tmp_path):
    predictions = made_up_predictions(CLASSES, 1.0)
    return SimpleNamespace(
        folder=made_up_run(tmp_path / "s" / "train", predictions, method="FRL-DGT"),
        trained=None,
        arrays={},
        predictions=predictions,
        classes=CLASSES,
        synthetic=True,
        examples=lambda count: list(range(min(count, len(predictions)))),
        names=lambda rows: [f"negative\nSMIC style, s1 s1_ne_{row:02d}" for row in rows],
        kept=lambda key, make: make(),
        occlusion=occlusion_table(np.zeros((len(predictions), 9)), predictions["label"].to_list()),
    )


@pytest.mark.parametrize(("style", "width"), SIZES)
def test_as_many_clips_as_are_said_can_be_read_and_one_more_is_refused_before_work(run, asked, style, width):
    with use_style(style, width) as chosen:
        with pytest.raises(InputError, match=r"asked for 1000 clips, but has room for at most \d+ at this") as told:
            explained.draw_layer_attribution(run, 1000)
        most = int(str(told.value).partition("at most ")[2].split()[0])
        with pytest.raises(InputError, match=f"at most {most} "):
            explained.draw_layer_attribution(run, most + 1)
        assert not asked, "refused before the models are asked"
        drawing = explained.draw_layer_attribution(run, most)
        assert asked == [list(range(most))] and most >= 3
        assert f"{most} test clips" in drawing.caption
        on_top = [fault for fault in print_faults(drawing.figure, chosen.smallest) if "on top" in fault]
        assert not on_top


def test_captions_say_what_the_boxes_are_and_whose_left(run, asked):
    said = explained.boxes_said()
    assert said.startswith("Action-unit boxes: 1 brow and eye; 2 both brows") and said.count(";") == 5
    assert "4 nose, root of the nose and inner brows" in said and "L is image left, the person's right" in said
    uniform = FusionRow("n", face(), np.tile([0.2, 0.2, 0.8, 0.8], (9, 1)), np.full((9, 4), 0.25), np.full(9, 1 / 9))
    run.kept = lambda key, make: [uniform] * 3 if key == "fusion weights" else make()
    for width, elsewhere in (("column", True), ("page", False)):
        with use_style("cvpr", width):
            weights = explained.draw_fusion_weights(run, 3)
            shown = {text.get_text() for text in weights.figure.axes[1].texts}
            assert (shown == set(REGION_NAMES)) is not elsewhere, "plates where there is room"
            assert ("The figure of the regions names the boxes" in weights.caption) is elsewhere
            for one in (weights, explained.draw_layer_attribution(run, 3), explained.draw_occlusion(run, 3)):
                assert said in one.caption


def test_the_caption_of_occlusion_says_that_bars_are_means_and_lines_quartiles(run):
    caption = explained.draw_occlusion(run, 3).caption
    assert "Bars: mean over" in caption and "quartile of the clips, which need not hold the mean" in caption
