import shutil
import sys

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.datasets.places import Place, add_place
from mer.datasets.registry import check_name, database_fingerprint, known_names, open_database
from mer.manifest.clips import write_clips
from tests.imitations.plans import Plan
from tests.imitations.plant import truncate
from tests.imitations.samm import write_samm
from tests.own_folder import made_own

CASME2 = [
    Plan("sub01", "EP01_01", 5, 6, 8, "happiness"),
    Plan("sub01", "EP01_02", 5, 6, 8, "others"),
    Plan("sub04", "EP12_01f", 5, None, 8, "disgust"),
    Plan("sub05", "EP09_05f", 5, 5, 8, "disgust"),
    Plan("sub17", "EP15_01", 5, 6, 8, "sadness"),
]


pytestmark = pytest.mark.usefixtures("no_databases")


@pytest.fixture
def casme2(set_up_casme2):
    """Five clips of CASME II."""
    return set_up_casme2(CASME2)


def test_path_opens_what_lies_there(tiny_database):
    opened = open_database(tiny_database.root)
    assert opened.clips.equals(tiny_database.clips) and opened.synthetic
    assert opened.fingerprint == tiny_database.fingerprint


def test_folder_without_description_counts_as_real(tiny_database, tmp_path):
    shutil.copytree(tiny_database.root, tmp_path / "copy")
    for said in ("database.json", "index.json"):  # that it was rendered
        (tmp_path / "copy" / said).unlink()
    opened = open_database(str(tmp_path / "copy"))
    assert not opened.synthetic and opened.name == "copy" and opened.fingerprint


def test_unknown_name_gives_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'synthetic'"):
        open_database("sinthetic")


def test_folder_without_clip_table_is_refused(tmp_path):
    with pytest.raises(MissingPath, match=r"clips\.csv"):
        open_database(tmp_path)


def test_absent_renderer_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mer.datasets.synthetic.build", None)
    with pytest.raises(InputError, match=r"pip install 'mer\[suite\]'"):
        open_database("synthetic")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ("composite", ["positive", "", "", "", ""]),
        ("casme2-4", ["positive", "others", "negative", "negative", "negative"]),
        ("casme2-5", ["happiness", "others", "disgust", "disgust", ""]),
    ],
)
def test_labels_of_a_release_are_the_studys_choice(casme2, labels, classes):
    opened = open_database("casme2", labels)
    assert opened.clips["label"].tolist() == classes
    assert (opened.name, opened.root, opened.synthetic) == ("casme2", casme2, False)
    assert "CASME II" in opened.terms
    without = classes.count("")
    said = [one for one in opened.remarks if "have no class" in one]
    assert [one.startswith(f"{without} clips have no class in {labels!r}") for one in said] == [True] * bool(without)
    assert open_database("casme2", "composite").fingerprint == opened.fingerprint, "labels are no content"


def test_what_is_odd_is_said(casme2):
    said = " ".join(open_database("casme2", "casme2-5").remarks)
    assert "sub04/EP12_01f: no apex is annotated; the middle frame 7 is taken." in said
    assert "sub05/EP09_05f: onset and apex are one frame (5): no motion." in said


def test_another_variant_has_another_name_and_content(casme2):
    raw, cropped = open_database("casme2"), open_database("casme2:cropped")
    assert (raw.name, cropped.name) == ("casme2", "casme2:cropped")
    assert open_database("casme2:raw").name == "casme2"
    assert raw.fingerprint != cropped.fingerprint
    assert cropped.clips["frames"].str.startswith("Cropped/").all()
    add_place(Place("casme2", casme2, "casme2", "cropped"))
    assert open_database("casme2").clips.equals(cropped.clips)
    with pytest.raises(InputError, match=r"no variant 'croped'\. Did you mean 'cropped'"):
        open_database("casme2:croped")


def test_faults_refuse_or_leave_out_and_change_the_fingerprint(casme2):
    whole = database_fingerprint("casme2")
    assert whole == open_database("casme2").fingerprint
    truncate(casme2 / "CASME2_RAW_selected/sub01/EP01_01/img7.jpg")
    with pytest.raises(ProblemsFound, match=r"img7\.jpg"):
        open_database("casme2")
    opened = open_database("casme2", "casme2-5", allow_missing=True)
    assert len(opened.clips) == 4
    assert [one.clip for one in opened.left_out] == [("casme2", "sub01", "EP01_01")]
    assert opened.left_out_table()["clip"].tolist() == ["EP01_01"]
    assert database_fingerprint("casme2") == opened.fingerprint != whole


def test_labels_that_another_database_has_are_refused(tmp_path, pictures, casme2):
    write_samm(tmp_path / "samm", [Plan("006", "006_1_1", 5, 6, 8, "anger")], pictures, {"raw": "SAMM"})
    add_place(Place("samm", tmp_path / "samm", "samm"))
    assert open_database("samm").clips["label"].tolist() == ["negative"]
    with pytest.raises(InputError, match="'casme2-5' say nothing of database 'samm'"):
        open_database("samm", "casme2-5")
    with pytest.raises(InputError, match=r"no labels 'casme'.*Valid|Did you mean"):
        open_database("casme2", "casme2-6")


