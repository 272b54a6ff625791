"""Tables in a notebook's output that are wider than the page: they scroll by keyboard too."""

import pandas as pd


def table_html(table: pd.DataFrame) -> str:
    """pandas' own HTML of a table, in a box that scrolls sideways and can be reached with the Tab key.

    JupyterLab lets the whole output scroll instead, and no key gets there.
    """
    words = f"Table of {len(table)} rows and {table.shape[1]} columns"
    inner = table._repr_html_() or ""  # type: ignore[operator]  # of pandas' stubs
    return f'<div role="group" aria-label="{words}" tabindex="0" style="overflow-x: auto">{inner}</div>'


def show_tables_scrolling() -> None:
    """Let the notebook that runs this show every table so; outside a notebook nothing happens."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, table_html)
