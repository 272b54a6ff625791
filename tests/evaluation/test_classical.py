from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps, read_maps
from mer.evaluation import classical
from mer.evaluation.classical import (
    BiWOOFFloorConfig,
    LBPTOPFloorConfig,
    biwoof_floor,
    biwoof_maps_floor,
    lbp_top_features,
    lbp_top_floor,
    svm_floor,
)
from mer.evaluation.floors import majority_floor
from mer.evaluation.report import evaluate
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from mer.models.linear_svm import LinearSVM, LinearSVMConfig
from mer.motion.biwoof import biwoof
from mer.motion.lbp_top import LBPTOPConfig, lbp_top
from mer.motion.sequence import clip_sequence
from mer.training.network_inputs import onset_apex_flow
from tests.real_data import FLOW_MAPS, needs
from tests.training.conftest import align, write_database

CLASSES = COMPOSITE.classes
SCORES = [f"score_{name}" for name in CLASSES]
SCALINGS = [LinearSVMConfig(scaling=scaling) for scaling in ("none", "standard")]  # type: ignore[arg-type]


def made_up_clips(persons: int = 12, each: int = 5) -> pd.DataFrame:
    who = np.repeat(np.arange(persons), each)
    labels = [CLASSES[k] for k in np.random.default_rng(1).permutation(np.arange(persons * each) % 3)]
    names = [f"c{k}" for k in range(len(who))]
    return pd.DataFrame({"database": "toy", "subject": who.astype(str), "clip": names, "label": labels})


def score(table: pd.DataFrame, name: str = "uf1") -> float:
    return evaluate(table).iloc[0][name]


@pytest.fixture
def learnable():
    """Clips, and features that say their class with some noise."""
    clips = made_up_clips()
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 8))
    return clips, centres[clips["label"].map(CLASSES.index)] + 0.3 * rng.normal(size=(len(clips), 8))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Six persons with three clips each of 6 frames and 32 pixels, in which a part moves as the class says."""
    folder = tmp_path_factory.mktemp("classical")
    return align(write_database(folder / "plain", 6, 3), folder / "cache")


@pytest.mark.parametrize("config", SCALINGS)
def test_a_fold_is_fitted_without_its_person(learnable, config):
    clips, features = learnable
    table = svm_floor(clips, features, CLASSES, "x", config)
    labels, who = clips["label"].map(CLASSES.index).to_numpy(), table["fold"].to_numpy()
    for one in set(who):
        alone = LinearSVM(config).fit(features[who != one], labels[who != one], 3).probabilities(features[who == one])
        np.testing.assert_array_equal(table.loc[who == one, SCORES], alone)


@pytest.mark.parametrize("config", SCALINGS)
def test_a_persons_own_clips_and_labels_do_not_reach_the_machine_that_judges_them(learnable, config, monkeypatch):
    """What is fitted in the fold of toy/3 is byte for byte the same, whatever toy/3's features and labels are."""
    clips, features = learnable
    fitted = {}

    class Noted(LinearSVM):
        def probabilities(self, test):
            fitted[run].append((self.mean, self.spread, self.machine.dual_coef_, self.machine.intercept_))
            return super().probabilities(test)

    monkeypatch.setattr(classical, "LinearSVM", Noted)
    theirs = (clips["subject"] == "3").to_numpy()
    changed = np.where(theirs[:, None], 1e3 * np.random.default_rng(5).normal(size=features.shape), features)
    relabelled = clips.assign(label=clips["label"].where(~theirs, "surprise"))
    for run, (table, given) in {"plain": (clips, features), "changed": (relabelled, changed)}.items():
        fitted[run] = []
        svm_floor(table, given, CLASSES, "x", config)
    fold = sorted(set("toy/" + clips["subject"])).index("toy/3")
    for number, (before, after) in enumerate(zip(fitted["plain"], fitted["changed"], strict=True)):
        same = all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
        assert same == (number == fold)


def test_labels_that_say_nothing_give_chance(learnable):
    clips, features = learnable
    assert score(svm_floor(clips, features, CLASSES, "x")) > 0.9
    rng = np.random.default_rng(2)
    shuffled = [clips.assign(label=rng.permutation(clips["label"])) for _ in range(8)]
    assert np.mean([score(svm_floor(table, features, CLASSES, "x"), "uar") for table in shuffled]) == pytest.approx(
        1 / 3, abs=0.1
    )


def test_the_tables_say_what_they_are(store):
    rows = np.arange(len(store))[::-1]
    for name, table in (
        ("LBP-TOP", lbp_top_floor(store, rows, CLASSES)),
        ("Bi-WOOF", biwoof_floor(store, rows, CLASSES)),
    ):
        assert table["clip"].tolist() == store.clips["clip"].tolist()[::-1]
        assert table["fold"].tolist() == ("toy/" + table["subject"]).tolist()
        assert set(table["run"]) == {name}
        assert set(table["epoch_rule"]) == {"last"}
        assert set(table["seed"]) == {0}


def test_both_learn_what_moves(store):
    rows = np.arange(len(store))
    floor = score(majority_floor(store.clips, CLASSES))
    assert score(lbp_top_floor(store, rows, CLASSES)) > floor + 0.2
    assert score(biwoof_floor(store, rows, CLASSES, BiWOOFFloorConfig(flow="dis"))) > floor + 0.4


