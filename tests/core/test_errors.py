"""Errors a user can act on."""

import pytest

from mer.core.errors import InputError, MissingPath, nearest


def test_kinds_of_error():
    assert issubclass(InputError, ValueError)
    assert issubclass(MissingPath, InputError) and issubclass(MissingPath, FileNotFoundError)
    assert str(MissingPath("data is absent")) == "data is absent"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("positve", "Did you mean 'positive'?"),
        ("xyz", "Valid: negative, positive, surprise."),
        ("", "Valid: negative, positive, surprise."),
        (7, "Valid: negative, positive, surprise."),
    ],
)
def test_nearest(name, sentence):
    assert nearest(name, ["surprise", "negative", "positive"]) == sentence


def test_nearest_of_nothing():
    assert nearest("a", []) == "Valid: none."
