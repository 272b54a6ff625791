import numpy as np
import pytest
from matplotlib.patches import Rectangle

from mer.core.errors import InputError
from mer.figures.fusion_rows import FusionRow, class_rows, clip_row, mean_row, weights_table
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.heat import face_heat, local_heat
from tests.figures.conftest import texts


@pytest.fixture
def arrays(boxes):
    rng = np.random.default_rng(0)
    n = 4
    return {
        "onset": rng.integers(0, 255, (n, 24, 24), dtype=np.uint8),
        "boxes": np.repeat(boxes[None], n, 0),
        "weights_local": rng.dirichlet(np.ones(4), (n, 9, 2)),
        "weights_global": rng.dirichlet(np.ones(9), (n, 2)),
        "weights_full": rng.dirichlet(np.ones(16), (n, 2)),
    }


def test_means_are_over_clips_and_heads(arrays):
    row = mean_row("two", arrays, np.array([False, True, True, False]))
    np.testing.assert_allclose(row.weights_local, arrays["weights_local"][1:3].mean(axis=(0, 2)))
    np.testing.assert_allclose(row.weights_global, arrays["weights_global"][1:3].mean(axis=(0, 1)))
    np.testing.assert_allclose(row.weights_full.sum(), 1)
    np.testing.assert_allclose(row.image, arrays["onset"][1:3].mean(0) / 255, atol=1e-5)


def test_uniform_weights_are_one_everywhere(boxes):
    heat = local_heat(np.full((9, 25), 1 / 25), boxes, (24, 24))
    np.testing.assert_allclose(heat[np.isfinite(heat)], 1, rtol=1e-5)
    assert np.isnan(heat[0]).all()  # above all boxes
    np.testing.assert_allclose(face_heat(np.full(16, 1 / 16), (24, 24)), 1, rtol=1e-5)


def test_patches_run_row_by_row():
    weights = np.array([[0.7, 0.1, 0.1, 0.1]])
    heat = local_heat(weights, np.array([[0, 0, 1, 1.0]]), (21, 31))
    assert heat[0, 0] == pytest.approx(2.8, rel=1e-5)
    assert heat[0, -1] == pytest.approx(0.4, rel=1e-5)
    assert heat[-1, 0] == pytest.approx(0.4, rel=1e-5)


def test_overlap_is_a_mean_not_a_sum():
    box = np.array([[0, 0, 1, 1.0], [0, 0, 1, 1.0]])
    weights = np.array([[0.4, 0.2, 0.2, 0.2], [0.2, 0.4, 0.2, 0.2]])
    heat = local_heat(weights, box, (9, 9))
    assert heat[0, 0] == pytest.approx((1.6 + 0.8) / 2, rel=1e-5)


def test_heaviest_box_is_widest_and_bars_are_the_weights(arrays):
    row = clip_row("clip", arrays, 1)
    figure = fusion_weights_figure([row], synthetic=True)
    widths = sorted(p.get_linewidth() for p in figure.axes[1].patches if isinstance(p, Rectangle))
    assert widths[-1] == figure.axes[1].patches[-1].get_linewidth()  # drawn last, on top
    x0, y0 = row.boxes[row.weights_global.argmax()][:2] * 23
    np.testing.assert_allclose(figure.axes[1].patches[-1].get_xy(), (x0, y0), rtol=1e-5)
    bars = [patch.get_width() for patch in figure.axes[2].patches]
    np.testing.assert_allclose(bars, row.weights_global * 9)
    words = texts(figure)
    assert "clip" in words
    assert f"{row.weights_global[0] * 9:.2f}" in words
    assert any("synthetic" in text for text in words)


def test_classes_without_clips_have_no_row(arrays):
    rows = class_rows(arrays, ["b", "a", "b", "b"], ["a", "b", "c"])
    assert [row.name for row in rows] == ["a (n = 1)", "b (n = 3)"]


def test_table_holds_every_weight(arrays):
    table = weights_table([clip_row("clip", arrays, 0)])
    assert table["layer"].value_counts().to_dict() == {"local": 36, "full": 16, "global": 9}
    assert table[table["layer"] == "global"]["weight"].sum() == pytest.approx(1)
    assert table[table["layer"] == "full"]["times_uniform"].mean() == pytest.approx(1)


def test_faults_are_named(arrays, face, boxes):
    with pytest.raises(InputError, match="no clip"):
        mean_row("none", arrays, np.zeros(4, bool))
    with pytest.raises(InputError, match="lack weights_local"):
        mean_row("x", {key: value for key, value in arrays.items() if key != "weights_local"}, np.array([0]))
    with pytest.raises(InputError, match="5 patches"):
        FusionRow("x", face, boxes, np.ones((9, 5)), np.ones(9), np.ones(16))
    with pytest.raises(InputError, match="9 boxes"):
        FusionRow("x", face, boxes, np.ones((8, 4)), np.ones(9), np.ones(16))
    with pytest.raises(InputError, match="at least one clip"):
        fusion_weights_figure([], synthetic=True)


def test_columns_follow_what_the_model_has(arrays):
    """Without the full-face module its column is gone; a sequence model's frames come last, as bars."""
    del arrays["weights_full"]
    figure = fusion_weights_figure([clip_row("clip", arrays, 0)], synthetic=False)
    assert "full face: patches" not in texts(figure)
    rng = np.random.default_rng(1)
    arrays["weights_full"] = rng.dirichlet(np.ones(16), (4, 2))
    arrays["weights_time"] = rng.dirichlet(np.ones(9), (4, 2))
    row = clip_row("clip", arrays, 2)
    figure = fusion_weights_figure([row, row], synthetic=False)
    assert "full face: patches" in texts(figure) and texts(figure).count("frames after the onset") == 1
    bars = [patch.get_width() for patch in figure.axes[4].patches]
    np.testing.assert_allclose(bars, arrays["weights_time"][2].mean(0) * 9)
    table = weights_table([row])
    assert table[table["layer"] == "time"]["weight"].sum() == pytest.approx(1) and len(table) == 36 + 9 + 16 + 9
