"""The harness itself: what it must find, it finds."""

from playwright.sync_api import expect


def test_the_first_notebook_shows_its_clips(open_notebook, world):
    notebook = open_notebook("01_explore", **world.data).run_all()
    expect(notebook.output("prepared_store(data)")).to_contain_text("aligned clips")
    expect(notebook.output(-1)).to_contain_text("Recorded in")
    notebook.check_cells()
    notebook.check_widgets()
