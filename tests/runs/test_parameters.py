import pytest

from mer.core.errors import InputError
from mer.runs.parameters import Parameter


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        ("int", 3, 3),
        ("float", 3, 3.0),
        ("float", "1e-3", 1e-3),
        ("str", "007", "007"),
        ("bool", False, False),
        ("Optional[str]", None, None),
        ("Optional[str]", "a", "a"),
        ("str | None", None, None),
        ("list[int]", [1, 2], [1, 2]),
        ("list[float]", [1, 2], [1.0, 2.0]),
        ("Optional[list[str]]", ["a"], ["a"]),
        ("dict[str, float]", {"a": 1}, {"a": 1.0}),
        ("Literal['last', 'nested']", "last", "last"),
        ("typing.Optional[int]", None, None),
        ("Union[int, str]", "x", "x"),
        ("Any", object, object),
    ],
)
def test_values_of_the_declared_type_are_taken(annotation, value, expected):
    converted = Parameter("p", annotation, None).convert(value)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", "abc"),
        ("int", True),
        ("int", 1.5),
        ("float", "abc"),
        ("float", False),
        ("str", 7),
        ("str", None),
        ("bool", 1),
        ("bool", "yes"),
        ("list[int]", [1, "a"]),
        ("list[str]", "a"),
        ("Optional[int]", "a"),
        ("int | None", "a"),
        ("Literal['last', 'nested']", "best"),
    ],
)
def test_values_of_another_type_are_refused_with_value_and_type(annotation, value):
    with pytest.raises(InputError) as error:
        Parameter("p", annotation, None).convert(value)
    assert repr(value) in str(error.value)
    assert annotation in str(error.value)


def test_without_annotation_the_default_gives_the_type():
    assert Parameter("p", None, 0.5).convert(1) == 1.0
    with pytest.raises(InputError, match="expected int"):
        Parameter("p", None, 3).convert("abc")
    assert Parameter("p", None, None).convert("anything") == "anything"


def test_number_for_text_says_to_quote_it():
    with pytest.raises(InputError, match="quotes: '7'"):
        Parameter("subject", "str", "").convert(7)


def test_command_line_text_stays_text_only_where_text_is_expected():
    assert Parameter("p", "str", "").convert_text("007") == "007"
    assert Parameter("p", "Optional[str]", None).convert_text("007") == "007"
    assert Parameter("p", "Optional[str]", None).convert_text("null") is None
    assert Parameter("p", "int", 0).convert_text("7") == 7
    assert Parameter("p", "list[int]", None).convert_text("[1, 2]") == [1, 2]
    assert Parameter("p", "float", 0.1).convert_text("1e-4") == 1e-4
    with pytest.raises(InputError):
        Parameter("p", "int", 0).convert_text("seven")
