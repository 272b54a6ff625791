import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from mer.figures.faces import may_show_faces
from mer.figures.save import write_figure
from tests.made_up_runs import made_up_predictions, made_up_run

FACE = np.random.default_rng(0).random((20, 24))


def drawn(draw) -> Figure:
    figure = Figure()
    draw(figure, figure.subplots())
    return figure


@pytest.mark.parametrize(
    "draw",
    [
        lambda figure, axes: axes.imshow(FACE),
        lambda figure, axes: axes.imshow(np.dstack([FACE] * 3)),
        lambda figure, axes: axes.pcolormesh(FACE),
        lambda figure, axes: axes.pcolor(FACE),
        lambda figure, axes: axes.pcolorfast(FACE),
        lambda figure, axes: axes.contourf(FACE),
        lambda figure, axes: axes.tripcolor(*np.random.default_rng(0).random((3, 200))),
        lambda figure, axes: figure.figimage(FACE),
        lambda figure, axes: axes.inset_axes([0, 0, 1, 1]).imshow(FACE),
        lambda figure, axes: figure.subfigures(1, 2)[1].subplots().imshow(FACE),
        lambda figure, axes: axes.add_artist(AnnotationBbox(OffsetImage(FACE), (0, 0))),
        lambda figure, axes: seaborn.heatmap(FACE, ax=axes),
        lambda figure, axes: axes.imshow(FACE[:13, :2]),
    ],
)
def test_every_raster_counts_as_a_face(draw):
    assert may_show_faces(drawn(draw))


@pytest.mark.parametrize(
    "draw",
    [
        lambda figure, axes: None,
        lambda figure, axes: (axes.plot([1, 2]), axes.fill_between([1, 2], 0, 1), axes.bar([1], [2])),
        lambda figure, axes: axes.scatter(*np.random.default_rng(0).random((2, 500)), c=np.arange(500)),
        lambda figure, axes: axes.imshow(FACE[:12, :12]),
        lambda figure, axes: seaborn.heatmap(FACE[:7, :7], ax=axes, annot=True),
        lambda figure, axes: figure.colorbar(plt.cm.ScalarMappable(), ax=axes),
    ],
)
def test_lines_markers_and_tables_of_numbers_show_none(draw):
    assert not may_show_faces(drawn(draw))


def test_it_stands_in_the_figures_json_with_the_terms(tmp_path):
    words = {"title": "T", "caption": "C.", "alt": "A", "terms": "For research only."}
    for name, draw in {"face": lambda f, axes: axes.imshow(FACE), "curve": lambda f, axes: axes.plot([1, 2])}.items():
        known = json.loads(write_figure(drawn(draw), name, tmp_path, words).record.read_text())
        assert known["faces"] is (name == "face") and known["terms"] == "For research only."


def test_captions_of_a_run_on_real_faces_end_with_the_terms(tmp_path):
    from mer.datasets.layout import load_layout
    from mer.figures.save import save_figure

    captions = {}
    for synthetic in (True, False):
        table = made_up_predictions(("negative", "positive", "surprise"), 1.0, synthetic=synthetic)
        run = made_up_run(tmp_path / str(synthetic), table, synthetic)
        files = save_figure(drawn(lambda f, axes: axes.plot([1])), "x", run, title="T", caption="C.", alt="An alt text")
        captions[synthetic] = json.loads(files.record.read_text())["caption"]
    assert captions[False].endswith(load_layout("smic").terms)
    assert "research only" not in captions[True]
