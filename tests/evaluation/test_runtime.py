"""The chain of a recognition and its times, with a detector that knows the answer."""

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation.chain import STAGES, Chain, Machine
from mer.evaluation.runtime import (
    AFTER,
    ALL_FUSIONS,
    BEFORE,
    RATIO,
    WHOLE,
    both_models,
    both_orders,
    costs,
    database_pairs,
    measure,
    other_methods,
    runtime_table,
    use_threads,
    write_pairs,
)
from mer.face.canonical import square_points
from mer.models.configs import model_config

SIZE = 64


class Still:
    """A face that fills the image; finding it takes a while, on a clock that nothing else moves but being read."""

    name = "still"

    def __init__(self, seconds=0.0):
        self.seconds, self.now = seconds, 0.0

    def clock(self):
        self.now += 0.001
        return self.now

    def detect(self, image):
        self.now += self.seconds
        return [square_points(image.shape[0]).astype(np.float32)]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    draw = np.random.default_rng(0)
    images = [
        tuple(cv2.GaussianBlur(draw.integers(0, 255, (96, 96, 3), np.uint8), (0, 0), 2) for _ in "oa") for _ in "12"
    ]
    return write_pairs(images, tmp_path_factory.mktemp("pairs"), ".png")


@pytest.fixture(scope="module")
def models():
    torch.manual_seed(0)
    return both_models(model_config("small"))


@pytest.mark.parametrize("order", [BEFORE, AFTER])
def test_the_stages_make_what_the_model_makes_at_once(models, pairs, order):
    chain = Chain(models[order].eval(), Still(), Machine(torch.device("cpu"), SIZE))
    chosen = chain.recognise(pairs[0])
    onset, apex = chain.kept["frames"]
    assert onset.shape == (1, 1, SIZE, SIZE)
    with torch.no_grad():
        out = models[order](onset, apex, chain.kept["boxes"])
    torch.testing.assert_close(chain.kept["probabilities"], out.logits.softmax(1))
    assert chosen == int(out.logits.argmax())
    assert not torch.equal(onset, apex)


def test_the_stages_add_up_to_the_whole(models, pairs):
    """The detector's time outweighs all else: it must be found in its own stage, and once in the whole."""
    still = Still(0.05)
    times = measure(models, pairs, still, Machine(torch.device("cpu"), SIZE), 3, warm_up=1, clock=still.clock)
    table = runtime_table(times.assign(configuration="small"))
    ours = table[table["configuration"] == "small"].set_index("stage")
    assert list(ours.index) == [*STAGES, ALL_FUSIONS, WHOLE]
    expected = {stage: 51 if stage in ("landmarks", WHOLE) else 1 for stage in ours.index}
    assert ours["before_ms"].round(6).to_dict() == expected
    assert (ours["before_ms_low"] <= ours["before_ms"]).all() and (ours[f"{RATIO}_low"] <= ours[RATIO]).all()


def test_every_stage_is_part_of_the_whole(models, pairs, monkeypatch):
    chain = Chain(models[BEFORE].eval(), Still(), Machine(torch.device("cpu"), SIZE))
    called = []
    stages = {name: (lambda n=name, f=step: (called.append(n), f())) for name, step in chain.stages.items()}
    monkeypatch.setattr(chain, "stages", stages)
    monkeypatch.setattr(chain, "read", lambda pair, f=chain.read: (called.append(STAGES[0]), f(pair)))
    chain.recognise(pairs[1])
    assert called == list(STAGES)


def test_the_papers_numbers_stand_below():
    rows = [("small", stage, order, 0, 1.0) for stage in (ALL_FUSIONS, WHOLE) for order in (BEFORE, AFTER)]
    table = runtime_table(pd.DataFrame(rows, columns=["configuration", "stage", "variant", "round", "seconds"]))
    published = table[table["configuration"].str.startswith("published")].set_index("stage")
    assert published.loc[ALL_FUSIONS, ["before_ms", "after_ms"]].tolist() == [47.6, 50.8]
    assert published.loc[ALL_FUSIONS, "before / after"] == pytest.approx(0.9370, abs=1e-4)
    assert published.loc[WHOLE, "before_ms"] == 384
    assert published[["before_ms_low", f"{RATIO}_low"]].isna().all(axis=None)


def test_a_trained_model_takes_its_orders_place(models):
    found = both_models(model_config("small"), trained=models[AFTER])
    assert found[AFTER] is models[AFTER] and found[BEFORE] is not models[BEFORE]


def test_costs_of_both_orders():
    table = costs(both_orders(model_config("small")), SIZE).set_index(["part", "variant"])["multiply_adds"]
    assert table[ALL_FUSIONS, BEFORE] < table[ALL_FUSIONS, AFTER]
    assert table["displacement", BEFORE] == table["displacement", AFTER]


def test_other_methods_are_timed(pairs):
    frames = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)[:SIZE, :SIZE] for path in pairs[0]]
    times = other_methods((frames[0], frames[1]), 1, warm_up=0)
    assert (times["seconds"] > 0).all()
    assert {"tvl1 flow", "TIM to 10 frames", "magnification by MagNet"} <= set(times["stage"])


def test_raw_frames_of_a_database_are_spread_over_it(tiny_database):
    found = database_pairs(tiny_database, 2)
    first, last = tiny_database.clips.iloc[0], tiny_database.clips.iloc[-1]
    np.testing.assert_array_equal(found[0][0], tiny_database.frame(first, int(first["onset"])))
    np.testing.assert_array_equal(found[1][1], tiny_database.frame(last, int(last["apex"])))
    assert len(database_pairs(tiny_database, 10**6)) == len(tiny_database.clips)


def test_faults(models):
    with pytest.raises(InputError, match="No pair"):
        measure(models, [], Still(), Machine(torch.device("cpu"), SIZE), 1)
    with pytest.raises(InputError, match="full-face"):
        both_orders(with_changes(model_config("small"), {"fusion.full_face": False}))


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "two"])
def test_what_is_no_number_of_threads_is_refused(count):
    before = torch.get_num_threads(), cv2.getNumThreads()
    with pytest.raises(InputError, match="expected a whole number from 1"):
        use_threads(count)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == before


def test_threads_are_those_of_torch_and_opencv():
    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        use_threads(1)
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
