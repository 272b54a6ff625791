"""Pretraining shared among folds: the names, and what each of them leaves out."""

import pytest

from mer.core.errors import InputError
from mer.training.held_out import held_out_groups
from mer.training.pretrain import PretrainConfig
from mer.training.sharing import SHARINGS, with_sharing


@pytest.mark.parametrize("sharing", SHARINGS)
def test_in_every_sharing_each_persons_dgm_held_that_person_out(sharing):
    people = [f"db/{k}" for k in range(24)]
    config = with_sharing(PretrainConfig(), sharing)
    groups = held_out_groups(people, config.groups, 0)
    assert len(groups) == {"strict": 24, "eighths": 8, "quarters": 4, "halves": 2}[sharing]
    assert sorted(name for group in groups for name in group) == sorted(people)


def test_without_a_name_the_configuration_stands():
    config = PretrainConfig(groups=5)
    assert with_sharing(config, "") is config


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="quarters"):
        with_sharing(PretrainConfig(), "quaters")