def test_own_labels_must_belong_to_the_label_space(tiny_database, tmp_path):
    made_own(shutil.copytree(tiny_database.root, tmp_path / "own"))
    write_clips(tiny_database.clips.assign(label="sleepy"), tmp_path / "own" / "clips.csv")
    with pytest.raises(
        InputError, match=r"'composite' are negative, positive, surprise, but the clips of .* have sleepy"
    ):
        open_database(tmp_path / "own")
    write_clips(tiny_database.clips.assign(label=""), tmp_path / "own" / "clips.csv")
    assert (open_database(tmp_path / "own").clips["label"] == "").all(), "clips without a label can be aligned"


def test_a_folder_does_not_hide_a_database_and_a_table_does(casme2, tmp_path, monkeypatch, tiny_database):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "casme2").mkdir()
    assert open_database("casme2").root == casme2
    shutil.copytree(tiny_database.root, tmp_path / "casme2", dirs_exist_ok=True)
    assert open_database("casme2").root != casme2, "a clip table is what a path says"


def test_what_is_not_there_is_said_before_anything_is_read(casme2):
    assert check_name("casme2") is None
    assert check_name("synthetic") == 0
    assert check_name("synthetic:7") == 7
    with pytest.raises(InputError, match="'x' is no seed"):
        check_name("synthetic:x")
    with pytest.raises(MissingPath, match="SAMM is not set up"):
        check_name("samm")
    with pytest.raises(MissingPath, match="SMIC is not set up"):
        check_name("megc2019")
    with pytest.raises(InputError, match="megc2019 has no variants"):
        check_name("megc2019:cropped")
    with pytest.raises(InputError, match="'composite'; open one database for 'casme2-5'"):
        open_database("megc2019", "casme2-5")
    shutil.rmtree(casme2)
    with pytest.raises(MissingPath, match=r"casme2 should lie in .*release, which is gone"):
        check_name("casme2")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("CASME2_RAW_selected/sub01", "It looks like CASME II: run mer data add casme2 {}. Otherwise"),
        ("Cropped/sub01", "It looks like CASME II: run mer data add casme2 {} --variant cropped. Otherwise"),
        ("SAMM/006", "It looks like SAMM: run mer data add samm {}. Otherwise"),
        ("SMIC_all_cropped/HS", "It looks like SMIC: run mer data add smic {} --variant hs-cropped. Otherwise"),
        ("photos", "holds no clips.csv. Write its clip table there"),
    ],
)
def test_a_folder_that_looks_like_a_release(tmp_path, inside, said):
    (tmp_path / "there" / inside).mkdir(parents=True)
    with pytest.raises(MissingPath) as caught:
        open_database(tmp_path / "there")
    assert said.format(tmp_path / "there") in str(caught.value)


def test_names_that_can_be_opened(casme2):
    add_place(Place("second", casme2, "casme2", "cropped"))
    assert {"synthetic", "megc2019", "casme2", "samm", "smic", "second"} <= set(known_names())
    assert len(known_names()) == len(set(known_names()))
    assert open_database("second").name == "second"


def test_labels_of_other_classes_than_the_clips_name_both_sides(tiny_database, tmp_path):
    both = (
        r"'casme2-5' tell 5 classes apart \(happiness.*'synthetic' have 3 \(negative, positive, surprise\): no clip is"
    )
    with pytest.raises(InputError, match=both):
        open_database(tiny_database.root, "casme2-5")  # surprise is a class of both
    made_own(shutil.copytree(tiny_database.root, tmp_path / "own"))
    sleepy = tiny_database.clips["label"].where(tiny_database.clips.index > 0, "sleepy")
    write_clips(tiny_database.clips.assign(label=sleepy), tmp_path / "own" / "clips.csv")
    (remark,) = open_database(tmp_path / "own").remarks
    assert remark == "1 clips have a label that 'composite' does not know: 1 sleepy."


@pytest.mark.parametrize("labels", ["casme2-4", "casme2-5"])
@pytest.mark.parametrize("name", ["synthetic", "synthetic:3", "synthetic:0+glasses"])
def test_five_classes_of_rendered_clips_that_have_three_are_refused_before_rendering(monkeypatch, name, labels):
    monkeypatch.setitem(sys.modules, "mer.datasets.synthetic.build", None)
    with pytest.raises(
        InputError, match=rf"Labels '{labels}' tell . classes .* clips of '.*' have 3 .*no clip is .*others"
    ):
        open_database(name, labels)


def test_a_class_without_clips_is_a_remark_for_those_who_only_look(casme2):
    said = " ".join(open_database("casme2").remarks)
    assert "No clip is negative or surprise: 'composite' cannot be learnt from these clips alone." in said


def test_conditions_are_part_of_the_name():
    assert check_name("synthetic:2+low-light") == 2 == check_name("synthetic-emotions:2")
    with pytest.raises(InputError, match=r"'low-ligth' is no condition\. Did you mean 'low-light'"):
        check_name("synthetic+low-ligth")
    with pytest.raises(InputError, match="'x' is no seed"):
        check_name("synthetic-emotions:x+glasses")
    with pytest.raises(InputError, match="Did you mean 'synthetic-emotions'"):
        check_name("synthetic-emotion")
