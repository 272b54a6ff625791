import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.figures.displacement import DisplacementRow
from mer.figures.fusion_rows import FusionRow
from mer.figures.overview import main, overview_figure, overview_of_run
from tests.figures.conftest import texts

COUNTS = pd.DataFrame([[3, 1], [0, 0]], ["negative", "positive"], ["negative", "positive"])


@pytest.fixture
def parts(face, boxes):
    field = np.zeros((2, 24, 24), np.float32)
    clip = DisplacementRow("clip", face, face, {"true": field, "FRL-DGT": field})
    uniform = FusionRow("row", face, boxes, np.full((9, 4), 0.25), np.full(9, 1 / 9), np.full(16, 1 / 16))
    return [clip, clip], [uniform, uniform], np.stack([boxes, boxes])


def test_a_row_a_class_and_the_matrix_in_percent_of_the_row(parts):
    figure = overview_figure(*parts, COUNTS, "Synthetic faces", "UF1 0.50")
    words = texts(figure)
    assert len(figure.axes) == 2 * 6 + 2  # six panels a class, the wheel, the matrix
    assert {"Synthetic faces", "UF1 0.50", "75 %\n3", "25 %\n1"} <= set(words)
    assert words.count("0 %\n0") == 2  # a class without clips
    figure.canvas.draw()


def test_a_class_without_a_clip_is_an_error(parts):
    clips, weights, boxes = parts
    with pytest.raises(InputError, match="for each of 2 classes"):
        overview_figure(clips[:1], weights, boxes, COUNTS, "Synthetic faces", "")


def test_a_folder_that_is_no_training_run(tmp_path):
    with pytest.raises(MissingPath, match="no finished run of 04_train_loso"):
        overview_of_run(tmp_path)
    with pytest.raises(SystemExit, match="no finished run"):
        main([str(tmp_path), str(tmp_path / "x.png")])
    with pytest.raises(SystemExit, match="Usage"):
        main([])
