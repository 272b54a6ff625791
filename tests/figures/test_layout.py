import pytest
from matplotlib.figure import Figure

from mer.figures.layout import fitting_size, label_space, panel_side, place, row_label, square_grid
from mer.figures.style import PAGE, clip_name


def test_panels_are_square_and_inside():
    figure, grid = square_grid(2, 5, "title", left=0.3, bottom=0.2)
    width, height = figure.get_size_inches()
    assert width == pytest.approx(PAGE)
    for axes in grid.ravel():
        box = axes.get_position()
        assert box.width * width == pytest.approx(box.height * height)
        assert box.x0 >= 0 and box.x1 <= 1 and box.y0 >= 0 and box.y1 <= 1
    assert grid[0, 0].get_position().x0 * width == pytest.approx(0.3)
    assert grid[1, 0].get_position().y0 * height == pytest.approx(0.2)


def test_panels_grow_only_so_far():
    figure, grid = square_grid(1, 2, "title", largest=1.0)
    assert panel_side(grid[0, 0]) == pytest.approx(1.0)
    assert figure.get_size_inches()[0] < PAGE


def test_a_long_title_is_made_to_fit():
    figure, _ = square_grid(1, 1, "Confusion matrices, leave one subject out", largest=1.7)
    assert figure.get_suptitle()
    (heading,) = [text for text in [figure._suptitle] if text]
    assert heading.get_window_extent().width <= figure.bbox.width
    short, _ = square_grid(1, 1, "Short", largest=1.7)
    assert short._suptitle.get_fontsize() > heading.get_fontsize()


def test_place_is_in_inches():
    figure = Figure(figsize=(4, 2))
    box = place(figure, 1, 0.5, 2, 1).get_position()
    assert (box.x0, box.y0, box.width, box.height) == (0.25, 0.25, 0.5, 0.5)


def test_long_labels_get_small_letters():
    _, grid = square_grid(1, 6, "title")
    row_label(grid[0, 0], "short")
    row_label(grid[0, 1], "a name that is much too long\nfor it")
    assert grid[0, 0].yaxis.label.get_fontsize() == 8
    assert grid[0, 1].yaxis.label.get_fontsize() < 6
    assert fitting_size("x" * 1000, 1.0) == 3.5


def test_more_lines_take_more_space():
    assert label_space(["a", "b\nc"]) > label_space(["a"]) > label_space([])


def test_clip_name_is_short():
    assert (
        clip_name({"database": "synthetic-casme2", "subject": "sub01", "clip": "EP01"}) == "CASME II style\nsub01 EP01"
    )
    assert clip_name({"database": "samm", "subject": "014", "clip": "014_1_1"}) == "SAMM\n014_1_1"
