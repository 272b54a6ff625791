"""A table of numbers as a notebook shows it: the words of its page, so that no reader meets names of columns."""

from collections.abc import Iterable

import pandas as pd

from mer.core.csv_text import csv_text
from mer.figures.tables import page_table


def in_words(table: pd.DataFrame, csv_only: Iterable[str] = ()) -> pd.DataFrame:
    """The table as LaTeX and HTML have it: headings, three decimals, ``0.812 [0.745, 0.871]``; all cells text.

    Args:
        table: its columns alone count; the first becomes the index.
        csv_only: columns that are left out.

    Raises:
        InputError: there is no such column.
    """
    page = page_table(csv_text(table, float_format="%.9g"), csv_only=csv_only)
    return pd.DataFrame(page.rows, columns=list(page.headings)).set_index(page.headings[0])
