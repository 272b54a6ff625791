"""The benchmarks of one pair and of a stream, quick, with a detector that knows the answer."""

import numpy as np
import pytest

from mer.bench import pair, stream
from mer.bench.frame import Comparison, Measurement
from mer.bench.options import Options
from mer.bench.record import checks
from mer.evaluation.chain import STAGES
from mer.face.canonical import square_points
from tests.face.conftest import FixedDetector

QUICK = Options(quick=True, rounds=1)


@pytest.fixture(autouse=True)
def _known_face(monkeypatch):
    points = (square_points(300) + np.array([170, 90])).astype(np.float32)
    for module in (pair, stream):
        monkeypatch.setattr(module, "make_detector", lambda name: FixedDetector(points))


def test_every_stage_and_the_whole_are_the_same_both_ways():
    results = list(pair.run(QUICK))
    assert [check.what for _, check in checks(results) if not check.holds] == []
    compared = {one.name: one for one in results if isinstance(one, Comparison)}
    assert set(compared) >= {*STAGES, pair.WHOLE}
    for stage in (*STAGES, pair.WHOLE):
        assert [time.variant for time in compared[stage].times] == [pair.PLAIN, pair.SHORT]
    found = {one.name: one.value for one in results if isinstance(one, Measurement)}
    assert found["operations of the model, plain"] == pytest.approx(17.6, abs=1)
    assert [one.aim for one in results if isinstance(one, Measurement) and one.aim] == ["whole"]


def test_a_short_way_that_computes_something_else_is_noticed(monkeypatch):
    def wrong(model):
        made = pair_for_inference(model)
        made.fusion.local_fusion.feed_forward.outer.weight.mul_(1.05)
        return made

    pair_for_inference = pair.for_inference
    monkeypatch.setattr(pair, "for_inference", wrong)
    failed = [name for name, check in checks(list(pair.run(QUICK))) if not check.holds]
    assert "local fusions" in failed and "displacement" not in failed


def test_a_video_is_predicted_the_same_both_ways(tmp_path):
    results = list(stream.run(QUICK))
    assert all(check.holds for _, check in checks(results)) and len(list(checks(results))) == 2
    found = {one.aim: one.value for one in results if isinstance(one, Measurement) and one.aim}
    assert found["frames"] > 0 and 0 <= found["late"] <= 100
