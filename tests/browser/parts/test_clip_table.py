import numpy as np
import pytest
from playwright.sync_api import expect

from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.selection import Selection
from tests.browser.parts.made_up import clips


@pytest.fixture
def selection():
    return Selection(40)


@pytest.fixture
def view(parts, selection):
    return parts.show(ClipTable(clips(40), {name: name.title() for name in clips(40)}, selection))


def row(view, name):
    return view.get_by_role("row").filter(has=view.page.get_by_role("gridcell", name=name, exact=True))


def first_clips(view, count=3):
    cells = view.locator("[role=row][aria-rowindex]:not([aria-rowindex='1'])")
    texts = cells.evaluate_all(
        "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.children[1].textContent)"
    )
    return texts[:count]


def test_cells_show_numbers_signs_and_gaps(view):
    expect(row(view, "EP01").get_by_role("gridcell")).to_have_text(["", "EP01", "surprise", "✓right", "0.974"])
    expect(row(view, "EP00").get_by_role("gridcell")).to_have_text(["", "EP00", "negative", "✗wrong", ""])
    align = "cell => getComputedStyle(cell).textAlign"
    assert row(view, "EP01").get_by_role("gridcell").last.evaluate(align) == "right"
    expect(view.get_by_role("grid", name="Clips")).to_have_attribute("aria-rowcount", "41")


def test_headers_sort_up_down_and_back(view):
    header = view.get_by_role("columnheader", name="Probability")
    for sorted_as, firsts in (
        ("ascending", ["EP39", "EP38", "EP37"]),
        ("descending", ["EP01", "EP02", "EP03"]),
        ("none", ["EP00", "EP01", "EP02"]),
    ):
        header.get_by_role("button").press("Enter")
        expect(header).to_have_attribute("aria-sort", sorted_as)
        expect(header.get_by_role("button")).to_be_focused()
        assert first_clips(view) == firsts


def test_missing_numbers_come_last_both_ways(view):
    button = view.get_by_role("columnheader", name="Probability").get_by_role("button")
    for _ in range(2):
        button.click()
        view.get_by_role("grid").press("End")
        last = view.locator("[role=row][aria-rowindex='41'] [role=gridcell]")
        expect(last).to_have_text(["", "EP35", "surprise", "✓right", ""])


def test_the_filter_matches_any_column_and_all_words(view):
    field = view.get_by_role("searchbox", name="Filter this table")
    expect(view.get_by_role("status")).to_have_text("40 of 40 rows")
    field.fill("SURPRISE ep1")
    expect(view.get_by_role("status")).to_have_text("5 of 40 rows")
    assert first_clips(view) == ["EP11", "EP13", "EP15"]
    field.fill("no such clip")
    expect(view.get_by_role("gridcell", name="No row matches")).to_be_visible()
    expect(view.get_by_role("status")).to_have_text("0 of 40 rows")
    field.fill("")
    expect(row(view, "EP00")).to_be_visible()


def test_what_the_filter_shows_is_chosen_by_button_and_by_enter(view, selection, sent):
    field = view.get_by_role("searchbox", name="Filter this table")
    these = view.get_by_role("button", name="Choose these")
    expect(these).to_be_disabled()  # nothing is filtered: "these" would be all
    row(view, "EP00").click()
    field.fill("surprise ep1")
    sent.until(lambda: selection.rows == (0,))  # filtering alone chooses nothing
    these.click()
    sent.until(lambda: selection.rows == (11, 13, 15, 17, 19))  # in place of the row chosen before
    field.fill("surprise ep2")
    field.press("Enter")
    sent.until(lambda: selection.rows == (21, 23, 25, 27, 29))
    field.fill("no such clip")
    expect(these).to_be_disabled()
    field.press("Enter")
    expect(view.get_by_role("status")).to_have_text("0 of 40 rows, 5 chosen")
    assert selection.rows == (21, 23, 25, 27, 29)


def test_rows_are_chosen_by_mouse(view, selection, sent):
    row(view, "EP03").click()
    sent.until(lambda: (selection.rows, selection.focus) == ((3,), 3))
    row(view, "EP05").click(modifiers=["Control"])
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 5), 5))
    row(view, "EP03").click()  # one of those chosen: only looked at
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 5), 3))
    row(view, "EP06").click(modifiers=["Shift"])
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 4, 5, 6), 6))
    row(view, "EP01").get_by_role("gridcell").first.click()  # its tick box
    sent.until(lambda: (selection.rows, selection.focus) == ((1, 3, 4, 5, 6), 1))
    row(view, "EP08").click()
    sent.until(lambda: selection.rows == (8,))
    expect(row(view, "EP08")).to_have_attribute("aria-selected", "true")
    expect(row(view, "EP03")).to_have_attribute("aria-selected", "false")
    expect(view.get_by_role("status")).to_have_text("40 of 40 rows, 1 chosen")


def test_rows_are_chosen_by_keyboard(view, selection, sent):
    grid = view.get_by_role("grid")
    for keys, rows, focus in (
        ("ArrowDown ArrowDown Space", (2,), 2),
        ("Shift+ArrowDown Shift+ArrowDown", (2, 3, 4), 4),
        ("Shift+ArrowUp", (2, 3), 3),
        ("Space", (2,), 3),
        ("End", (2,), 39),
        ("Home Shift+End", tuple(range(40)), 39),
        ("Escape", (), 39),
        ("Control+a", tuple(range(40)), 39),
        ("Escape PageUp", (), 32),
    ):
        for key in keys.split():
            grid.press(key)
        sent.until(lambda rows=rows, focus=focus: (selection.rows, selection.focus) == (rows, focus))
    active = grid.get_attribute("aria-activedescendant")
    expect(view.locator(f"#{active}")).to_have_attribute("aria-rowindex", "34")
    expect(view.locator(f"#{active}")).to_be_in_viewport()


