"""What is chosen in one view is chosen in all."""

from hypothesis import given
from hypothesis import strategies as st

from mer.widgets.selection import Selection


def test_nothing_chosen_shows_all():
    selection = Selection(3)
    assert selection.rows == () and selection.shown == (0, 1, 2) and selection.focus == 0


def test_no_rows_at_all():
    selection = Selection(0)
    selection.choose([0])
    selection.look_at(0)
    assert (selection.rows, selection.focus, selection.shown) == ((), -1, ())


def test_the_row_looked_at_stays_while_it_is_chosen():
    selection = Selection(9)
    selection.look_at(5)
    selection.choose([7, 5, 5, 2])
    assert selection.rows == (2, 5, 7) and selection.focus == 5
    selection.choose([8, 3])
    assert selection.focus == 3
    selection.clear()
    assert selection.rows == () and selection.focus == 3


def test_views_hear_of_one_change_once():
    selection, heard = Selection(5), []
    selection.observe(lambda change: heard.append((change.name, change.new)), ["rows", "focus"])
    selection.choose([4, 1])
    selection.choose([1, 4])  # the same again
    assert sorted(heard) == [("focus", 1), ("rows", (1, 4))]


@given(st.lists(st.integers(-5, 15)), st.integers(-5, 15))
def test_rows_outside_are_passed_over(rows, row):
    selection = Selection(10)
    selection.choose(rows)
    selection.look_at(row)
    assert list(selection.rows) == sorted({r for r in rows if 0 <= r < 10})
    assert 0 <= selection.focus < 10
