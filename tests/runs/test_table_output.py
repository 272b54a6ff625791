"""Tables in notebooks scroll in a box that the keyboard reaches."""

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from mer.runs.table_output import show_tables_scrolling, table_html

TABLE = pd.DataFrame({"clip": ["EP01", "<b>"], "frames": [3, 4]}).round(3)


def test_the_box_is_named_and_in_the_tab_order_and_holds_the_table():
    page = table_html(TABLE)
    assert page.startswith('<div role="group" aria-label="Table of 2 rows and 2 columns" tabindex="0"')
    assert "overflow-x: auto" in page and TABLE._repr_html_() in page and "<b>" not in page


def test_a_notebook_shows_every_table_so_and_nothing_else():
    shell = InteractiveShell.instance()
    try:
        show_tables_scrolling()
        shown, _ = shell.display_formatter.format(TABLE.head(1))
        assert shown["text/html"] == table_html(TABLE.head(1)) and "EP01" in shown["text/plain"]
        series, _ = shell.display_formatter.format(TABLE["clip"])
        assert "text/html" not in series
    finally:
        InteractiveShell.clear_instance()


def test_outside_a_notebook_nothing_happens():
    assert not InteractiveShell.initialized()
    show_tables_scrolling()
