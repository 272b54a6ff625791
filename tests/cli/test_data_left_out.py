"""``mer data left-out``: clips that have no part in training, and why; labels that a database does not have."""

import io

import pandas as pd
import pytest

from mer.manifest.composite import read_composite
from tests.cli.conftest import changed, set_up


@pytest.fixture
def mer(mer_data):
    return mer_data


def test_labels_of_one_database_are_refused_for_the_composite(mer, folders):
    set_up(folders)
    for command in ("check", "left-out"):
        done = mer(command, "megc2019", "--labels", "casme2-5")
        assert done.exit_code == 2
        assert "megc2019 has the labels 'composite'" in done.stderr


def test_who_is_left_out_of_the_composite_and_why(mer, folders):
    set_up(folders)
    said = mer("left-out", "megc2019")
    assert said.exit_code == 0, said.stderr
    assert "136 clips of megc2019 are left out with the labels 'composite':" in said.output
    heads = [line for line in said.output.splitlines()[1:] if not line.startswith("  ")]
    assert sorted(heads) == sorted(
        [
            "99 clips: the emotion is 'others', which is no class of 'composite'",
            "7 clips: the emotion is 'sadness', which is no class of 'composite'",
            "2 clips: the emotion is 'fear', which is no class of 'composite'",
            "1 clip: not in the challenge's list; the sheet gives no apex",
            "1 clip: not in the challenge's list; onset and apex are one frame",
            "26 clips: the emotion is 'other', which is no class of 'composite'",
        ]
    )
    table = csv_of(mer("left-out", "megc2019", "--csv"))
    assert list(table) == ["database", "subject", "clip", "reason"]
    assert table["database"].value_counts().to_dict() == {"casme2": 110, "samm": 26}
    in_list = {tuple(key) for key in read_composite()[["database", "subject", "clip"]].itertuples(index=False)}
    left = {tuple(key) for key in table[["database", "subject", "clip"]].itertuples(index=False)}
    assert len(left) == 136
    assert not left & in_list
    assert table.loc[table["database"] == "samm", "subject"].str.len().eq(3).all(), "006 stays 006"


def test_faulty_clips_are_left_out_too(mer, folders):
    set_up(folders)
    with changed(folders["casme2"] / "CASME2_RAW_selected/sub01/EP02_01f"):
        table = csv_of(mer("left-out", "megc2019", "--csv"))
    assert len(table) == 137
    (reason,) = table.loc[(table["subject"] == "sub01") & (table["clip"] == "EP02_01f"), "reason"]
    assert "EP02_01f is missing" in reason


def test_five_classes_of_casme2_leave_out_nine(mer, folders):
    set_up(folders)
    table = csv_of(mer("left-out", "casme2", "--labels", "casme2-5", "--csv"))
    reasons = table["reason"].str.extract("'(fear|sadness)'")[0].value_counts().to_dict()
    assert reasons == {"sadness": 7, "fear": 2}
    assert len(table) == 9
    four = mer("left-out", "casme2", "--labels", "casme2-4")
    assert four.output.strip() == "No clip of casme2 is left out with the labels 'casme2-4'."
    checked = mer("check", "casme2", "--labels", "casme2-5")
    assert checked.exit_code == 0
    assert "9 clips have no class in 'casme2-5' and take no part in training (7 sadness, 2 fear)." in checked.output
    assert "casme2: 255 clips of 26 people" in checked.output


def test_labels_that_know_nothing_of_a_database_are_refused(mer, small):
    mer("add", "samm", small / "samm")
    for command in ("check", "left-out"):
        done = mer(command, "samm", "--labels", "casme2-5")
        assert done.exit_code == 2
        assert "Labels 'casme2-5' say nothing of database 'samm'; they know casme2, " in done.stderr


def csv_of(done):
    assert done.exit_code == 0, done.stderr
    return pd.read_csv(io.StringIO(done.stdout), dtype=str, keep_default_na=False)
