import json
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.save import display_still, figure_bytes, save_figure, show

WORDS = {"title": "A title", "caption": "What to see.", "alt": "A line that rises <from> left to right."}


def line():
    figure = Figure(figsize=(2, 1), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.legend()
    return figure


def test_all_files_are_written(tmp_path):
    data = pd.DataFrame({"x": [0.1, 1 / 3], "name": ["a", "b"]})
    files = save_figure(line(), "line", tmp_path, data=data, **WORDS)
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "line.csv",
        "line.json",
        "line.pdf",
        "line.png",
        "line.svg",
    ]
    assert files.png.read_bytes().startswith(b"\x89PNG")
    assert files.pdf.read_bytes().startswith(b"%PDF")
    assert b"<svg" in files.svg.read_bytes()
    pd.testing.assert_frame_equal(pd.read_csv(files.csv[0]), data, check_dtype=False, rtol=1e-8)
    record = json.loads(files.record.read_text())
    assert {key: record[key] for key in WORDS} == WORDS
    assert record["csv"] == ["line.csv"]


def test_several_tables_have_their_own_file(tmp_path):
    files = save_figure(line(), "line", tmp_path, data={"a": pd.DataFrame(), "b": pd.DataFrame({"x": [1]})}, **WORDS)
    assert [path.name for path in files.csv] == ["line-a.csv", "line-b.csv"]


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_equal_figures_are_equal_bytes(suffix):
    assert figure_bytes(line(), suffix) == figure_bytes(line(), suffix)


def test_different_figures_differ():
    other = line()
    other.axes[0].plot([0, 1], [1, 0])
    assert figure_bytes(line()) != figure_bytes(other)


def test_unknown_format():
    with pytest.raises(InputError, match="Valid: png, pdf, svg"):
        figure_bytes(line(), "jpg")


@pytest.mark.parametrize("name", ["", "Figure 3", "../x", ".x"])
def test_names_that_are_no_file_names(tmp_path, name):
    with pytest.raises(InputError, match="Figure name"):
        save_figure(line(), name, tmp_path, **WORDS)
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize("empty", ["title", "caption", "alt"])
def test_words_must_not_be_missing(tmp_path, empty):
    with pytest.raises(InputError, match=f"empty {empty}"):
        save_figure(line(), "line", tmp_path, **(WORDS | {empty: " "}))


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "figures").write_text("a file")
    with pytest.raises(InputError, match="figures"):
        save_figure(line(), "line", tmp_path, **WORDS)


def test_still_carries_its_alternative_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    display_still(b"png", alt='a "line"', width=300, caption="x < y")
    data, options = shown[0]
    assert options == {"raw": True}
    assert 'alt="a &quot;line&quot;"' in data["text/html"]
    assert 'width="300"' in data["text/html"]
    assert "x &lt; y" in data["text/html"]
    assert data["text/plain"].startswith('a "line"')
    assert data["image/png"] == "cG5n"


def test_show_saves_displays_and_closes(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    figure = line()
    files = show(figure, "line", SimpleNamespace(folder=tmp_path), **WORDS)
    assert files.png == tmp_path / "figures" / "line.png"
    assert "image/png" in shown[0]
    assert not figure.axes


def test_show_needs_a_folder():
    with pytest.raises(InputError, match="names no run folder"):
        show(line(), "line", 3, **WORDS)
