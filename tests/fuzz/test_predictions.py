"""Predictions tables."""

import numpy as np

from mer.core.csv_text import csv_text
from mer.evaluation.predictions import predictions_table, read_predictions
from tests.fuzz.fuzzing import Reader, kept_files, odd_files
from tests.fuzz.test_clips import CLIPS

CLASSES = ("negative", "positive", "surprise")
TABLE = predictions_table(CLIPS, CLASSES, np.full((3, 3), 1 / 3), ["d/006", "d/006", "d/7"], "last", "r", 0)
READER = Reader("predictions", "predictions.csv", csv_text(TABLE).encode(), read_predictions)
test_odd_files, test_kept_files = odd_files(READER), kept_files(READER)
