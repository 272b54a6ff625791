"""A user's own corrections in every database that is opened; the databases' files are untouched."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.cli.data_check import check_database, left_out
from mer.core.errors import InputError
from mer.core.problems import ProblemsFound
from mer.datasets import registry
from mer.datasets.places import Place, add_place
from mer.datasets.registry import database_content, database_fingerprint, open_database
from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.datasets.synthetic.records import clip_records
from mer.manifest.clips import KEY
from mer.manifest.own_corrections import OwnCorrection, own_corrections_file, save_own_corrections
from tests.imitations.plans import Plan
from tests.imitations.plant import state

CLIPS = [
    Plan("sub01", "EP01_01", 5, 7, 10, "happiness"),
    Plan("sub01", "EP01_02", 5, 7, 10, "others"),
    Plan("sub02", "EP02_01f", 5, 7, 10, "disgust"),
]


@pytest.fixture(autouse=True)
def own(no_databases, tmp_path, monkeypatch):
    """Nothing is corrected."""
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "mine.csv"))


@pytest.fixture
def casme2(set_up_casme2):
    """Three clips of CASME II with frames 5 to 10."""
    return set_up_casme2(CLIPS)


def correct(column, value, was, clip=("sub01", "EP01_01"), database="casme2", **more):
    save_own_corrections([OwnCorrection(database, *clip, column, str(value), str(was), **more)])


def words(database):
    return " ".join(database.remarks)


class TestValues:
    def test_are_those_of_the_user_and_the_rest_is_the_releases(self, casme2):
        before, files = open_database("casme2"), state(casme2)
        correct("apex", 8, 7)
        correct("note", "seen twice", "", clip=("sub02", "EP02_01f"))
        correct("apex", 8, 7, database="samm")
        after = open_database("casme2")
        assert after.clips.loc[0, ["apex", "apex_source"]].tolist() == [8, "annotated"]
        assert after.clips["note"][2] == "seen twice"
        same = after.clips.drop(columns=["apex", "note"])
        assert same.equals(before.clips.drop(columns=["apex", "note"]))
        assert "2 values of 2 clips are corrected by the user's own mine.csv" in words(after)
        assert [(str(one), one.was) for one in after.corrections] == [
            ("casme2/sub01/EP01_01: apex", "7"),
            ("casme2/sub02/EP02_01f: note", ""),
        ]
        assert after.own_clips["apex"].equals(before.clips["apex"])
        assert state(casme2) == files, "nothing of the database is changed"
        assert before.corrections == () and "corrected" not in words(before)

    def test_count_in_every_variant(self, casme2):
        correct("apex", 8, 7)
        assert open_database("casme2:cropped").clips["apex"].tolist() == [8, 7, 7]

    def test_the_class_follows_a_corrected_emotion(self, casme2):
        assert open_database("casme2").clips["label"].tolist() == ["positive", "", "negative"]
        correct("emotion", "surprise", "others", clip=("sub01", "EP01_02"))
        opened = open_database("casme2")
        assert opened.clips["label"].tolist() == ["positive", "surprise", "negative"]
        assert "have no class" not in words(opened)
        assert open_database("casme2", "casme2-5").clips["label"].tolist() == ["happiness", "surprise", "disgust"]

    def test_a_label_counts_in_its_own_space_and_last(self, casme2):
        correct("emotion", "surprise", "happiness")
        correct("label", "negative", "surprise", labels="composite")
        correct("label", "", "negative", clip=("sub02", "EP02_01f"), labels="composite")
        opened = open_database("casme2")
        assert opened.clips["label"].tolist() == ["negative", "", ""]
        assert "No clip is positive or surprise" in words(opened), "said of the corrected labels"
        assert len(opened.corrections) == 3
        assert open_database("casme2", "casme2-5").clips["label"].tolist() == ["surprise", "others", "disgust"]

    def test_a_clip_without_a_class_may_be_given_one(self, casme2):
        assert "1 clips have no class in 'composite'" in words(open_database("casme2"))
        correct("label", "surprise", "", clip=("sub01", "EP01_02"), labels="composite")
        opened = open_database("casme2")
        assert opened.clips["label"].tolist() == ["positive", "surprise", "negative"]
        assert "have no class" not in words(opened)

    def test_what_is_not_used_is_told_of_the_corrected_labels(self, casme2):
        assert left_out("casme2", "composite")["clip"].tolist() == ["EP01_02"]
        correct("emotion", "surprise", "others", clip=("sub01", "EP01_02"))
        correct("label", "", "positive", labels="composite")
        table = left_out("casme2", "composite")
        assert table["clip"].tolist() == ["EP01_01"]
        assert table["reason"].tolist() == ["its label was taken away in your own mine.csv"]
        assert left_out("casme2", "casme2-5")["clip"].tolist() == []

    def test_a_label_that_is_no_class_is_refused_with_the_nearest(self, casme2):
        correct("label", "surprize", "positive", labels="composite")
        with pytest.raises(InputError, match=r"mine\.csv has 1 label.*\n.*EP01_01: label.*Did you mean 'surprise'"):
            open_database("casme2")
        open_database("casme2", "casme2-5")

    def test_what_the_release_says_otherwise_by_now_is_said(self, casme2):
        correct("apex", 8, 9)
        correct("apex", 8, 9, clip=("sub09", "EP09_99"))
        said = words(open_database("casme2"))
        assert "EP01_01: apex was 9 when it was corrected to 8; the database has 7 now" in said
        assert "casme2/sub09/EP09_99: apex is corrected in mine.csv, but there is no such clip" in said

    def test_a_faulty_file_is_refused(self, casme2):
        own_corrections_file().write_text("a,b\n")
        with pytest.raises(InputError, match=r"mine\.csv has the columns a, b"):
            open_database("casme2")


class TestFrames:
    def test_that_are_not_there_are_a_fault_at_opening(self, casme2):
        correct("offset", 12, 10)
        correct("onset", 3, 5, clip=("sub02", "EP02_01f"))
        with pytest.raises(ProblemsFound) as caught:
            open_database("casme2")
        message = str(caught.value)
        assert "mine.csv corrects 2 clip(s) of casme2 to frames that are not there" in message
        assert "corrected to offset 12 (was 10): 2 of the 8 frames 5 to 12 have no file" in message
        assert "mer data corrections --remove casme2/sub01/EP01_01" in message
        assert [one.clip[2] for one in caught.value.problems] == ["EP01_01", "EP02_01f"]

    def test_or_leave_the_clip_out(self, casme2):
        correct("offset", 12, 10)
        correct("apex", 6, 7, clip=("sub02", "EP02_01f"))
        opened = open_database("casme2", allow_missing=True)
        assert opened.clips["clip"].tolist() == ["EP01_02", "EP02_01f"]
        assert [one.clip[2] for one in opened.left_out] == ["EP01_01"]
        assert [one.clip for one in opened.corrections] == ["EP02_01f"]
        with pytest.raises(ProblemsFound, match="offset 12"):
            check_database("casme2")

    def test_out_of_order(self, casme2):
        correct("onset", 9, 5)
        with pytest.raises(InputError, match=r"row 2: casme2/sub01/EP01_01: onset 9, apex 7, offset 10"):
            open_database("casme2", allow_missing=True)

    def test_of_a_table_of_ones_own(self, tmp_path):
        (tmp_path / "mine" / "a").mkdir(parents=True)
        for number in range(1, 6):
            cv2.imwrite(str(tmp_path / "mine" / "a" / f"{number}.png"), np.full((8, 8, 3), 90, np.uint8))
        table = "subject,clip,frames,onset,offset,label\n006,x,a,1,5,positive\n"
        (tmp_path / "mine" / "clips.csv").write_text(table)
        place = tmp_path / "mine"
        assert open_database(place).clips.loc[0, ["apex", "apex_source"]].tolist() == [3, "middle"]
        correct("onset", 3, 1, clip=("006", "x"), database="mine")
        assert open_database(place).clips.loc[0, ["onset", "apex", "apex_source"]].tolist() == [3, 4, "middle"]
        assert (place / "clips.csv").read_text() == table


class TestFingerprint:
    def test_of_the_database_stays_and_that_of_a_run_changes(self, casme2):
        own, before = open_database("casme2").fingerprint, database_fingerprint("casme2")
        correct("apex", 8, 7, database="samm")
        correct("apex", 8, 7, clip=("sub09", "EP09_99"))
        assert database_fingerprint("casme2") == before, "nothing of this database is corrected"
        correct("apex", 8, 7)
        moved = database_fingerprint("casme2")
        assert moved != before and open_database("casme2").fingerprint == own
        correct("apex", 9, 8)
        assert database_fingerprint("casme2") not in (before, moved)
        correct("apex", 7, 9)
        assert database_fingerprint("casme2") == before

    def test_a_note_changes_no_result(self, casme2):
        before = database_fingerprint("casme2")
        correct("note", "x", "")
        assert database_fingerprint("casme2") == before
        correct("emotion", "surprise", "happiness")
        surprised = database_fingerprint("casme2")
        correct("note", "y", "x")
        assert database_fingerprint("casme2") == surprised != before

    def test_labels_of_another_space_do_not_count(self, casme2):
        before = database_fingerprint("casme2", "composite")
        correct("label", "disgust", "happiness", labels="casme2-5")
        assert database_fingerprint("casme2", "composite") == before
        assert len({before, database_fingerprint("casme2", "casme2-5"), database_fingerprint("casme2")}) == 2

    def test_clips_of_a_synthetic_database_are_known_without_rendering(self, monkeypatch):
        monkeypatch.setattr(registry, "_synthetic", None)
        fingerprint, keys = database_content("synthetic")
        assert fingerprint == "" and len(keys) == 180
        first = plan(SyntheticConfig())[0]
        assert (first.look, first.subject, first.clip) in keys
        assert database_content("synthetic:3") == ("", frozenset())  # other faces of the same names


class TestSynthetic:
    @pytest.mark.parametrize(
        ("name", "called", "corrected"),
        [
            ("synthetic", "synthetic", True),
            ("synthetic:0+glasses", "synthetic+glasses", True),
            ("synthetic:2", "synthetic:2", False),
            ("synthetic:2+glasses", "synthetic:2+glasses", False),
        ],
    )
    def test_other_faces_of_the_same_names_are_not_corrected(self, tiny_database, monkeypatch, name, called, corrected):
        """Rendering is left out: the tiny database stands for the one that would be rendered."""
        known = open_database(tiny_database.root)
        kind = {"name": called.replace(":2", "")}
        monkeypatch.setattr("mer.datasets.synthetic.build.build_synthetic", lambda *_, **__: replace(known, **kind))
        row = known.clips.iloc[0]
        correct("emotion", "seen", "", clip=(row["subject"], row["clip"]), database=row["database"])
        opened = open_database(name)
        assert opened.name == called
        assert (opened.clips["emotion"].iloc[0] == "seen") == corrected
        assert (database_fingerprint(name) != known.fingerprint) == corrected

    # What a correction does to what is known of rendered clips

    def test_the_truth_is_not_that_of_a_moved_onset_or_apex(self, tiny_database):
        rows = [row for _, row in tiny_database.clips.iloc[:4].iterrows()]
        for row, column, value in (
            (rows[0], "apex", int(rows[0]["apex"]) + 1),
            (rows[1], "onset", int(rows[1]["onset"]) + 1),
            (rows[2], "offset", int(rows[2]["offset"]) - 1),
            (rows[3], "label", "negative" if rows[3]["label"] != "negative" else "positive"),
        ):
            more = {"labels": "composite"} if column == "label" else {}
            correct(column, value, row[column], clip=(row["subject"], row["clip"]), database=row["database"], **more)
        opened = open_database(tiny_database.root)
        known = [opened.true_displacement(row) is not None for _, row in opened.clips.iloc[:5].iterrows()]
        assert known == [False, False, True, True, True]
        records = clip_records(opened, opened.clips.iloc[:5])
        assert records["head_drift_px"].isna().tolist() == [True, True, False, False, False]
        assert records["peak_px"].notna().all()
        again = open_database(tiny_database.root).clips
        assert tiny_database.clips["apex"][0] + 1 == again["apex"][0]


class TestComposite:
    def test_is_compared_with_its_manifest_as_released(self, releases):
        for name, folder in releases.items():
            add_place(Place(name, folder, name))
        whole = check_database("megc2019")
        clips = open_database("megc2019").clips.set_index(KEY)
        first = clips.loc[("casme2", "sub01", "EP02_01f")]
        middle = clips.loc[("smic", "s1", "s1_ne_01")]
        correct("apex", first["apex"] - 1, first["apex"], clip=("sub01", "EP02_01f"))
        correct("emotion", "surprise", first["emotion"], clip=("sub01", "EP02_01f"))
        correct("onset", middle["onset"] + 4, middle["onset"], clip=("s1", "s1_ne_01"), database="smic")
        correct("label", "positive", "negative", clip=("s1", "s1_ne_01"), database="smic", labels="composite")
        correct("apex", 1, 2, clip=("sub01", "EP99_99"))  # not among the 442: no matter here
        opened = open_database("megc2019")
        clips = opened.clips.set_index(KEY)
        assert clips.loc[("casme2", "sub01", "EP02_01f"), ["apex", "label"]].tolist() == [first["apex"] - 1, "surprise"]
        changed = clips.loc[("smic", "s1", "s1_ne_01")]
        assert (changed["label"], changed["apex_source"]) == ("positive", "middle")
        assert changed["apex"] == changed["onset"] + (changed["offset"] - changed["onset"] + 1) // 2
        said = check_database("megc2019")
        remark = "4 values of 2 clips are corrected by the user's own mine.csv"
        assert remark in said and "EP99_99" not in said
        compared = [[line for line in text.splitlines() if " of 442, " in line] for text in (whole, said)]
        assert compared[0] == compared[1] and len(compared[0]) == 1
        assert "as in the manifest." in said


def test_a_table_without_own_corrections_is_as_it_was(tiny_database):
    correct("apex", 8, 7)
    opened = open_database(tiny_database.root)
    assert opened.own_clips is None and opened.moved == frozenset()
    assert opened.clips.equals(tiny_database.clips)
    empty = replace(opened, own_clips=opened.clips, clips=opened.clips.iloc[:0])
    assert empty.moved == frozenset()
