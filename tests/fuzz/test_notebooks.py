"""Notebooks, as they are read before they are run."""

import json

from mer.core.paths import notebooks_dir
from mer.runs.notebook import read_notebook
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

BOOK = (notebooks_dir() / "03_pretrain.ipynb").read_bytes()
READER = Reader("notebooks", "mine.ipynb", BOOK, read_notebook, json.loads(BOOK))
test_odd_files, test_kept_files = odd_files(READER), kept_files(READER)
