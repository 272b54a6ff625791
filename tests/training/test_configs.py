import pytest

from mer.core.errors import InputError
from mer.models.configs import model_config
from mer.training.configs import fold_config, pretrain_config


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