def test_all_that_the_filter_shows_are_chosen(view, selection, sent):
    view.get_by_role("searchbox").fill("EP1")
    view.get_by_role("grid").press("Control+a")
    sent.until(lambda: selection.rows == tuple(range(10, 20)))
    view.get_by_role("searchbox").fill("EP0")
    view.get_by_role("button", name="Choose all rows shown").click()
    sent.until(lambda: selection.rows == tuple(range(20)))
    view.get_by_role("button", name="Choose none").click()
    sent.until(lambda: selection.rows == ())


def test_a_choice_elsewhere_is_marked_and_brought_into_sight(parts, view, selection):
    selection.choose([30, 32])
    parts.push()
    expect(row(view, "EP30")).to_be_in_viewport()
    expect(row(view, "EP30")).to_have_attribute("aria-selected", "true")
    expect(row(view, "EP30").get_by_role("gridcell").first).to_have_text("✓")
    view.get_by_label("chosen only").check()
    assert first_clips(view, 9) == ["EP30", "EP32"]
    selection.clear()
    parts.push()
    expect(view.get_by_role("gridcell", name="No row is chosen")).to_be_visible()


def test_an_updated_table_keeps_filter_and_sort(parts, view, selection):
    view.get_by_role("searchbox").fill("surprise")
    view.get_by_role("columnheader", name="Clip").get_by_role("button").dblclick()
    parts.widgets["part0"].update(clips(20))
    parts.push()
    expect(view.get_by_role("status")).to_have_text("10 of 20 rows")
    assert first_clips(view) == ["EP19", "EP17", "EP15"]


def test_ten_thousand_rows_answer_at_once(parts, sent):
    rows = 10_000
    selection = Selection(rows)
    table = clips(rows).assign(**{f"more{k}": np.arange(rows) * k for k in range(4)})
    view = parts.show(ClipTable(table, None, selection))
    assert view.get_by_role("row").count() < 40  # those in sight
    view.get_by_role("grid").press("End")
    sent.until(lambda: selection.focus == rows - 1)
    expect(row(view, "EP9999")).to_be_in_viewport()
    timed = """async (act) => {
      const spent = [];
      for (let turn = 0; turn < 3; turn++) {
        const start = performance.now();
        act(turn);
        spent.push(performance.now() - start);
      }
      return Math.min(...spent);
    }"""
    for act in (
        "models.part0.model.receive({_columns: models.part0.model.state._columns.slice(0, 8 - turn)})",
        "document.querySelectorAll('.mer-table-sort')[0].click()",
        "{const field = document.querySelector('[type=search]'); field.value = `ep${turn}`;"
        " field.dispatchEvent(new Event('input'))}",
        "models.part0.model.receive({_rows: Array.from({length: 10000 - turn}, (_, k) => k)})",
    ):
        assert parts.page.evaluate(f"({timed})((turn) => {{ {act} }})") < 500


# Columns


@pytest.fixture
def wide():
    """Seven columns: three of long words, more than 500 px have room for."""
    table = clips(30).assign(units="1+2+4+5+L25", emotion="others, not annotated", database="synthetic, CASME II style")
    table.loc[3, "units"] = "R12A+L14+17+25+26 (both sides)"
    return table


def narrowed(parts, wide, width):
    view = parts.show(ClipTable(wide, None, Selection(30)))
    view.evaluate(f"element => element.style.width = '{width}px'")
    parts.page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    return view


def test_where_there_is_room_nothing_is_cut_and_no_line_tells_of_it(parts, wide):
    parts.page.set_viewport_size({"width": 1600, "height": 900})
    parts.page.add_style_tag(content="main > div {max-width: none !important}")
    view = narrowed(parts, wide, 1300)
    cut = "cells => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"
    assert view.locator(".mer-table-cell").evaluate_all(cut) == []
    expect(view.locator(".mer-table-whole")).to_be_hidden()


def test_short_columns_stay_whole_where_long_ones_give_way(parts, wide):
    view = narrowed(parts, wide.drop(columns="database"), 640)
    cut = "cells => cells.map((cell) => cell.scrollWidth > cell.clientWidth)"
    clip, label, right, probability, units, _emotion = row(view, "EP03").get_by_role("gridcell").evaluate_all(cut)[1:]
    assert (clip, label, right, probability, units) == (False, False, False, False, True)
    heads = view.locator(".mer-table-sort").evaluate_all(cut)
    assert not any(heads)


def test_cut_texts_stand_whole_below_for_the_row_of_the_keyboard_and_of_the_mouse(parts, wide):
    view = narrowed(parts, wide, 500)
    line = view.locator(".mer-table-whole")
    grid = view.get_by_role("grid")
    for _ in range(3):
        grid.press("ArrowDown")
    expect(line).to_contain_text("units R12A+L14+17+25+26 (both sides)")
    expect(line).to_contain_text("database synthetic, CASME II style")  # scrolled out of sight
    expect(line).not_to_contain_text("clip EP03")
    row(view, "EP01").hover()
    expect(line).not_to_contain_text("R12A")
    view.get_by_role("searchbox").hover()
    expect(line).to_contain_text("R12A")
    for _ in range(30):
        grid.press("ArrowRight")  # scrolls sideways
    expect(line).to_contain_text("emotion others, not annotated")