def test_lbp_top_sees_clips_of_ten_frames(store):
    features = lbp_top_features(store, np.array([4, 1]))
    for clip, made in zip((4, 1), features, strict=True):
        first = store.start[clip]
        frames = clip_sequence(np.array(store.frames[first : first + store.count[clip]]), 10)
        np.testing.assert_array_equal(made, lbp_top(frames[None, ..., 0])[0])


def test_colour_is_seen_as_grey(store):
    colour = replace(store, frames=np.repeat(store.frames, 3, axis=3))
    for rows in (np.array([0]), np.array([5, 7])):
        np.testing.assert_array_equal(lbp_top_features(store, rows), lbp_top_features(colour, rows))


def test_flow_runs_from_onset_to_apex(store):
    """In the clips of class negative the skin around (9, 9) goes down by 3 pixels: v is positive there, u is not."""
    rows = np.flatnonzero((store.clips["label"] == "negative").to_numpy())
    flow = onset_apex_flow(store, rows, "tvl1")
    assert flow.shape == (len(rows), 2, 32, 32)
    u, v = np.median(flow[:, :, 8:15, 7:12], axis=(0, 2, 3))
    assert v > 1.5
    assert abs(u) < 0.5
    bins = biwoof(flow)[:, :].reshape(len(rows), 5, 5, 8)[:, 1, 1].mean(axis=0)
    assert bins[5] + bins[6] > 0.8 * bins.sum()  # 45 to 135 degrees, y down


def test_head_motion_is_taken_out_unless_it_is_to_stay(store, monkeypatch):
    """A shift of the whole head over the flow changes nothing; kept, it does."""
    rows = np.arange(len(store))
    flow = onset_apex_flow(store, rows, "dis")
    shift = np.random.default_rng(0).normal(0, 3, (len(rows), 2, 1, 1)).astype(np.float32)
    tables = {}
    for moved in (False, True):
        monkeypatch.setattr(classical, "onset_apex_flow", lambda *_, moved=moved: flow + moved * shift)
        for keep in (False, True):
            table = biwoof_floor(store, rows, CLASSES, BiWOOFFloorConfig(keep_head_motion=keep))
            tables[moved, keep] = table[SCORES].to_numpy()
    np.testing.assert_allclose(tables[False, False], tables[True, False], atol=1e-2)
    assert np.abs(tables[False, True] - tables[True, True]).max() > 0.1


def made_up_maps(kinds: tuple[str, ...]) -> MotionMaps:
    clips = made_up_clips(4, 3)
    maps = np.random.default_rng(0).normal(size=(len(clips), 3 * len(kinds), 28, 28)).astype(np.float32)
    maps[:, 2::3] = np.abs(maps[:, 2::3])
    return MotionMaps(maps, clips, kinds, "made-up")


def test_of_maps_those_from_onset_to_apex_count():
    both = made_up_maps(("apex-offset", "onset-apex"))
    alone = MotionMaps(both.maps[:, 3:], both.clips, ("onset-apex",), "made-up")
    pd.testing.assert_frame_equal(biwoof_maps_floor(both, CLASSES), biwoof_maps_floor(alone, CLASSES))
    with pytest.raises(InputError, match="these are apex-offset"):
        biwoof_maps_floor(made_up_maps(("apex-offset",)), CLASSES)


def test_lbp_top_refuses_maps():
    with pytest.raises(InputError, match="take biwoof_maps_floor"):
        lbp_top_floor(made_up_maps(("onset-apex",)), np.arange(3), CLASSES)  # type: ignore[arg-type]


def test_what_cannot_be_judged_is_refused(store, learnable):
    clips, features = learnable
    with pytest.raises(InputError, match=r"labelled \['none'\]"):
        svm_floor(clips.assign(label="none"), features, CLASSES, "x")
    with pytest.raises(InputError, match="two persons or more; found toy/0"):
        svm_floor(clips[:5], features[:5], CLASSES, "x")
    with pytest.raises(InputError, match="4 rows of features for 60 clips"):
        svm_floor(clips, features[:4], CLASSES, "x")
    for floor in (lbp_top_floor, biwoof_floor):
        with pytest.raises(InputError, match="found bool"):
            floor(store, np.ones(len(store), bool), CLASSES)
        with pytest.raises(InputError, match="clips 0 to 17; asked for 3 to 18"):
            floor(store, np.array([3, 18]), CLASSES)
        with pytest.raises(InputError, match="two persons"):
            floor(store, np.array([0, 1]), CLASSES)
    apexless = replace(store, clips=store.clips.assign(apex=store.clips["apex"].where(store.clips["clip"] != "s0_0")))
    with pytest.raises(InputError, match="1 clips have no apex"):
        biwoof_floor(apexless, np.arange(len(store)), CLASSES)
    with pytest.raises(InputError, match="too small for 17 x 17 blocks"):
        config = LBPTOPFloorConfig(LBPTOPConfig(radii=(2, 2, 4), blocks=17))
        lbp_top_floor(store, np.arange(len(store)), CLASSES, config)


@needs(FLOW_MAPS)
def test_real_maps():
    """Measured: UF1 0.738, UAR 0.758. All 442 clips, in 68 folds, far above the majority class."""
    clips = read_composite()
    table = biwoof_maps_floor(read_maps(FLOW_MAPS, clips), CLASSES)
    assert (len(table), table["fold"].nunique()) == (442, 68)
    assert table["clip"].tolist() == clips["clip"].tolist()
    assert score(majority_floor(clips, CLASSES)) == pytest.approx(0.241, abs=1e-3)
    assert score(table) == pytest.approx(0.738, abs=0.01)
    assert score(table, "uar") == pytest.approx(0.758, abs=0.01)
