"""Groups of folds that share a choice: nobody who is tested in a group has a part in its choice."""

import numpy as np
import pandas as pd
import pytest

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.manifest.clips import person
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from mer.training.maps_choice import fold_groups
from mer.training.maps_config import ChoiceConfig
from mer.training.maps_loso import run_maps_loso
from mer.training.protocols import PROTOCOLS, protocol_folds
from tests.training.test_maps_loso import CONFIG, made_up_maps

CANDIDATES = ("plain", "stem")


def table(people, seed, surprised=None):
    """Each person of each database with 2 to 6 clips of random classes; ``surprised``: who alone has the last class."""
    rng, rows = np.random.default_rng(seed), []
    for database, count in people.items():
        for who in range(count):
            most = 3 if surprised is None or f"{database}/{who}" in surprised else 2
            rows += [
                (database, str(who), k % most if k < most else rng.integers(most)) for k in range(rng.integers(3, 7))
            ]
    clips = pd.DataFrame(rows, columns=["database", "subject", "class"]).sample(frac=1, random_state=seed)
    return clips.assign(label=clips["class"].map(dict(enumerate(COMPOSITE.classes)))).reset_index(drop=True)


def divided(clips, protocol, config, seed):
    """Folds by name, groups, person and class of each clip."""
    persons, class_of = person(clips).to_numpy(), clips["label"].map(COMPOSITE.index).to_numpy()
    folds = protocol_folds(clips, protocol, COMPOSITE.classes)
    return folds, fold_groups(folds, persons, class_of, config, seed), persons, class_of


def check(folds, groups, persons, class_of):
    assert sorted(name for group in groups for name in group.folds) == sorted(folds.names), "each in exactly one group"
    for group in groups:
        own = [folds[name] for name in group.folds]
        tested = {who for fold in own for who in fold.persons}
        trains_all = set.intersection(*(set(fold.train.tolist()) for fold in own))
        assert sorted(np.concatenate([fold.test for fold in group.inner])) == sorted(trains_all), "each told once"
        for fold in group.inner:
            rows = np.concatenate([fold.train, fold.test])
            assert tested.isdisjoint(persons[rows]) and tested.isdisjoint(fold.persons)
            assert sorted(rows) == sorted(trains_all)
            assert set(persons[fold.test]) == set(fold.persons)
            assert set(fold.persons).isdisjoint(persons[fold.train])
            assert set(class_of[fold.train]) == {0, 1, 2}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nobody_who_is_tested_has_a_part_in_the_choice(protocol, seed):
    clips, config = table({"x": 7, "y": 5, "z": 3}, seed), ChoiceConfig(CANDIDATES, groups=3, inner=2)
    folds, groups, persons, class_of = divided(clips, protocol, config, seed)
    check(folds, groups, persons, class_of)
    assert len(groups) == {"loso": 3, "database": 3, "loso-per-database": 9}[protocol]
    assert all(len(group.inner) == 2 for group in groups)
    names = [fold.name for group in groups for fold in group.inner]
    assert len(set(names)) == len(names), "a fit's start is drawn from its name"
    for group in groups:
        databases = {clips["database"][row] for fold in group.inner for row in fold.train}
        home = {name.partition("/")[0] for name in group.folds}
        if protocol == "loso-per-database":
            assert databases == home and len(home) == 1, "a database is trained by itself"
        if protocol == "database":
            assert databases.isdisjoint(home)


def test_other_seeds_divide_otherwise():
    clips, config = table({"x": 8}, 0), ChoiceConfig(CANDIDATES, groups=3, inner=2)
    found = [[group.folds for group in divided(clips, "loso", config, seed)[1]] for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert sorted(map(len, found[0])) == [2, 3, 3]


@pytest.mark.parametrize(("protocol", "count"), [("loso", 4), ("database", 3), ("loso-per-database", 12)])
def test_the_composite_database_is_divided_as_it_is_set(protocol, count):
    clips = read_composite()
    folds, groups, persons, class_of = divided(clips, protocol, ChoiceConfig(CANDIDATES), 0)
    check(folds, groups, persons, class_of)
    assert len(groups) == count


def test_a_class_that_a_group_has_alone_is_no_choice_without_that_class():
    """Two people alone have a class: where both are tested in one group, nobody is left to learn it from; where they
    are not, the one who is left cannot both be told and be learned from."""
    clips = table({"x": 8}, 0, surprised={"x/1", "x/6"})
    for seed in range(12):
        with pytest.raises(InputError, match=r"with each class on all sides\. Set choice\.inner lower"):
            divided(clips, "loso", ChoiceConfig(CANDIDATES, groups=2, inner=2), seed)


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        (["own-patchs", "plain"], "Unknown candidate 'own-patchs'. Did you mean 'own-patches'?"),
        (["stem"], "There is one candidate, 'stem': expected two or more, or none"),
        (["stem", "stem"], "There is one candidate, 'stem': expected two or more, or none"),
    ],
)
def test_candidates_that_cannot_be_are_refused(candidates, words):
    with pytest.raises(InputError, match=words):
        with_changes(CONFIG, {"choice.candidates": candidates})


@pytest.mark.parametrize("number", ["choice.groups", "choice.inner"])
def test_one_part_is_none(number):
    with pytest.raises(InputError, match=f"{number.split('.')[1]} of ChoiceConfig is 1; expected 2 or more"):
        with_changes(CONFIG, {number: 1})


def test_more_parts_than_people_are_refused_before_anything_is_trained(tmp_path):
    config = with_changes(CONFIG, {"choice": ChoiceConfig(CANDIDATES, groups=2, inner=4)})
    words = (
        r"Nothing can be chosen for the fold 'made-up/\d' and 2 more: 3 persons train all of them, who make no 4 parts "
        r".*Set choice\.inner lower, or choice\.groups higher, or choice\.candidates to \[\]"
    )
    with pytest.raises(InputError, match=words):
        run_maps_loso(made_up_maps((3,) * 6), tmp_path, config, 0, "cpu", 1)
    assert not list(tmp_path.iterdir())
