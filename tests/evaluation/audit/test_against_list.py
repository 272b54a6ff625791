"""Clips of a file against the 442."""

from mer.evaluation.audit.against_list import OtherLabel, against_list
from mer.evaluation.audit.loose_table import read_table
from tests.evaluation.audit.made_up import like_ststnet, officially_spelled


def compared(table):
    (audited,) = read_table(table.to_csv(index=False), "theirs.csv")
    return against_list(audited)


def test_missing_extra_and_other_classes():
    table = officially_spelled(like_ststnet())
    at = table.index[table["clip"] == "s18_sur_03"][0]
    table.loc[at, "label"] = "0"  # as one sheet in circulation has it
    table.loc[len(table)] = ["casme2", "sub04", "EP12_01f", "0", "0"]
    found = compared(table[table["clip"] != "032_3_1"])
    assert (found.listed, found.found, found.differs) == (442, 441, True)
    assert found.missing == ("samm/032/032_3_1",)
    assert found.extra == (("casme2/sub04/EP12_01f", 443),), "header, 441 clips, and this one"
    line = at + 2 - int(at > table.index[table["clip"] == "032_3_1"][0])
    assert found.labels == (OtherLabel("smic/s18/s18_sur_03", line, "negative", "surprise"),)


def test_one_database_is_compared_with_its_own_clips_two_with_all():
    table = like_ststnet()
    one = compared(table[table["database"] == "smic"])
    assert (one.databases, one.listed, one.found, one.differs) == (("smic",), 164, 164, False)
    two = compared(table[table["database"] != "smic"])
    assert (two.listed, two.found, len(two.missing)) == (442, 278, 164)


def test_what_is_not_compared_says_why():
    table = like_ststnet().assign(database="mine")
    assert compared(table).why_not == "mine is no database of the composite (smic, casme2, samm)"
    emotions = like_ststnet().replace({"negative": "disgust"})
    found = compared(emotions[emotions["database"] == "casme2"].replace({"positive": "happiness"}))
    assert found.why_not == "its classes (disgust, happiness, surprise) are not those of the composite"
    assert not found.differs
