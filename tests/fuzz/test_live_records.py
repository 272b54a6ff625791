"""What a training says while it runs, and what jobs of a cluster left: read by others while they are written."""

import json
import pickle

from mer.core.live import live_counts, live_parts, live_plan, live_source
from mer.core.slurm.outcome import outcome_text, read_outcome
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

ROWS = [{"step": 1, "phase": "warm-up", "loss": 0.5, "of": 4, "seconds": 0.1}, {"step": 2, "loss": 0.4, "of": 4}]
COUNTS = {"classes": ["a", "b"], "counts": [[1, 2], [0, 3]]}


def lines(value):
    return b"\n".join(json.dumps(row).encode() for row in (value if isinstance(value, list) else [value]))


def read(path):
    folder = path.parents[1]
    return live_parts(folder), live_counts(folder), live_plan(folder), live_source(folder)


PART = Reader("live-rows", "live/a.jsonl", lines(ROWS), read, ROWS, lines)
TOLD = Reader("live-counts", "live/a.counts.json", json.dumps(COUNTS).encode(), read, COUNTS)
PLAN = Reader("live-plan", "live/plan.json", b'{"unit": "fold", "total": 24}', read, {"unit": "fold", "total": 24})
LEFT = Reader("job-results", "1_0_result.pkl", pickle.dumps(("success", outcome_text({"a": ["d/1"]}))), read_outcome)
test_odd_rows, test_kept_rows = odd_files(PART), kept_files(PART)
test_odd_counts, test_kept_counts = odd_files(TOLD), kept_files(TOLD)
test_odd_plans, test_kept_plans = odd_files(PLAN), kept_files(PLAN)
test_odd_results, test_kept_results = odd_files(LEFT), kept_files(LEFT)
