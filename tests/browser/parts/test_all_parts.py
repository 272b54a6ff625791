import pytest

from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture
from mer.widgets.parts.timeline import Timeline
from mer.widgets.selection import Selection
from tests.browser.axe import serious_faults
from tests.browser.parts.made_up import MARKS, clips, image_file
from tests.browser.parts_page import PartsPage


def test_a_part_taken_from_the_page_leaves_nothing_behind(parts):
    for part in (Notice("x"), Picture(), Timeline(0, 3), ClipTable(clips(3), None, Selection(3))):
        parts.show(part)
    for name in list(parts.widgets):
        parts.page.evaluate("name => { models[name].close(); models[name].el.remove(); }", name)
        assert parts.page.evaluate("name => models[name].model.listeners.length", name) == 0


def test_keys_pressed_in_a_part_are_no_commands_of_the_notebook(parts):
    parts.show(Timeline(0, 9, marks={"apex": 3}, editable=True))
    parts.show(ClipTable(clips(3), None, Selection(3)))
    parts.page.evaluate(
        "() => { window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key)); }"
    )
    for place in (".mer-flag", "[type=range]", ".mer-timeline button", "[role=grid]", "[type=search]"):
        for key in ("d", "ArrowDown", "Enter"):
            parts.page.locator(place).first.press(key)
    assert parts.page.evaluate("heard") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_parts_are_accessible_in_both_themes(browser, theme):
    page = browser.new_page(viewport={"width": 900, "height": 1400})
    parts = PartsPage(page, theme)
    selection = Selection(40)
    selection.choose([0, 2, 3])
    for kind in ("info", "warning", "error"):
        parts.show(Notice("No clip fits these filters.", kind))
    parts.show(Picture(image=image_file(90), alt="face", clickable=True, caption="Onset"))
    parts.show(Picture(message="The apex of this clip is not known."))
    parts.show(Timeline(11, 31, 20, marks=MARKS))
    parts.show(Timeline(11, 31, 20, marks={**MARKS, "apex": None}, editable=True))
    parts.show(ClipTable(clips(40), None, selection))
    parts.show(ClipTable(clips(0), None, Selection(0), label="Nothing"))
    page.locator("[role=grid]").first.focus()
    page.wait_for_timeout(200)
    faults = serious_faults(page, "main")
    page.close()
    assert faults == []
    assert parts.faults == []
