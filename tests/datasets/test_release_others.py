"""CAS(ME)^2, CAS(ME)^3, MMEW and 4DME: few clips each, with the oddities that are known of them."""

import shutil

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.frames import open_frames
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from mer.manifest.clips import validate_clips
from mer.manifest.emotions import label_mapping
from tests.imitations import casme3, casme_squared, fourdme, mmew
from tests.imitations.compare import check, found, planned
from tests.imitations.plant import junk, state
from tests.imitations.releases import write_releases
from tests.imitations.sheets import edit
from tests.imitations.small import small_plans


def read(name, root, variant=None):
    before = state(root)
    release = read_release(load_layout(name, variant), root)
    assert state(root) == before
    return release


class TestCasmeSquared:
    @pytest.mark.parametrize("variant", casme_squared.RELEASED)
    @pytest.mark.parametrize("padded", [False, True])
    def test_micro_expressions_are_read_and_macro_ones_counted(self, tmp_path, pictures, variant, padded):
        casme_squared.write_casme_squared(tmp_path, pictures, padded=padded)
        release = read("casme_squared", tmp_path, variant)
        check(release, casme_squared.plans())
        assert (
            sum(
                "2 rows of another kind are passed over (kept: type micro-expression)" in one for one in release.remarks
            )
            == 1
        )
        sources = dict(zip(release.clips["clip"], release.clips["apex_source"], strict=True))
        assert sources["disgust1_1"] == "middle"
        assert sources["happy1_1"] == "annotated"
        assert list(release.clips["action_units"]) == [one.action_units for one in casme_squared.plans()]

    def test_zero_is_no_frame(self, tmp_path, pictures):
        casme_squared.write_casme_squared(tmp_path, pictures)
        release = read("casme_squared", tmp_path)
        clips = release.clips.set_index(["subject", "clip"])
        assert tuple(clips.loc[("s15", "happy1_1"), ["onset", "apex", "offset"]]) == (45, 50, 50)
        assert tuple(clips.loc[("s16", "disgust1_1"), ["onset", "apex", "offset"]]) == (98, 104, 110)
        assert any("s15/happy1_1: no offset is annotated; the apex is taken" in one for one in release.remarks)

    @pytest.mark.parametrize(
        "sheet", ["CAS(ME)^2code_final(Updated).xlsx", "CAS(ME)2code_final.xlsx", "code_final.xlsx"]
    )
    def test_names_of_the_sheet_nestings_and_further_columns(self, tmp_path, pictures, sheet):
        trees = {"raw": "selectedpic/selectedpic", "cropped": "CAS(ME)^2/cropped/cropped"}
        casme_squared.write_casme_squared(tmp_path, pictures, trees, sheet, extra=True)
        for variant in trees:
            check(read("casme_squared", tmp_path, variant), casme_squared.plans())

    def test_labels(self, tmp_path, pictures):
        casme_squared.write_casme_squared(tmp_path, pictures)
        labels = label_mapping("composite").labels(read("casme_squared", tmp_path).clips)
        assert list(labels) == ["", "positive", "negative", "surprise", "negative", "negative"]

    def test_a_person_who_is_not_in_the_list(self, tmp_path, pictures):
        path = casme_squared.write_casme_squared(tmp_path, pictures)
        book, sheet = edit(path)
        sheet["A2"] = 23
        book.save(path)
        release = read("casme_squared", tmp_path)
        assert len(release.clips) == len(casme_squared.plans()) - 1
        (problem,) = release.problems
        assert (problem.file, problem.row) == (casme_squared.SHEET, "2")


