import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.table_view import in_words


def test_a_reader_sees_the_words_of_the_page():
    table = pd.DataFrame(
        {"method": ["a"], "uf1": [0.75], "uf1_low": [0.5], "uf1_high": [0.9], "p_holm": [0.0001], "exact": [True]}
    )
    shown = in_words(table, ["exact"])
    assert shown.index.name == "method" and list(shown.columns) == ["UF1", "p by Holm"]
    assert shown.loc["a"].tolist() == ["0.750 [0.500, 0.900]", "0.0001"]
    assert in_words(table.assign(uf1_low=np.nan, uf1_high=np.nan)).loc["a", "UF1"] == "0.750"


def test_a_column_that_is_not_there():
    with pytest.raises(InputError, match="no column 'metrik'"):
        in_words(pd.DataFrame({"metric": ["uf1"]}), ["metrik"])
