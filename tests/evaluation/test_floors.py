import cv2
import numpy as np
import pandas as pd
import pytest

from mer.evaluation.floors import flow_features, majority_floor, ridge_floor
from mer.manifest.labels import COMPOSITE
from mer.models.ridge import Ridge

CLASSES = COMPOSITE.classes


def test_majority_by_hand(clips):
    """Labels: samm/006 n n, samm/007 p s, casme2/006 n p, casme2/sub02 s: each fold counts the other persons' clips.

    Without samm/006: n 1, p 2, s 2, a tie that goes to the first class of the two. Everyone else leaves negative ahead.
    """
    table = majority_floor(clips, CLASSES)
    assert table["predicted"].tolist() == ["positive", "positive", *["negative"] * 5]
    assert table["fold"].tolist() == (clips["database"] + "/" + clips["subject"]).tolist()
    assert table["score_positive"].tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert table["label"].tolist() == clips["label"].tolist()
    assert set(table["run"]) == {"majority"}


def test_majority_does_not_count_the_persons_own_clips(clips):
    """Person samm/006 alone is negative seven times; the others never are."""
    own = clips.iloc[[0] * 7].assign(clip=[f"c{k}" for k in range(7)])
    table = majority_floor(pd.concat([own, clips.iloc[[2, 3, 5]]], ignore_index=True), CLASSES)
    assert "negative" not in set(table["predicted"][:7])
    assert set(table["predicted"][7:]) == {"negative"}


@pytest.fixture
def features(clips):
    return np.random.default_rng(0).normal(size=(len(clips), 5))


def test_ridge_is_fitted_without_the_person(clips, features):
    table = ridge_floor(clips, features, CLASSES)
    scores = table[[f"score_{name}" for name in CLASSES]].to_numpy()
    labels = clips["label"].map(CLASSES.index).to_numpy()
    who = table["fold"].to_numpy()
    for one in set(who):
        alone = Ridge().fit(features[who != one], labels[who != one], 3).probabilities(features[who == one])
        np.testing.assert_allclose(scores[who == one], alone, atol=1e-9)


def test_a_persons_own_labels_and_clips_do_not_reach_its_ridge_scores(clips, features):
    """Other labels for samm/006 change the scores of everyone but samm/006; other features of one clip its own only."""
    columns = [f"score_{name}" for name in CLASSES]
    plain = ridge_floor(clips, features, CLASSES)[columns].to_numpy()
    clips = clips.copy()
    clips.loc[:1, "label"] = "surprise"
    other = ridge_floor(clips, features, CLASSES)[columns].to_numpy()
    assert np.array_equal(plain[:2], other[:2])
    assert (np.abs(plain[2:] - other[2:]).max(1) > 1e-6).all()


def test_a_class_that_stands_in_no_other_person_is_never_predicted(clips, features):
    clips = clips.assign(label=["surprise", "surprise", *["negative", "positive"] * 2, "negative"])
    for table in (ridge_floor(clips, features, CLASSES), majority_floor(clips, CLASSES)):
        assert "surprise" not in set(table["predicted"][:2])


def test_flow_features_are_the_motion_without_that_of_the_head():
    """A face that shifts as a whole has none; one whose upper half alone moves has some there."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.random((64, 72), np.float32), (0, 0), 2)
    texture = (texture - texture.min()) / np.ptp(texture)
    onset, shifted = texture[:, 4:68], texture[:, 3:67]
    half = onset.copy()
    half[:32] = shifted[:32]
    features = flow_features(np.stack([onset, onset])[:, None], np.stack([shifted, half])[:, None])
    assert features.shape == (2, 2 * 32 * 32)
    length = np.hypot(*features.reshape(2, 2, 32, 32).transpose(1, 0, 2, 3))
    assert np.median(length[0]) < 0.1 < 0.3 < np.median(length[1])
