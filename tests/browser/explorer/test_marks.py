import csv
import re

from playwright.sync_api import expect

from tests.browser.explorer.places import caption


def test_a_mark_is_dragged_saved_and_found_after_a_reload(notebook, lab):
    view = notebook.output("explore_samples(")
    page = notebook.page
    title = view.get_by_role("heading", level=3).inner_text()
    apex = view.get_by_role("slider", name="apex")
    was = int(apex.get_attribute("aria-valuenow"))
    offset = int(view.get_by_role("slider", name="offset").get_attribute("aria-valuenow"))
    assert offset > was + 1

    # by mouse some frames on
    apex.hover()
    place = apex.bounding_box()
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2 + 60, place["y"] + 8, steps=8)
    page.mouse.up()
    expect(apex).not_to_have_attribute("aria-valuenow", str(was))
    dragged = int(apex.get_attribute("aria-valuenow"))
    assert was < dragged <= offset
    expect(view.get_by_role("textbox", name="Apex")).to_have_value(str(dragged))
    expect(view.get_by_text("Not saved yet: apex.")).to_be_visible()

    # an onset before the stored frames, read from the raw files
    onset = view.get_by_role("slider", name="onset")
    onset.focus()
    page.keyboard.press("ArrowLeft")
    expect(view.get_by_text("Not saved yet: onset, apex.")).to_be_visible()
    began = int(onset.get_attribute("aria-valuenow"))
    expect(caption(view)).to_contain_text(f"Frame {began} (onset)")

    # another clip and back by its draft
    view.get_by_role("grid").focus()
    page.keyboard.press("ArrowDown")
    expect(view.get_by_text("Unsaved changes, kept as a draft, in 1 other clip")).to_be_visible()
    view.get_by_role("button", name=re.compile(r", synthetic")).click()
    expect(view.get_by_role("heading", level=3)).to_have_text(title)
    expect(apex).to_have_attribute("aria-valuenow", str(dragged))

    view.get_by_label("Note", exact=True).fill("seen twice")
    view.get_by_label("Why", exact=True).fill("clearer later")
    page.keyboard.press("Tab")
    notebook.settle()  # a person takes longer to reach the button than the kernel to hear of the words
    view.get_by_role("button", name="Save").click()
    expect(view.get_by_role("status").filter(has_text="Runs that used this clip are now out of date")).to_be_visible()
    expect(view.get_by_role("status").filter(has_text=str(lab.corrections))).to_be_visible()
    with lab.corrections.open(encoding="utf-8") as stream:
        saved = {row["column"]: (row["value"], row["reason"]) for row in csv.DictReader(stream)}
    assert saved == {
        "onset": (str(began), "clearer later"),
        "apex": (str(dragged), "clearer later"),
        "note": ("seen twice", "clearer later"),
    }
    notebook.check()

    # the page is reloaded: the kernel has the view; then all is run again in a new one
    notebook.save()
    notebook.reload()
    view = notebook.output("explore_samples(")
    expect(view.get_by_role("slider", name="apex")).to_have_attribute("aria-valuenow", str(dragged))
    expect(view.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(1)
    notebook.run_all()
    view = notebook.output("explore_samples(")
    expect(view.get_by_role("slider", name="apex")).to_have_attribute("aria-valuenow", str(dragged))
    expect(view.get_by_text("Corrected by you: onset, apex, note.")).to_be_visible()
    view.get_by_label("State").select_option("corrected")
    expect(view.get_by_text("1 of", exact=False).first).to_be_visible()
    view.get_by_role("button", name="Remove").click()
    expect(view.get_by_role("status").filter(has_text="database's own values")).to_be_visible()
    expect(view.get_by_role("slider", name="apex")).to_have_attribute("aria-valuenow", str(was))
    notebook.check()
