from dataclasses import dataclass

import pytest

from mer.core.errors import InputError
from mer.core.limits import check_limits


@dataclass(frozen=True)
class Toy:
    share: float = 0.5
    steps: int = 3

    def __post_init__(self):
        check_limits(self, {"share": (0, 1), "steps": (1, None)})


@pytest.mark.parametrize("values", [{}, {"share": 0}, {"share": 1}, {"steps": 1}, {"steps": 10**9}])
def test_limits_belong_to_what_is_allowed(values):
    Toy(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share": 1.01}, r"share of Toy is 1\.01; expected 0 to 1\. Lower it, for instance in `overrides`\."),
        ({"share": -0.1}, r"share of Toy is -0\.1; expected 0 to 1\. Raise it"),
        ({"share": float("nan")}, r"share of Toy is nan; expected 0 to 1\. Give a number"),
        ({"steps": 0}, r"steps of Toy is 0; expected 1 or more\. Raise it"),
    ],
)
def test_a_value_outside_is_named_with_what_is_right(values, message):
    with pytest.raises(InputError, match=message):
        Toy(**values)


def test_a_highest_value_alone():
    with pytest.raises(InputError, match=r"steps of Toy is 3; expected 2 or less\. Lower it"):
        check_limits(Toy(), {"steps": (None, 2)})