class TestCasme3:
    @pytest.mark.parametrize("variant", ["clips", "long"])
    def test_clips_of_one_name_are_told_apart_by_their_onset(self, tmp_path, pictures, variant):
        casme3.write_casme3(tmp_path, pictures)
        release = read("casme3", tmp_path, variant)
        assert found(release.clips) == planned(casme3.plans())
        validate_clips(release.clips)
        (problem,) = release.problems  # same person, same name, same onset
        assert problem.row == "4 and 5"
        assert problem.clip == ("casme3", "spNO.1", "f_1602")
        assert "2 clips have the key spNO.1/f_1602" in problem.what

    @pytest.mark.parametrize("variant", ["clips", "long"])
    def test_upper_case_in_the_sheet_and_lower_case_on_disk(self, tmp_path, pictures, variant):
        casme3.write_casme3(tmp_path, pictures)
        clips = read("casme3", tmp_path, variant).clips.set_index("subject")
        expected = {"clips": "Part_A_ME_clip/frame/spNO.3_j_498", "long": "part_A/spNO.3/j/color"}
        assert clips.loc["spNO.3", "frames"] == expected[variant]

    def test_frames_missing_inside_a_clip_do_not_lose_it(self, tmp_path, pictures):
        casme3.write_casme3(tmp_path, pictures)
        release = read("casme3", tmp_path)
        gappy = release.clips.set_index("clip").loc["a_12"]
        assert tuple(gappy[["onset", "apex", "offset"]]) == (12, 16, 26)
        assert open_frames(tmp_path / gappy["frames"]).numbers == (13, 14, *range(16, 26))
        assert any("a_12: 3 of 15 frames are missing" in remark for remark in release.remarks)

    def test_labels_of_mixed_spelling(self, tmp_path, pictures):
        casme3.write_casme3(tmp_path, pictures)
        release = read("casme3", tmp_path)
        assert set(release.clips["emotion"]) == {"disgust", "others", "happiness", "anger", "fear", "surprise"}
        labels = label_mapping("composite").labels(release.clips)
        assert list(labels) == ["negative", "", "positive", "negative", "negative", "surprise"]

    @pytest.mark.parametrize("clips", ["Part_A_ME_clip/Part_A_ME_clip/frame", "CAS(ME)^3/Part_A_ME_clip/frame"])
    def test_nestings_of_the_clips(self, tmp_path, pictures, clips):
        casme3.write_casme3(tmp_path, pictures, clips=clips, long=None)
        assert found(read("casme3", tmp_path, "clips").clips) == planned(casme3.plans())

    @pytest.mark.parametrize("long", ["part_A_split/part_A", "data/part_A", "RGB", "part_A/part_A"])
    def test_nestings_of_the_long_videos(self, tmp_path, pictures, long):
        casme3.write_casme3(tmp_path, pictures, clips=None, long=long)
        assert found(read("casme3", tmp_path, "long").clips) == planned(casme3.plans())

    def test_an_onset_after_the_apex_as_released(self, tmp_path, pictures):
        path = casme3.write_casme3(tmp_path, pictures, clips=None)
        book, sheet = edit(path)
        sheet["C2"] = 3647
        book.save(path)
        release = read("casme3", tmp_path, "long")
        problem = next(one for one in release.problems if one.row == "2")
        assert problem.clip == ("casme3", "spNO.1", "b_3647")
        assert "onset 3647 is after offset 179" in problem.what
        assert len(release.clips) == len(casme3.plans()) - 1


