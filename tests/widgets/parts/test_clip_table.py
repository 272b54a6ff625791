import json

import numpy as np
import pandas as pd
import pytest

from mer.widgets.parts.clip_table import ClipTable, page_columns
from mer.widgets.selection import Selection
from tests.widgets.timing import best_of

TABLE = pd.DataFrame({"clip": ["a", "b", "c", "d"], "frames": [3, 5, 7, 9]})


@pytest.fixture
def selection():
    return Selection(4)


@pytest.fixture
def table(selection):
    return ClipTable(TABLE, {"frames": "Frames", "clip": "Clip"}, selection)


def many(rows):
    rng = np.random.default_rng(0)
    columns = {f"text{k}": rng.choice(["negative", "positive", "surprise"], rows) for k in range(3)}
    columns |= {f"number{k}": rng.random(rows) for k in range(3)}
    return pd.DataFrame(columns | {"frames": rng.integers(0, 99, rows), "right": rng.random(rows) < 0.5})


def test_titles_choose_and_order_the_columns(table):
    assert [(c["title"], c["values"]) for c in table._columns] == [
        ("Frames", [3, 5, 7, 9]),
        ("Clip", ["a", "b", "c", "d"]),
    ]
    assert [column["title"] for column in page_columns(TABLE)] == ["clip", "frames"]


def test_a_choice_elsewhere_shows_in_the_table(table, selection):
    selection.choose([3, 1])
    assert (table._rows, table._focus) == ([1, 3], 1)
    selection.look_at(3)
    assert (table._rows, table._focus) == ([1, 3], 3)
    selection.clear()
    assert table._rows == []


def test_a_choice_in_the_table_is_everybodys(table, selection):
    table.set_state({"_rows": [0, 2], "_focus": 2})
    assert (selection.rows, selection.focus) == ((0, 2), 2)


def test_looking_at_a_row_that_is_not_chosen_keeps_the_choice(table, selection):
    table.set_state({"_rows": [0, 2], "_focus": 3})
    assert (selection.rows, selection.focus) == ((0, 2), 3)
    assert (table._rows, table._focus) == ([0, 2], 3)


def test_others_hear_of_a_choice_in_the_table_once(table, selection):
    heard = []
    selection.observe(lambda change: heard.append((change["name"], selection.rows, selection.focus)))
    table.set_state({"_rows": [2], "_focus": 2})
    assert heard == [("rows", (2,), 2), ("focus", (2,), 2), ("choices", (2,), 2)]  # the plane, slow to draw, comes last


def test_two_tables_of_one_selection_agree(table, selection):
    other = ClipTable(TABLE, None, selection)
    table.set_state({"_rows": [1, 2], "_focus": 1})
    assert (other._rows, other._focus) == ([1, 2], 1)


def test_rows_beyond_the_table_are_passed_over(table, selection):
    table.set_state({"_rows": [1, 99], "_focus": 99})
    assert selection.rows == (1,)
    assert selection.focus == 1


def test_update_keeps_the_choice_where_the_rows_stay(table, selection):
    selection.choose([1])
    table.update(TABLE.assign(frames=0))
    assert selection.rows == (1,)
    assert table._columns[0]["values"] == [0, 0, 0, 0]


@pytest.mark.parametrize(("rows", "focus"), [(2, 0), (0, -1)])
def test_update_to_another_length_starts_anew(table, selection, rows, focus):
    selection.choose([1, 3])
    table.update(TABLE.head(rows))
    assert (table._count, table._rows, table._focus) == (rows, [], focus)
    assert (selection.count, selection.rows, selection.focus) == (rows, (), focus)
    selection.choose([3])
    assert selection.rows == ()


def test_an_empty_table_is_a_table():
    table = ClipTable(TABLE.head(0), None, Selection(0))
    assert (table._count, table._focus) == (0, -1)
    assert [column["values"] for column in table._columns] == [[], []]


@pytest.mark.parametrize(
    ("values", "kind", "digits", "shown"),
    [
        ([1, 2], "number", 0, [1, 2]),
        ([1.0, np.nan], "number", 0, [1, None]),
        (pd.array([1, None], dtype="Int64"), "number", 0, [1, None]),
        ([0.25, np.inf], "number", 3, [0.25, None]),
        ([120.5, 0.12345678], "number", 3, [120.5, 0.12346]),
        ([0.00012, 0.00003], "number", 6, [0.00012, 0.00003]),
        ([np.nan, np.nan], "number", 0, [None, None]),
        ([True, False], "flag", 0, ["yes", "no"]),
        (pd.array([True, None], dtype="boolean"), "flag", 0, ["yes", None]),
        (["right", "wrong"], "flag", 0, ["right", "wrong"]),
        (["right", "left"], "text", 0, ["right", "left"]),
        (["", None], "text", 0, ["", None]),
        (pd.Categorical(["b", None]), "text", 0, ["b", None]),
    ],
)
def test_kinds_of_columns(values, kind, digits, shown):
    (column,) = page_columns(pd.DataFrame({"x": values}))
    assert (column["kind"], column["digits"], column["values"]) == (kind, digits, shown)


def test_a_column_of_yes_and_no_called_right_says_right_and_wrong():
    table = pd.DataFrame({"hit": [True, False]})
    assert page_columns(table, {"hit": "Right"})[0]["values"] == ["right", "wrong"]


def test_ten_thousand_rows_in_time_and_small():
    table = many(10_000)

    def make():
        view = ClipTable(table, None, Selection(len(table)))
        return json.dumps(view.get_state(["_columns"]))

    assert best_of(make) < 0.5
    assert len(make()) < 1_000_000


def test_choosing_all_of_ten_thousand_rows_in_time():
    selection = Selection(10_000)
    table = ClipTable(many(10_000), None, selection)

    def choose():
        selection.clear()
        table.set_state({"_rows": list(range(10_000)), "_focus": 0})

    assert best_of(choose) < 0.2
    assert len(selection.rows) == 10_000
