"""Known errors of the releases: found by clip, each with a reason."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.layout import layout_names, load_layout
from mer.manifest.composite import read_composite
from mer.manifest.corrections import COLUMNS, CORRECTED, Correction, read_corrections
from mer.manifest.place import manifests_dir

HEAD = ",".join(COLUMNS) + "\n"


@pytest.fixture
def table(tmp_path):
    def write(*rows, head=HEAD):
        path = tmp_path / "corrections.csv"
        path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return write


def test_corrections_of_the_project_name_variants_that_there_are():
    for name in layout_names():
        known = read_corrections(name, "")
        for variant in load_layout(name).variants:
            found = read_corrections(name, variant)
            assert known.items() <= found.items(), "those without a variant are for all"
    lines = (manifests_dir() / "corrections.csv").read_text(encoding="utf-8").splitlines()[1:]
    variants = {(name, variant) for name in layout_names() for variant in ("", *load_layout(name).variants)}
    assert {tuple(line.split(",")[:2]) for line in lines} <= variants
    assert len({tuple(line.split(",")[:5]) for line in lines}) == len(lines), "no value is corrected twice"


def test_corrected_values_are_those_of_the_manifest_where_it_has_the_clip():
    manifest = read_composite().set_index(["database", "subject", "clip"])
    compared = 0
    for database, variant in (("samm", "raw"), ("smic", "hs"), ("smic", "hs-e")):
        for (subject, clip), corrections in read_corrections(database, variant).items():
            for one in corrections:
                assert str(manifest.loc[database, subject, clip][one.column]) == one.value
                compared += 1
    assert compared == 9


def test_variant_and_clip_decide():
    assert read_corrections("casme2", "raw") == {}
    ((key, (correction,)),) = read_corrections("casme2", "cropped").items()
    assert key == ("sub16", "EP01_08")
    assert (correction.column, correction.value) == ("offset", "96")
    assert "ends at frame 96" in correction.reason
    assert read_corrections("nothing", "raw") == {}


def test_several_of_one_clip_stay_in_the_files_order(table):
    path = table("d,,006,c,onset,3,why", "d,v,006,c,apex,4,because", "d,w,006,c,apex,5,x", "e,,006,c,apex,6,x")
    assert read_corrections("d", "v", path) == {
        ("006", "c"): [Correction("onset", "3", "why"), Correction("apex", "4", "because")]
    }


@pytest.mark.parametrize("column", CORRECTED)
def test_what_can_be_corrected(table, column):
    assert read_corrections("d", "", table(f"d,,1,c,{column},3,why"))


def test_another_column_and_a_missing_reason_are_refused(table):
    with pytest.raises(InputError, match=r"the column 'apx' of c\. Did you mean 'apex'"):
        read_corrections("d", "", table("d,,1,c,apx,3,why"))
    with pytest.raises(InputError, match="corrects c without a reason"):
        read_corrections("d", "", table("d,,1,c,apex,3, "))
    assert read_corrections("other", "", table("d,,1,c,apex,3, ")) == {}


def test_no_such_table(table, tmp_path):
    with pytest.raises(InputError, match="has the columns"):
        read_corrections("d", "", table("d,1,c,apex,3,why", head="database,subject,clip,column,value,reason\n"))
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        read_corrections("d", "", tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_corrections("d", "", table(head=""))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read_corrections("d", "", tmp_path / "bytes.csv")


def test_manifests_that_are_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path / "none"))
    with pytest.raises(MissingPath, match="named by MER_MANIFESTS"):
        manifests_dir()
    monkeypatch.delenv("MER_MANIFESTS")
    assert (manifests_dir() / "megc2019.csv").is_file()
