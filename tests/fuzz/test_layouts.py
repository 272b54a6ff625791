"""Layouts of releases, and the file that says where databases lie."""

import yaml

from mer.datasets.layout import load_layout
from mer.manifest.place import manifests_dir
from tests.fuzz.fuzzing import Reader, kept_files, odd_files
from tests.fuzz.test_studies import written

LAYOUT = (manifests_dir() / "layouts" / "casme2.yaml").read_bytes()
READER = Reader("layouts", "mine.yaml", LAYOUT, load_layout, yaml.safe_load(LAYOUT), written, examples=40)
test_odd_files, test_kept_files = odd_files(READER), kept_files(READER)
