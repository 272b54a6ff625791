"""Landmarks from files: a table, an array, a folder of arrays."""

import io

import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text
from mer.face.points_file import PointsFile
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

NUMBERS = [f"{axis}{point}" for point in range(68) for axis in "xy"]
TABLE = pd.DataFrame([["d", "006", "c", *[1.5] * 136]], columns=["database", "subject", "clip", *NUMBERS])


def array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones((68, 2), np.float32))
    return stream.getvalue()


def read_folder(path):
    from mer.core.array_file import read_array

    return read_array(path)


CSV = Reader("landmarks-table", "points.csv", csv_text(TABLE).encode(), PointsFile)
ARRAY = Reader("landmarks-array", "points.npy", array(), read_folder)
test_odd_tables, test_kept_tables = odd_files(CSV), kept_files(CSV)
test_odd_arrays, test_kept_arrays = odd_files(ARRAY), kept_files(ARRAY)
