"""Nested configurations: changed by dotted names, read back from JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Literal

import pytest

from mer.core.configs import from_dict, with_changes
from mer.core.errors import InputError


@dataclass(frozen=True)
class Fit:
    steps: int = 100
    rate: float = 0.1
    mixed: bool = False


@dataclass(frozen=True)
class Study:
    fit: Fit = field(default_factory=Fit)
    rule: Literal["last", "nested"] = "last"
    sizes: tuple[int, ...] = (1, 2)
    seed: int | None = None


def test_changes_reach_in_and_leave_the_rest():
    changed = with_changes(Study(), {"fit.steps": 20, "rule": "nested", "seed": 3, "sizes": [4]})
    assert changed == Study(fit=Fit(steps=20), rule="nested", seed=3, sizes=(4,))
    assert with_changes(changed, {}) == changed


@dataclass(frozen=True)
class Tiles:
    image: int = 12
    patch: int = 4

    def __post_init__(self):
        if self.image % self.patch:
            raise InputError(f"{self.patch} does not divide {self.image}")


@dataclass(frozen=True)
class Nested:
    tiles: Tiles = field(default_factory=Tiles)


def test_values_that_fit_only_together_are_changed_together():
    changed = with_changes(Nested(), {"tiles.image": 25, "tiles.patch": 5})
    assert changed == Nested(Tiles(25, 5))
    assert with_changes(Nested(), {"tiles.patch": 3, "tiles": {"image": 9, "patch": 9}}) == Nested(Tiles(9, 3))
    with pytest.raises(InputError, match="5 does not divide 12"):
        with_changes(Nested(), {"tiles.patch": 5})


def test_a_whole_number_may_stand_for_a_float():
    assert isinstance(with_changes(Study(), {"fit.rate": 1}).fit.rate, float)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fit.step", 20, r"Fit has no 'fit\.step'\. Did you mean 'steps'\?"),
        ("fits.steps", 20, r"Study has no 'fits\.steps'\. Did you mean 'fit'\?"),
        ("rule.x", 1, "is the value 'last', not a group"),
        ("fit.steps", "20", r"'fit\.steps' is '20' \(str\)"),
        ("fit.steps", 2.5, r"'fit\.steps' is 2\.5 \(float\)"),
        ("fit.steps", True, r"'fit\.steps' is True \(bool\)"),
        ("fit.mixed", 1, r"'fit\.mixed' is 1 \(int\)"),
        ("rule", "best", r"'rule' is 'best' \(str\), expected last or nested; it was 'last'"),
        ("seed", "x", r"'seed' is 'x' \(str\), expected int or None"),
        ("sizes", 3, r"'sizes' is 3 \(int\), expected tuple\[int, \.\.\.\]"),
        ("seed.x", 3, r"which is the value None, not a group of values\.$"),
        ("fit", 3, r"'fit' is 3 \(int\), expected Fit"),
    ],
)
def test_what_does_not_fit_is_named(name, value, message):
    with pytest.raises(InputError, match=message):
        with_changes(Study(), {name: value})


@dataclass(frozen=True)
class Optional:
    fit: Fit | None = None


@dataclass(frozen=True)
class Outer:
    inner: Optional = field(default_factory=Optional)


def test_a_group_that_is_not_there_is_given_at_once():
    with pytest.raises(InputError) as error:
        with_changes(Outer(), {"inner.fit.steps": 3})
    assert str(error.value).endswith("Give the group at once: {'inner.fit': {'steps': 3}}.")
    assert with_changes(Outer(), {"inner.fit": {"steps": 3}}).inner.fit == Fit(3)


def test_json_and_back():
    study = with_changes(Study(), {"fit.rate": 0.5, "sizes": (7, 8, 9), "seed": 1})
    assert from_dict(Study, json.loads(json.dumps(asdict(study)))) == study


def test_a_field_that_is_gone_is_named():
    with pytest.raises(InputError, match=r"Study has no field \['epochs'\]\. Valid: fit, rule, seed, sizes"):
        from_dict(Study, {"epochs": 3})
