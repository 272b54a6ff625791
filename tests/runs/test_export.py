"""An executed notebook as a page: figures link to their data, and nothing of the widgets but their picture is left."""

import base64
import re

import ipywidgets
import nbformat
import pandas as pd
from matplotlib.figure import Figure

from mer.runs.export import export_notebook
from mer.widgets.beside import show_widget


def executed(folder, monkeypatch):
    """A notebook with one widget shown beside its figure, as a run leaves it."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2])
    table = {"y": pd.DataFrame({"y": [1]}), "z": pd.DataFrame({"z": [2]})}
    words = {"title": "A line", "caption": "It rises.", "alt": "A rising line."}
    show_widget(ipywidgets.Button(), figure, "view", folder, data=table, **words)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()")])
    book.cells[0].outputs = [nbformat.v4.new_output("display_data", data=shown[0])]
    state = {"state": {"a": {"state": {"_esm": "x" * 1000}}}}
    book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    nbformat.write(book, folder / "n.ipynb")
    return export_notebook(folder / "n.ipynb").read_text()


def test_figures_link_to_their_files(tmp_path, monkeypatch):
    page = executed(tmp_path, monkeypatch)
    links = re.findall(r'<a aria-label="([^"]+)" href="(figures/[^"]+)">', page)
    assert [link.removeprefix("figures/view") for _, link in links] == [".pdf", ".svg", "-y.csv", "-z.csv"]
    assert all((tmp_path / link).is_file() for _, link in links)
    assert [words for words, _ in links][2:] == ["numbers: y of figure view", "numbers: z of figure view"]


def test_the_picture_stands_for_the_widget_and_its_state_is_gone(tmp_path, monkeypatch):
    page = executed(tmp_path, monkeypatch)
    assert 'alt="A rising line."' in page and "interactive view stands here when" not in page
    assert "widget-state" not in page and "x" * 1000 not in page


def test_a_figure_without_files_has_no_links(tmp_path):
    picture = base64.b64encode(b"png").decode()
    html = f'<figure data-figure="gone"><img src="data:image/png;base64,{picture}" alt="A line"/></figure>'
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()")])
    book.cells[0].outputs = [nbformat.v4.new_output("display_data", data={"text/html": html, "image/png": picture})]
    nbformat.write(book, tmp_path / "n.ipynb")
    page = export_notebook(tmp_path / "n.ipynb").read_text()
    assert 'data-figure="gone"' in page and "Files:" not in page


def test_code_is_folded_but_not_the_parameters(tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in ("size = 1", "size = 2", "draw(size)")]
    cells[0].metadata["tags"], cells[1].metadata["tags"] = ["parameters"], ["injected-parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    page = export_notebook(tmp_path / "n.ipynb").read_text()
    folded = re.findall(r"<details class=\"code\">.*?</details>", page, re.DOTALL)
    assert len(folded) == 1 and "draw" in folded[0]


def test_progress_bars_are_left_out_but_warnings_stay(tmp_path):
    cell = nbformat.v4.new_code_cell("train()")
    bar, warning = "Folds: 100%|███| 3/3 [00:01<00:00]\n", "Folds: 100%|███| 3/3\nUserWarning: odd\n"
    cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text=text) for text in (bar, warning)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "n.ipynb")
    page = export_notebook(tmp_path / "n.ipynb").read_text()
    assert "00:01" not in page and "UserWarning: odd" in page


def test_long_output_is_folded_and_short_is_not(tmp_path):
    cells = []
    for count in (24, 25):
        cells.append(nbformat.v4.new_code_cell("run()"))
        words = "\n".join(f"row {count}-{k}" for k in range(count))
        cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=words)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    page = export_notebook(tmp_path / "n.ipynb").read_text()
    folded = re.findall(r"<details class=\"code\">.*?</details>", page, re.DOTALL)
    assert [("row 25-24" in one, "25 lines of output" in one) for one in folded].count((True, True)) == 1
    assert not any("row 24-" in one for one in folded)


def test_a_figure_can_be_scrolled_where_the_page_is_narrow(tmp_path, monkeypatch):
    page = executed(tmp_path, monkeypatch)
    frame = re.search(r'<div ([^>]*class="wide"[^>]*)><img', page)
    assert frame and 'tabindex="0"' in frame[1] and 'aria-label="Figure view"' in frame[1]


def test_a_page_that_was_cut_short_is_made_anew(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Words")]), tmp_path / "n.ipynb")
    page = export_notebook(tmp_path / "n.ipynb")
    whole, made = page.read_bytes(), page.stat().st_ino
    assert export_notebook(tmp_path / "n.ipynb").stat().st_ino == made, "once"
    for content in (b"", whole[:1000]):
        page.write_bytes(content)
        assert export_notebook(tmp_path / "n.ipynb").read_bytes() == whole