class TestMmew:
    @pytest.mark.parametrize("others", ["others", "repression"])
    @pytest.mark.parametrize(("variant", "order"), [("by-emotion", mmew.BY_EMOTION), ("by-subject", mmew.BY_SUBJECT)])
    def test_both_orders_and_both_names_of_others(self, tmp_path, pictures, variant, order, others):
        mmew.write_mmew(tmp_path, pictures, order, others=others)
        release = read("mmew", tmp_path, variant)
        check(release, mmew.PLANS)
        assert release.remarks == ()
        labels = label_mapping("composite").labels(release.clips)
        assert list(labels) == ["positive", "positive", "", "negative", "surprise"]
        assert set(release.clips["fps"]) == {90.0}

    @pytest.mark.parametrize(
        "base", ["MMEW_Final/Micro_Expression", "MMEW_final/Micro-Expression", "MMEW/MMEW/Micro_Expression"]
    )
    def test_nestings(self, tmp_path, pictures, base):
        mmew.write_mmew(tmp_path, pictures, mmew.BY_EMOTION, base)
        check(read("mmew", tmp_path, "by-emotion"), mmew.PLANS)

    def test_the_other_variant_is_suggested(self, tmp_path, pictures):
        mmew.write_mmew(tmp_path, pictures, mmew.BY_SUBJECT)
        with pytest.raises(
            MissingPath, match=r"no clip of MMEW \(variant 'by-emotion'\).*another variant \(by-subject\)"
        ):
            read("mmew", tmp_path, "by-emotion")

    def test_an_apex_past_the_last_file_as_released(self, tmp_path, pictures):
        path = mmew.write_mmew(tmp_path, pictures, mmew.BY_EMOTION, past=True)
        release = read("mmew", tmp_path, "by-emotion")
        assert found(release.clips) == planned(mmew.PLANS)
        (problem,) = release.problems
        assert problem.clip == ("mmew", "S13", "S13-03-002")
        assert "18 of the 30 frames 1 to 30 have no file; the folder has images 1 to 12" in problem.what
        assert problem.file == "Micro_Expression/disgust/S13-03-002"
        assert path.is_file()

    def test_a_clip_in_two_folders(self, tmp_path, pictures):
        mmew.write_mmew(tmp_path, pictures, mmew.BY_EMOTION)
        shutil.copytree(tmp_path / "Micro_Expression/others", tmp_path / "Micro_Expression/repression")
        release = read("mmew", tmp_path, "by-emotion")
        (problem,) = release.problems
        assert problem.clip == ("mmew", "S03", "S03-04-001")
        assert "others/S03-04-001 and repression/S03-04-001 both fit" in problem.what
        assert len(release.clips) == len(mmew.PLANS) - 1


class TestFourDme:
    @pytest.mark.parametrize("base", ["gray_micro", "4DME/gray_micro", "gray_micro/gray_micro"])
    @pytest.mark.parametrize("flat", [False, True])
    def test_two_sittings_are_one_person(self, tmp_path, pictures, flat, base):
        fourdme.write_4dme(tmp_path, pictures, flat, base)
        release = read("4dme", tmp_path)
        check(release, fourdme.plans())
        assert list(release.clips["subject"]) == ["S01", "S13", "S13", "S49", "S58", "S58"]
        assert list(release.clips["action_units"]) == [one.action_units for one in fourdme.plans()]
        assert set(release.clips["fps"]) == {60.0}

    def test_labels_of_several_emotions(self, tmp_path, pictures):
        fourdme.write_4dme(tmp_path, pictures)
        release = read("4dme", tmp_path)
        mapping = label_mapping("composite")
        assert list(mapping.labels(release.clips)) == ["positive", "", "negative", "negative", "", "surprise"]
        assert "surprise+positive" in set(mapping.unlabelled(release.clips)["emotion"])


def test_layouts_name_their_fields():
    with pytest.raises(InputError, match="by-emotion"):
        load_layout("mmew", "by-emotions")


def test_all_databases_below_one_folder(tmp_path, pictures, tiny_database):
    folders = write_releases(tmp_path / "all", pictures, tiny_database)
    # What some archive programs leave behind: the same folders, with hidden files only, whatever they were packed from.
    for name, folder in folders.items():
        for path in [path for path in folder.rglob("*") if path.is_dir()]:
            junk(tmp_path / "all" / "__MACOSX" / path.relative_to(folder), "._img1.jpg")
            junk(tmp_path / "shadow" / name / path.relative_to(folder), "._img1.jpg")
    for name, folder in folders.items():
        (tmp_path / "shadow" / name).rename(folder / "__MACOSX")
        check(read(name, tmp_path / "all"), small_plans(tiny_database, name))
        check(read(name, folder), small_plans(tiny_database, name))
