import csv

from playwright.sync_api import expect

from tests.browser.explorer.places import caption, readout


def go_to(page, control, key="Tab", most=80):
    """Press Tab until a control has the focus, as somebody without a mouse does."""
    for _ in range(most):
        if control.evaluate("control => control === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{control} is not reached with {most} times {key}")


def test_the_keyboard_alone_does_everything(notebook, view, lab):
    page = notebook.page
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    title = view.get_by_role("heading", level=3)
    database = view.get_by_label("Database")
    database.focus()  # where a reader is who has come down the page; from here on no mouse, no script

    count = view.locator(".widget-html-content b").first
    everything = count.inner_text()
    page.keyboard.press("ArrowDown")
    expect(count).not_to_have_text(everything)
    go_to(page, view.get_by_label("Class", exact=True).first)
    page.keyboard.press("ArrowDown")
    notebook.settle()
    go_to(page, view.get_by_role("grid"))
    before = title.inner_text()
    page.keyboard.press("ArrowDown")
    expect(title).not_to_have_text(before)
    notebook.settle()

    go_to(page, view.get_by_role("button", name="Play"))
    frame = readout(view).inner_text()
    page.keyboard.press("Space")
    expect(readout(view)).not_to_have_text(frame)
    page.keyboard.press("Space")
    expect(view.get_by_role("button", name="Play")).to_be_visible()
    notebook.settle()

    apex = view.get_by_role("slider", name="apex")
    go_to(page, apex)
    was = int(apex.get_attribute("aria-valuenow"))
    page.keyboard.press("ArrowRight")
    expect(apex).to_have_attribute("aria-valuenow", str(was + 1))
    expect(view.get_by_text("Not saved yet: apex.")).to_be_visible()
    expect(caption(view)).to_contain_text(f"Frame {was + 1} (apex)")

    slider = view.get_by_role("slider", name="Frame of the clip")
    go_to(page, slider)
    page.keyboard.press("Home")
    start = int(slider.get_attribute("min"))
    expect(caption(view)).to_contain_text(f"Frame {start}")
    page.keyboard.press("ArrowRight")
    expect(caption(view)).to_contain_text(f"Frame {start + 1}")

    go_to(page, view.get_by_label("Curve", exact=True))
    page.keyboard.press("ArrowDown")
    expect(view.get_by_text("a head that drifts lifts it to the end")).to_be_visible()
    go_to(page, view.get_by_label("Layout"))
    page.keyboard.press("ArrowDown")
    expect(caption(view)).to_contain_text("Left: frame")
    go_to(page, view.get_by_label("68 landmarks"))
    page.keyboard.press("Space")
    expect(caption(view)).to_contain_text("68 landmarks")
    go_to(page, view.get_by_label("Magnified"))
    page.keyboard.press("ArrowRight")
    expect(caption(view)).to_contain_text("motion × 1.5")

    go_to(page, view.get_by_label("Why", exact=True))
    page.keyboard.type("clearer later")
    go_to(page, view.get_by_role("button", name="Save"))
    notebook.settle()
    page.keyboard.press("Enter")
    expect(view.get_by_role("status").filter(has_text="Runs that used this clip are now out of date")).to_be_visible()
    with lab.corrections.open(encoding="utf-8") as stream:
        (saved,) = csv.DictReader(stream)
    assert (saved["column"], saved["value"], saved["was"]) == ("apex", str(was + 1), str(was))
    assert saved["reason"] == "clearer later"
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells  # no key was a command of the notebook
    notebook.check()
