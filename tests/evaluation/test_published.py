"""Published numbers: the values themselves, where they come from, and a table with faults."""

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.published import (
    CERTAINTY,
    EPOCH_CHOICE,
    FOLDER,
    SCORES_BY_PART,
    TABLES,
    VERIFIED,
    read_published,
)
from mer.manifest.place import manifests_dir

#: The paper's table 2, UF1 and UAR of full, SMIC, SAMM, CASME II.
ABLATION = """
M0 .741 .718 .671 .662 .695 .662 .846 .834
M1 .758 .739 .671 .667 .778 .730 .869 .831
M2 .739 .720 .684 .679 .762 .745 .759 .716
M3 .778 .777 .707 .718 .697 .677 .914 .889
M4 .797 .792 .746 .746 .734 .719 .898 .885
M5 .765 .765 .665 .673 .754 .734 .894 .876
M6 .773 .774 .689 .698 .758 .704 .876 .881
M7 .781 .765 .741 .745 .725 .672 .848 .838
M8 .782 .773 .701 .706 .711 .671 .904 .886
M9 .812 .811 .743 .749 .772 .758 .919 .903
"""


def test_the_ablation_is_the_papers():
    table = read_published("ablation").set_index("variant")
    rows = [line.split() for line in ABLATION.strip().splitlines()]
    assert list(table.index) == [row[0] for row in rows]
    np.testing.assert_array_equal(table[list(SCORES_BY_PART)], [[float(cell) for cell in row[1:]] for row in rows])


def test_the_papers_model_is_the_same_in_every_table():
    full = read_published("ablation").set_index("variant").loc["M9"]
    assert list(read_published("composite").set_index("method").loc["FRL-DGT", list(SCORES_BY_PART)]) == list(
        full[list(SCORES_BY_PART)]
    )
    still = read_published("key_frames").query("moved == 'none'").set_index("database")
    assert list(still.loc["composite", ["uf1", "uar"]]) == list(full[["full_uf1", "full_uar"]])
    assert list(still.loc["casme2", ["uf1", "uar"]]) == list(full[["casme2_uf1", "casme2_uar"]])


@pytest.mark.parametrize(
    ("method", "classes", "expected"),
    [
        ("FRL-DGT", 4, (0.750, 0.732, 0.780)),
        ("FRL-DGT", 5, (0.748, 0.735, 0.757)),
        ("FRL-DGT-S", 4, (0.562, 0.549, 0.643)),
        ("FRL-DGT-S", 5, (0.543, 0.539, 0.594)),
    ],
)
def test_four_and_five_classes(method, classes, expected):
    table = read_published("classes").set_index(["method", "classes"])
    assert tuple(table.loc[(method, classes), ["uf1", "uar", "accuracy"]]) == expected


def test_moved_key_frames():
    table = read_published("key_frames").set_index(["moved", "percent"])
    uf1 = [table.loc[("onset", at), "uf1"] for at in (10, 20, 30)] + [
        table.loc[("apex", at), "uf1"] for at in (10, 20, 30)
    ]
    uar = [table.loc[("onset", at), "uar"] for at in (10, 20, 30)] + [
        table.loc[("apex", at), "uar"] for at in (10, 20, 30)
    ]
    assert uf1 == [0.848, 0.817, 0.786, 0.866, 0.830, 0.814]
    assert uar == [0.838, 0.808, 0.769, 0.858, 0.834, 0.795]
    automatic = read_published("key_frames").query("moved == 'automatic apex'").iloc[0]
    assert (automatic["uf1"], automatic["uar"], automatic["database"]) == (0.658, 0.648, "composite")


def test_runtime():
    table = read_published("runtime").set_index("stage")["milliseconds"]
    assert table.to_dict() == {
        "all fusions with Fu-A-Attn": 50.8,
        "all fusions with Fu-B-Attn": 47.6,
        "recognition": 384.0,
    }


def test_the_wrong_uar_of_ststnet_is_told_and_the_right_one_stands_below():
    table = read_published("composite")
    position = table.index[table["method"] == "STSTNet"][0]
    published, computed = table.loc[position], table.loc[position + 1]
    assert (published["full_uf1"], published["full_uar"]) == (0.735, 0.761)
    assert "macro precision" in published["note"]
    assert computed["certainty"] == "computed"
    assert list(computed[["full_uar", "smic_uar", "samm_uar", "casme2_uar"]]) == [0.7186, 0.6703, 0.6415, 0.8190]


def test_what_is_not_sure_says_so():
    table = read_published("composite").set_index("method")
    assert table.loc["HTNet", "certainty"] == "recalled"
    assert table.loc["Ra-ICL", "certainty"] == "second-hand"
    assert np.isnan(table.loc["RCN-A", "smic_uf1"]), "what was not read is left empty"


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_every_file_is_read(name):
    table = read_published(name)
    assert len(table)
    if name == "claims":  # its rows are judgements, each with the way to it
        assert set(table["verified"]) <= set(VERIFIED) and set(table["epoch_choice"]) <= set(EPOCH_CHOICE)
    else:
        assert set(table["certainty"]) <= set(CERTAINTY) and (table["source"] != "").all()
    assert {path.stem for path in (manifests_dir() / FOLDER).glob("*.csv")} == set(TABLES)


def test_faults_are_listed_together(tmp_path):
    (tmp_path / "classes.csv").write_text(
        "method,classes,uf1,uar,accuracy,certainty,source,note\n"
        "a,4,75.0,0.7,0.7,read,s,\n"
        "a,4,0.7,x,0.7,sure,,\n"
        "b,five,,,,read,s,\n"
    )
    with pytest.raises(InputError) as caught:
        read_published("classes", tmp_path)
    assert "7 fault(s)" in str(caught.value)
    for part in (
        "uf1 is '75.0'",
        "uar is 'x'",
        "certainty 'sure'",
        "row 3: source is empty",
        "stands twice",
        "no score",
        "classes is 'five'",
    ):
        assert part in str(caught.value)


def test_columns_and_names(tmp_path):
    (tmp_path / "runtime.csv").write_text("stage,ms\na,1\n")
    with pytest.raises(InputError, match=r"lacks columns .*milliseconds.* unknown ones \['ms'\]"):
        read_published("runtime", tmp_path)
    with pytest.raises(InputError, match="Did you mean 'ablation'"):
        read_published("ablations")
    with pytest.raises(MissingPath, match="git checkout"):
        read_published("ablation", tmp_path)
