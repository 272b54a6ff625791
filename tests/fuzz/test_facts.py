"""What a run's records say of it: read for captions, for own clips, below figures."""

import json
from pathlib import Path
from typing import Any

from mer.core.caveats import read_caveats
from mer.figures.provenance import provenance
from mer.training.run_models import run_facts
from tests.fuzz.fuzzing import Reader, kept_files, odd_files
from tests.fuzz.test_predictions import READER as PREDICTIONS

CONFIG = {"data.database": "synthetic", "data.detector": "mediapipe", "seed": 0, "train_run": "x", "variant": "M9"}
RECORD = {"started": "2026-01-01", "config": CONFIG | {"runs": ["a", "b"]}, "versions": {"numpy": "2.0"}}
SUMMARY = {"synthetic": True, "method": "FRL-DGT", "epoch_rule": "last", "uf1": 0.5}
CAVEATS = ["One clip was left out.", "Two."]


def read(path: Path) -> None:
    (path.parent / "predictions.csv").write_bytes(PREDICTIONS.valid)
    provenance(path.parent)
    run_facts(path.parent)
    " ".join(read_caveats(path.parent))


def reader(name: str, value: Any) -> Reader:
    return Reader(f"facts-{name}", f"{name}.json", json.dumps(value).encode(), read, value, examples=40)


RECORDED, SUMMED, SAID = reader("record", RECORD), reader("summary", SUMMARY), reader("caveats", CAVEATS)
test_odd_records, test_kept_records = odd_files(RECORDED), kept_files(RECORDED)
test_odd_summaries, test_kept_summaries = odd_files(SUMMED), kept_files(SUMMED)
test_odd_caveats, test_kept_caveats = odd_files(SAID), kept_files(SAID)
