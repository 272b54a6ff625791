"""A finished run on another store: who must be known, which classes, which faces, and what is done to test clips."""

from dataclasses import replace

import numpy as np
import pytest

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath
from mer.core.files import write_json
from mer.motion.magnify import MagnifyConfig
from mer.training.apply_run import apply_run
from mer.training.checkpoints import load_weights, save_weights
from mer.training.fold_model import trained_size
from mer.training.loso import run_loso
from mer.training.run_folder import fold_weights
from tests.training.conftest import SIZE, fold_config

MAGNIFY = MagnifyConfig(method="linear", low=2.0, high=2.0, test=2.0)


@pytest.fixture(scope="module")
def run(toy_store, tmp_path_factory):
    """A run of a few steps: folder and result."""
    folder = tmp_path_factory.mktemp("run")
    return folder, run_loso(toy_store, folder, fold_config(), None, 0, "cpu", 1)


def relabelled(store, change):
    return replace(store, clips=store.clips.assign(label=[change(row) for row in store.clips.to_dict("records")]))


def test_a_person_without_a_labelled_clip_needs_no_fold(toy_store, run):
    """Person 0 gets a name that no fold held out, and no labels."""
    clips = toy_store.clips.assign(subject=toy_store.clips["subject"].replace("0", "9"))
    store = relabelled(replace(toy_store, clips=clips), lambda row: "" if row["subject"] == "9" else row["label"])
    found = apply_run(run[0], store, "cpu")
    assert found.fold == run[1].fold[3:] and found.rows.tolist() == list(range(3, 12))
    assert np.allclose(found.arrays["probabilities"], run[1].arrays["probabilities"][3:], atol=1e-6)


def test_a_person_of_no_fold_is_named(toy_store, run):
    clips = toy_store.clips.assign(subject=toy_store.clips["subject"].replace("2", "9"))
    with pytest.raises(
        MissingPath, match=r"no fold that held 'toy/9' out; its 4 folds held toy/0, toy/1, toy/2 and oth"
    ):
        apply_run(run[0], replace(toy_store, clips=clips), "cpu")


def test_people_of_a_database_are_predicted_by_the_fold_that_left_it_out(toy_store, run, tmp_path):
    """The models of persons 0 and 3 stand for those of folds that left a database out, of two people each."""
    subjects = toy_store.clips["subject"]
    databases = np.where(subjects.isin(["0", "1"]), "x", "y")
    for database, source, people in (("x", "0", "01"), ("y", "3", "23")):
        state, about = load_weights(run[0] / "folds" / f"toy__{source}" / "weights.safetensors")
        about["held_out"] = [f"{database}/{one}" for one in people]
        save_weights(tmp_path / "folds" / database / "weights.safetensors", state, about)
    found = apply_run(tmp_path, replace(toy_store, clips=toy_store.clips.assign(database=databases)), "cpu")
    assert found.fold == databases.tolist()
    expected = run[1].arrays["probabilities"]
    own, others = subjects.isin(["0", "3"]).to_numpy(), subjects.isin(["1", "2"]).to_numpy()
    assert np.allclose(found.arrays["probabilities"][own], expected[own], atol=1e-6)
    assert (abs(found.arrays["probabilities"][others] - expected[others]).max(axis=1) > 1e-6).all()


def test_other_labels_than_those_of_the_run_are_refused_and_both_are_named(toy_store, run):
    emotions = {"negative": "disgust", "positive": "happiness", "surprise": "surprise"}
    with pytest.raises(
        InputError, match=r"negative, positive, surprise.*'toy' have 1 \(surprise\): no clip is negative or positive"
    ):
        apply_run(run[0], relabelled(toy_store, lambda row: emotions[row["label"]]), "cpu")


def test_faces_of_another_size_are_refused_and_both_are_named(toy_store, run):
    larger = replace(toy_store, config=replace(toy_store.config, size=48))
    with pytest.raises(InputError, match=rf"faces of {SIZE} pixels; those of 'toy' are aligned to 48"):
        apply_run(run[0], larger, "cpu")


def test_the_size_of_older_runs_is_that_of_their_record(run, tmp_path):
    state, about = load_weights(fold_weights(run[0])[0])
    save_weights(tmp_path / "folds" / "toy__0" / "weights.safetensors", state, {**about, "size": None})
    assert trained_size(tmp_path) is None
    write_json(tmp_path / "record.json", {"config": {"data.size": 180}})
    assert trained_size(tmp_path) == 180
    assert trained_size(run[0]) == SIZE


def test_a_folder_without_folds_is_refused(toy_store, tmp_path):
    with pytest.raises(MissingPath, match="folder of a finished LOSO run"):
        apply_run(tmp_path, toy_store, "cpu")


def test_test_clips_are_magnified_as_the_run_did(toy_store, tmp_path):
    config = with_changes(fold_config(), {"magnify": MAGNIFY})
    result = run_loso(toy_store, tmp_path / "run", config, None, 0, "cpu", 1)
    again = apply_run(tmp_path / "run", toy_store, "cpu")
    assert abs(again.arrays["probabilities"] - result.arrays["probabilities"]).max() < 1e-6
    assert load_weights(fold_weights(tmp_path / "run")[0])[1]["magnify"]["test"] == 2.0
