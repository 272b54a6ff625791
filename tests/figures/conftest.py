import numpy as np
import pandas as pd
import pytest

from mer.evaluation.predictions import predictions_table

CLASSES = ("negative", "positive", "surprise")


def texts(figure):
    """All words of a figure."""
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.fixture
def predictions():
    """Two databases; counts by hand: negative 3/1/0, positive 1/1/0, surprise 0/0/2."""
    rows = [
        ("casme2", "01", "negative", "negative"),
        ("casme2", "01", "negative", "negative"),
        ("casme2", "02", "negative", "positive"),
        ("casme2", "02", "positive", "positive"),
        ("casme2", "02", "surprise", "surprise"),
        ("smic", "s1", "negative", "negative"),
        ("smic", "s1", "positive", "negative"),
        ("smic", "s2", "surprise", "surprise"),
    ]
    clips = pd.DataFrame(
        [{"database": d, "subject": s, "clip": str(k), "label": label} for k, (d, s, label, _) in enumerate(rows)]
    )
    scores = np.full((len(rows), 3), 0.1)
    for k, row in enumerate(rows):
        scores[k, CLASSES.index(row[3])] = 0.8
    return predictions_table(clips, CLASSES, scores, clips["subject"], "last", "small", 0)


@pytest.fixture
def face():
    return np.random.default_rng(0).integers(0, 255, (24, 24), dtype=np.uint8)


@pytest.fixture
def boxes():
    return np.array([[0.1 * k / 2, 0.1, 0.5 + 0.05 * k, 0.4 + 0.05 * k] for k in range(9)], np.float32)
