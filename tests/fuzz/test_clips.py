"""Clip tables."""

import pandas as pd

from mer.core.csv_text import csv_text
from mer.manifest.clips import COLUMNS, read_clips, validate_clips
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

ROW = dict.fromkeys(COLUMNS, "") | {"database": "d", "subject": "006", "clip": "c", "frames": "f/x", "onset": 1}
ROW |= {"apex": 2, "offset": 3, "fps": 25, "action_units": "1+2+L4", "apex_source": "annotated", "label": "negative"}
CLIPS = validate_clips(pd.DataFrame([ROW, ROW | {"clip": "e", "note": "n"}, ROW | {"subject": "7", "frames": "a|b"}]))
READER = Reader("clips", "clips.csv", csv_text(CLIPS).encode(), read_clips)
test_odd_files, test_kept_files = odd_files(READER), kept_files(READER)
