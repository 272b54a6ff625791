"""Figures for a paper in the page: chosen, drawn and saved by keyboard; what is wrong is said in place."""

import pytest
from playwright.sync_api import expect

CELLS = (
    "from mer.runs.paper.view import choose_figures",
    'view = choose_figures("outputs/demo/train", out="outputs/paper-figures")\nview',
)


@pytest.mark.picture
def test_a_figure_is_drawn_in_every_choice_and_its_files_can_be_saved(open_notebook):
    notebook = open_notebook("paper_figures", cells=CELLS).run_all()
    view = notebook.output("view = choose")
    picture = view.get_by_role("img", name="Confusion matrices of all clips")
    expect(picture).to_be_visible()
    expect(view).to_contain_text("synthetic database")
    expect(view).to_contain_text("epoch rule last, seed 0.")
    notebook.check()
    notebook.page.set_viewport_size({"width": 1100, "height": 1100})
    notebook.picture(view, "paper-figures")

    narrow = picture.bounding_box()["width"]
    view.get_by_label("Width", exact=True).select_option("page (174.6 mm)")
    expect(view).to_contain_text("They lie in outputs/paper-figures")
    notebook.page.wait_for_function("([img, width]) => img.width > width", arg=[picture.element_handle(), narrow + 50])
    assert notebook.saved(view.get_by_role("link", name="confusion.pdf")).startswith(b"%PDF")
    view.get_by_label("Grey print").press("Space")
    view.get_by_label("Style", exact=True).select_option("elsevier")
    view.get_by_label("Figure", exact=True).select_option("Training curves (training)")
    expect(view.get_by_role("img", name="Curves against the step")).to_be_visible()
    expect(view.get_by_role("group", name="Lines of LaTeX")).to_contain_text("mm]{training.pdf}")
    notebook.check()


def test_caption_and_latex_are_copied_and_the_width_comes_back(open_notebook):
    notebook = open_notebook("paper_figures", cells=CELLS).run_all()
    view = notebook.output("view = choose")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.get_by_role("button", name="Copy Lines of LaTeX").press("Enter")
    expect(view.get_by_text("Copied.")).to_be_visible()
    copied = notebook.page.evaluate("() => navigator.clipboard.readText()")
    assert r"\includegraphics[width=3.25in]{confusion.pdf}" in copied and copied.endswith("\\end{figure}\n")
    view.get_by_role("button", name="Copy caption").press("Enter")
    notebook.page.wait_for_function("() => navigator.clipboard.readText().then((text) => text.startsWith('Confusion'))")
    style, width = view.get_by_label("Style", exact=True), view.get_by_label("Width", exact=True)
    style.select_option("springer")
    expect(width).to_have_text("page (122 mm)")
    style.select_option("ieee")
    expect(view.get_by_role("group", name="Lines of LaTeX")).to_contain_text("width=3.5in")
    chosen = width.evaluate("(one) => one.selectedOptions[0].text").replace("\xa0", " ")
    assert chosen == "column (88.9 mm)", "the width that was there before"
    assert width.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "nothing of it is cut"


def test_what_takes_long_is_done_when_wanted_and_a_run_that_is_none_is_said(open_notebook):
    lost = 'choose_figures("outputs/nothing")'
    notebook = open_notebook("paper_figures", cells=(*CELLS, lost)).run_all()
    view = notebook.output("view = choose")
    view.get_by_label("Figure", exact=True).select_option(
        "Contributions of the fusion modules to the log-odds (layer-attribution)"
    )
    expect(view).to_contain_text("This figure asks the models of the run")
    view.get_by_label("Figure", exact=True).select_option("UMAP of the learned features (features)")
    expect(view).to_contain_text("UMAP takes half a minute or more the first time. Press Draw.")
    view.get_by_label("Figure", exact=True).select_option(
        "Contributions of the fusion modules to the log-odds (layer-attribution)"
    )
    view.get_by_role("button", name="Draw").press("Enter")
    expect(view.get_by_role("img", name="For each clip bars of the global")).to_be_visible()
    expect(notebook.output("outputs/nothing").get_by_role("alert")).to_contain_text("is no folder of a run")
    notebook.check()
