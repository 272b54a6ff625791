"""The composite database of three imitated releases, whole and with faults, against the manifest."""

import shutil
from dataclasses import replace

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.datasets.composite import COMPOSITE_NAME, composite_places, open_composite, read_composite_from_disk
from mer.datasets.places import Place, add_place
from mer.manifest.composite import check_counts, read_composite
from tests.imitations.casme2 import RELEASED as CASME2
from tests.imitations.casme2 import write_casme2
from tests.imitations.plans import casme2_plans, samm_plans, smic_plans
from tests.imitations.plant import spoil
from tests.imitations.samm import RELEASED as SAMM
from tests.imitations.samm import write_samm
from tests.imitations.smic import RAW, write_smic
from tests.imitations.smic_long import LOST


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """No database is set up when a test begins."""
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))


def set_up(folders, **variants):
    for name, folder in folders.items():
        add_place(Place(name, folder, name, variants.get(name)))


def test_442_clips_with_the_key_frames_of_the_manifest(releases):
    set_up(releases)
    found = read_composite_from_disk()
    assert found.problems == ()
    assert len(found.differences) == 0
    check_counts(found.clips)
    assert (found.clips["offset"] - found.clips["onset"] + 1).sum() == 25_469
    manifest = read_composite()
    same = ["database", "subject", "clip", "onset", "apex", "offset", "fps", "emotion", "label", "apex_source"]
    assert found.clips[same].equals(manifest[same])


def test_opened_it_reads_frames_of_all_three(releases):
    set_up(releases)
    database = open_composite()
    assert (database.name, database.synthetic, database.left_out) == (COMPOSITE_NAME, False, ())
    assert all(title in database.terms for title in ("CASME II", "SAMM", "SMIC"))
    assert database.roots == releases
    for _, row in database.clips.groupby("database").tail(1).iterrows():
        image = next(database.frames(row))
        assert (image.ndim, image.shape[2], image.dtype) == (3, 3, "uint8")
    assert any("028/028_4_1: apex 1143 -> 1134" in one for one in database.remarks)


def test_other_variants_differ_in_what_is_known(releases, long_release):
    set_up(releases | {"smic": long_release}, casme2="cropped", smic="hs-e")
    found = read_composite_from_disk()
    assert {problem.clip[2] for problem in found.problems} == set(LOST)
    assert all("the release on disk does not have it" in problem.what for problem in found.problems)
    (difference,) = found.differences.to_dict("records")
    assert (difference["clip"], difference["column"]) == ("EP01_08", "offset")
    assert (difference["found"], difference["expected"]) == ("96", "110")
    assert "the cropped release ends at frame 96" in difference["reason"]
    with pytest.raises(InputError, match="smic: 68 negative, expected 70"):
        check_counts(found.clips)


def test_clips_with_faults_are_refused_or_left_out(tmp_path, pictures, monkeypatch):
    manifest = read_composite().groupby("database").head(4)  # as if the composite had twelve clips
    monkeypatch.setattr("mer.datasets.composite.read_composite", lambda: manifest)
    few = set(manifest["clip"])
    mine = {"casme2": tmp_path / "c", "samm": tmp_path / "s", "smic": tmp_path / "m"}
    plans = [one for one in casme2_plans() if one.subject in ("sub01", "sub02", "sub10")]
    write_casme2(mine["casme2"], plans, pictures, {"raw": CASME2["raw"]})
    write_samm(mine["samm"], [one for one in samm_plans() if one.clip in few], pictures, {"raw": SAMM["raw"]})
    write_smic(mine["smic"], [one for one in smic_plans() if one.clip in few], pictures, ["HS"], [RAW])
    set_up(mine)
    assert len(open_composite().clips) == 12
    whole = open_composite().fingerprint
    assert open_composite().fingerprint == whole
    spoil(mine["samm"] / "SAMM/006/006_1_2/006_05570.jpg", b"")
    shutil.rmtree(mine["casme2"] / "CASME2_RAW_selected/sub01/EP02_01f")
    shutil.rmtree(mine["smic"] / "SMIC_all_raw/HS/s1/micro/negative/s1_ne_01")
    bad = {("samm", "006", "006_1_2"), ("casme2", "sub01", "EP02_01f"), ("smic", "s1", "s1_ne_01")}
    with pytest.raises(ProblemsFound) as caught:
        open_composite()
    assert {problem.clip for problem in caught.value.problems} == bad
    assert len(caught.value.problems) == 3
    for part in (
        "3 fault(s)",
        "9 can",
        "006_05570.jpg",
        "it is empty",
        "row ",
        "SMIC_all_raw/HS/s1",
        "--allow-missing",
    ):
        assert part in str(caught.value)
    database = open_composite(allow_missing=True)
    assert len(database.clips) == 9
    assert {problem.clip for problem in database.left_out} == bad
    assert database.fingerprint != whole
    # What is not part of the composite does not matter: this person has no clip in it.
    shutil.rmtree(mine["casme2"] / "CASME2_RAW_selected/sub10")
    assert {problem.clip for problem in read_composite_from_disk().problems} == bad


def test_what_is_not_set_up_is_said(releases):
    with pytest.raises(MissingPath) as caught:
        composite_places()
    for part in ("CASME II is not set up", "SAMM is not set up", "SMIC is not set up", "mer data add samm FOLDER"):
        assert part in str(caught.value)
    set_up({"smic": releases["smic"]})
    with pytest.raises(MissingPath) as caught:
        composite_places()
    assert "SMIC is not set up" not in str(caught.value)


def test_what_is_wrong_with_each_as_a_whole_is_said_at_once(releases, tmp_path):
    for name in ("casme2", "samm"):
        (tmp_path / name).mkdir()
    set_up({"casme2": tmp_path / "casme2", "samm": tmp_path / "samm", "smic": releases["smic"]}, smic="hs-e")
    with pytest.raises(InputError) as caught:
        read_composite_from_disk()
    for part in ("no annotation sheet of CASME II", "no annotation sheet of SAMM", "no annotation sheet of SMIC"):
        assert part in str(caught.value)


def test_another_camera_is_refused_with_the_one_that_is_meant(releases):
    set_up(releases, smic="vis")
    with pytest.raises(InputError, match=r"made of SMIC hs, here it is vis\. Run: mer data add smic .* --variant hs"):
        composite_places()


def test_a_clip_that_the_manifest_describes_otherwise_is_left_out(releases, tmp_path, pictures):
    """Names alone do not make a clip: its label would be put on other frames."""
    plans = [replace(plan, onset=plan.onset + 1) if plan.clip == "006_1_2" else plan for plan in samm_plans()]
    write_samm(tmp_path / "samm", plans, pictures, {"raw": SAMM["raw"]})
    set_up(releases | {"samm": tmp_path / "samm"})
    with pytest.raises(ProblemsFound) as found:
        open_composite()
    (problem,) = found.value.problems
    assert problem.clip == ("samm", "006", "006_1_2")
    assert "onset is 5563, in the manifest 5562" in problem.what
    database = open_composite(allow_missing=True)
    assert len(database.clips) == 441
    assert "006_1_2" not in set(database.clips["clip"])
