"""Study files: bytes, and values of the content."""

import yaml

from mer.core.paths import notebooks_dir
from mer.runs.study import load_study
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

DEMO = (notebooks_dir() / "studies" / "demo.yaml").read_bytes()


def read(path):
    return load_study(str(path))


def written(value):
    return yaml.safe_dump(value, allow_unicode=True).encode()


READER = Reader("studies", "study.yaml", DEMO, read, yaml.safe_load(DEMO), written, examples=40)
test_odd_files, test_kept_files = odd_files(READER), kept_files(READER)
