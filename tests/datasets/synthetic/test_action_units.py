import numpy as np
import pytest

from mer.datasets.synthetic.action_units import COMBINATIONS, FACE_UNITS, draw_expression
from mer.datasets.synthetic.head import geometry
from mer.manifest.labels import COMPOSITE


def draws(label: str, count: int = 200):
    shared = geometry()
    for seed in range(count):
        draw = np.random.default_rng(seed)
        yield draw_expression(label, shared.pack.unit_names, shared.reach, draw)


def test_every_class_has_combinations_of_known_units():
    assert set(COMBINATIONS) == set(COMPOSITE.classes)
    for combinations in COMBINATIONS.values():
        assert all(unit in FACE_UNITS for combination in combinations for unit in combination.units)


def test_no_combination_belongs_to_two_classes():
    sets = {label: {frozenset(c.units) for c in combinations} for label, combinations in COMBINATIONS.items()}
    assert sum(map(len, sets.values())) == len(set.union(*sets.values()))


@pytest.mark.parametrize("label", COMPOSITE.classes)
def test_units_vary_within_a_class(label):
    assert len({expression.action_units for expression in draws(label)}) >= 4


def test_one_sided_units_move_one_side():
    names = geometry().pack.unit_names
    left = next(e for e in draws("negative") if e.action_units == "L14")
    moved = {names[k] for k in np.flatnonzero(left.weights)}
    assert moved == {"mouthDimpleLeft"}


def test_a_face_is_never_quite_symmetric():
    names = geometry().pack.unit_names
    both = [e for e in draws("positive") if e.action_units == "12"]
    ratio = [e.weights[names.index("mouthSmileLeft")] / e.weights[names.index("mouthSmileRight")] for e in both]
    assert np.std(ratio) > 0.1 and min(ratio) < 1 < max(ratio)
