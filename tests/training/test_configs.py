import json

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.core.paths import notebooks_dir
from mer.models.configs import model_config
from mer.models.fusion import FusionConfig
from mer.training.configs import fold_config, pretrain_config
from mer.training.fit_fusion import FusionFitConfig
from mer.training.fit_joint import JointFitConfig
from mer.training.fold_config import FoldConfig
from mer.training.pretrain import PretrainConfig, pretrain
from tests.training.conftest import model_config as toy_model


def test_paper_configuration_has_the_papers_numbers():
    """Batch 32, Adam at 0.002 for the DGM, lambdas 10, 1 and 0.2, end to end, apex just before or after."""
    pretrain, fold = pretrain_config("paper"), fold_config("paper")
    for config in (pretrain.loss, fold.joint.loss):
        assert (config.reconstruction, config.no_motion, config.smooth) == (10, 1, 0.2)
        assert (config.blur, config.contrast) == (0, 0)
    assert pretrain.batch == fold.joint.batch == 32
    assert pretrain.learning_rate == fold.joint.learning_rate_dgm == 0.002
    assert pretrain.groups == 0  # one pretraining a held-out person
    assert fold.warm_up.steps == 0 and fold.joint.steps > 0
    assert fold.apex_offsets == (-1, 0, 1)


@pytest.mark.parametrize("name", ["paper", "small"])
def test_a_fold_has_the_model_of_its_name_and_true_labels(name):
    assert fold_config(name).model == model_config(name)
    assert not fold_config(name).shuffle_labels


@pytest.mark.parametrize("config", [fold_config, pretrain_config])
def test_an_unknown_configuration_names_the_nearest(config):
    with pytest.raises(InputError, match="Did you mean 'small'"):
        config("smal")


@pytest.mark.parametrize(
    ("notebook", "training"),
    [("03_pretrain", "pretrain_groups("), ("04_train_loso", "run_loso("), ("09_displacement", "pretrain_readings(")],
)
def test_notebooks_say_before_training_that_the_faces_have_another_size(notebook, training):
    cells = json.loads((notebooks_dir() / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert 0 < code.index("size_note(configuration, store.config.size)") < code.index(training)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (PretrainConfig, {"steps": 0, "rise": 1.0}, r"steps of PretrainConfig is 0; expected 1 or more\. Raise it"),
        (PretrainConfig, {"rise": 1.0}, r"rise of PretrainConfig is 1\.0; expected 0 to 0\.99\. Lower it"),
        (PretrainConfig, {"apex_share": 1.5}, "apex_share of PretrainConfig is 1.5; expected 0 to 1"),
        (PretrainConfig, {"minimum_gap": 0}, "minimum_gap of PretrainConfig is 0"),
        (FoldConfig, {"pairs_first": -5}, "pairs_first of FoldConfig is -5; expected 0 or more"),
        (FoldConfig, {"minimum_gap": 0}, "minimum_gap of FoldConfig is 0; expected 1 or more"),
        (FusionConfig, {"image": -1}, "image of FusionConfig is -1; expected 0 or more"),
        (FusionFitConfig, {"steps": -1}, "steps of FusionFitConfig is -1; expected 0 or more"),
        (FusionFitConfig, {"batch": 0}, "batch of FusionFitConfig is 0; expected 1 or more"),
        (JointFitConfig, {"batch": 0}, "batch of JointFitConfig is 0; expected 1 or more"),
        (JointFitConfig, {"random_pairs": -1}, "random_pairs of JointFitConfig is -1"),
        (JointFitConfig, {"learning_rate_dgm": -0.1}, "learning_rate_dgm of JointFitConfig is -0.1"),
    ],
)
def test_values_that_training_would_stumble_over_are_refused_when_given(kind, values, message):
    with pytest.raises(InputError, match=message):
        kind(**values)


def test_the_limits_can_be_trained_with(toy_store):
    config = PretrainConfig(steps=1, batch=1, rise=0.99, minimum_gap=1, precision="float32")
    assert len(pretrain(toy_store, np.arange(12), toy_model().dgm, config, 0, torch.device("cpu"))[1]) == 1
    assert FusionFitConfig(steps=0).steps == JointFitConfig(steps=0, random_pairs=0).steps == 0
