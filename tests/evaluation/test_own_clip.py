"""What a prediction of a clip of one's own rests on, and what a reader must beware of."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.datasets.video_header import VideoHeader
from mer.evaluation import own_clip
from mer.evaluation.attributions import attribute_clips, occlusion_by_region
from mer.evaluation.own_clip import explain_prediction, motion_words, person_words, prediction_caveats
from mer.face.regions import REGION_NAMES
from mer.training.ask_models import pair_tensors
from mer.training.run_models import RunFacts, open_models
from tests.own_clip import prediction, write_run


@pytest.fixture
def found(tmp_path):
    return prediction(tmp_path)


def tensors(found):
    return pair_tensors(found.clip.frames[0], found.clip.frames[4], found.clip.boxes)


def test_losses_are_those_of_each_model_alone(found):
    explanation = explain_prediction(found, "positive", gradients=False)
    index = torch.tensor([found.models.classes.index("positive")])
    alone = np.concatenate([occlusion_by_region(model, *tensors(found), index).numpy() for model in found.models])
    np.testing.assert_allclose(explanation.losses, alone, atol=1e-5)
    assert np.abs(alone).max() > 1e-5
    assert list(explanation.regions.values()) == pytest.approx(sorted(alone.mean(0).tolist(), reverse=True), abs=1e-6)
    assert set(explanation.regions) == set(REGION_NAMES) and list(explanation.spread) == list(explanation.regions)
    for name, span in explanation.spread.items():
        losses = alone[:, REGION_NAMES.index(name)]
        assert span == pytest.approx((losses.min(), losses.max()), abs=1e-6)
    assert explanation.attribution is None and np.isnan(explanation.delta)


def test_attributions_are_the_mean_over_the_models_and_add_up(found):
    explanation = explain_prediction(found, steps=40)
    assert explanation.target == found.pair.predicted and explanation.models == 3
    mean = explanation.attribution
    index = torch.tensor([found.models.classes.index(explanation.target)])
    alone = [attribute_clips(model, *tensors(found), target=index, steps=40) for model in found.models]
    np.testing.assert_allclose(mean.displacement, np.mean([one.displacement for one in alone], axis=0), atol=1e-6)
    total = mean.onset.sum() + mean.apex.sum() + mean.displacement.sum()
    gain = float(mean.log_odds[0] - mean.baseline_log_odds[0])
    assert total == pytest.approx(gain + mean.delta[0], abs=1e-4)


def test_the_convergence_delta_is_the_largest_of_the_models(found):
    explanation = explain_prediction(found, steps=2)  # so few that each model's delta is far above rounding
    index = torch.tensor([found.models.classes.index(explanation.target)])
    deltas = [
        abs(float(attribute_clips(model, *tensors(found), target=index, steps=2).delta[0])) for model in found.models
    ]
    assert explanation.delta == pytest.approx(max(deltas), rel=1e-3)


def test_of_many_models_some_are_explained_spread_over_how_sure_they_are(found, monkeypatch):
    monkeypatch.setattr(own_clip, "MOST_MODELS", 2)
    explanation = explain_prediction(found, "negative", gradients=False)
    sure = found.pair.by_model[:, found.models.classes.index("negative")]
    index = torch.tensor([found.models.classes.index("negative")])
    ends = sorted([int(sure.argmin()), int(sure.argmax())])
    alone = np.concatenate([occlusion_by_region(model, *tensors(found), index).numpy() for model in found.models])
    np.testing.assert_allclose(explanation.losses, alone[ends], atol=1e-5)
    assert explanation.models == 2


def test_an_unknown_class_is_refused(found):
    with pytest.raises(InputError, match=r"'positiv' is not a class of .* Did you mean 'positive'"):
        explain_prediction(found, "positiv")


def test_caveats(found):
    held_out = "Each model has seen all people of its training data but one"
    (only,) = prediction_caveats(replace(found, clip=replace(found.clip, pose=np.zeros(3, np.float32))))
    assert only.startswith(held_out)

    def said(**changes):
        clip = {"pose": np.zeros(3, np.float32)} | changes.pop("clip", {})
        return " ".join(prediction_caveats(replace(found, clip=replace(found.clip, **clip), **changes), "facemesh"))

    synthetic = replace(found.models, facts=RunFacts("synthetic", True, "last", "facemesh"))
    assert "synthetic faces: the scores say nothing about a real person" in said(models=synthetic)
    other = replace(found.models, facts=RunFacts("casme2", False, "last", "dlib"))
    assert "found by dlib, this one by facemesh" in said(models=other)
    of_a_database = replace(found.models, persons=(("toy/a", "toy/b"), *found.models.persons[1:]))
    assert "training data but those of one database: of a face" in said(models=of_a_database)
    assert held_out not in said(models=found.models.that_held_out("toy/b"))
    assert "a.mp4 ends early" in said(clip={"doubts": ("a.mp4 ends early.",)})
    assert "Nothing moves" in said(apex_source="middle")
    field = np.zeros_like(found.pair.displacement)
    field[0] = 2 / 127 * 0.09  # px of a face of 128
    assert "Hardly anything moves from onset to apex (on average 0.09 px" in said(
        pair=replace(found.pair, displacement=field)
    )
    assert "Hardly" not in said(pair=replace(found.pair, displacement=field * 1.2))
    assert "yaw 30, roll -5" in said(clip={"pose": np.float32([30, 0, -5])})
    assert "turned" not in said(clip={"pose": np.float32([10, 40, 0])})  # pitch is too rough to judge by
    assert "enlarged 3.0 times" in said(clip={"matrix": np.array([[3.0, 0, 0], [0, 3, 0]])})
    assert "At 30 frames a second" in said(clip={"header": VideoHeader(6, 30.0)})
    slow = said(clip={"header": VideoHeader(6, 2.0)})
    assert "lasts 2.5 s" in slow and "lasts" not in said(clip={"header": VideoHeader(6, 200.0)})
    for codec, harmful in (("h264", True), ("mp4v", True), ("mjpg", False), ("ffv1", False), ("", False)):
        assert ("hide or feign motion" in said(clip={"header": VideoHeader(6, 200.0, codec)})) is harmful


def test_the_two_motions_are_named_with_their_unit_and_what_is_in_them(found):
    size = found.pair.displacement.shape[-1]
    shift = np.zeros((2, size, size), np.float32)
    shift[0] = -2 / 127 * 3  # three pixels to the right, everywhere
    curve = np.float32([0, 0.01, 0.05, 0.02, 0.01, np.nan])
    weighed = np.float32([0, 0.01, 0.02, 0.03, 0.01, np.nan])
    told = replace(found, curve=curve, weighed=weighed, spotted=4, pair=replace(found.pair, displacement=shift))
    first, second = motion_words(told)
    assert "head motion and drift removed" in first and "highest at frame 3, 0.05 px of a face of 128 x 128" in first
    assert "No value at the offset" in first and "spotted as apex, frame 4." in first
    assert "head included" in second and "3.00 px of a face of 128 x 128, 3.00 of it one common shift" in second
    assert "Dashed" not in motion_words(replace(told, weighed=None))[0]
    assert motion_words(replace(told, curve=None, weighed=None)) == [second]


def test_a_person_who_was_named_is_said_though_no_model_was_left_out(tmp_path):
    three, one = open_models(write_run(tmp_path / "three")), open_models(write_run(tmp_path / "one", people=("a",)))
    assert person_words(three).endswith("unknown to the run; all 3 models were asked.")
    assert person_words(three.that_held_out("toy/b")) == (
        "Person: toy/b; 2 other models were left out, trained on this person."
    )
    assert person_words(one) == "Person: none named, so taken as unknown to the run; its one model was asked."
    assert person_words(one.that_held_out("toy/a")) == (
        "Person: toy/a, whom the run's one model never saw; none was left out."
    )
