"""The manifest of the 442 clips, by itself and against the public lists it was made from."""

import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.manifest.clips import person
from mer.manifest.composite import EXPECTED, FILE_NAME, check_counts, counts, read_composite
from mer.manifest.labels import COMPOSITE
from mer.manifest.place import manifests_dir
from tests.real_data import REAL_DATA, needs

#: Emotion of a release to composite class, as the challenge's list has it.
CLASSES_OF = {
    "casme2": {"disgust": "negative", "repression": "negative", "happiness": "positive", "surprise": "surprise"},
    "samm": {
        **dict.fromkeys(["anger", "contempt", "disgust", "fear", "sadness"], "negative"),
        "happiness": "positive",
        "surprise": "surprise",
    },
    "smic": {name: name for name in COMPOSITE.classes},
}


@pytest.fixture(scope="module")
def clips():
    return read_composite()


def padded(names: pd.Series) -> pd.Series:
    """SMIC names as the public lists write them: s1_ne_01 becomes s01_ne_01."""
    return names.str.replace(r"^s(\d)(?=_|$)", r"s0\1", regex=True)


def test_counts_of_the_protocol(clips):
    assert len(clips) == 442
    assert person(clips).nunique() == 68
    assert clips["label"].value_counts().to_dict() == {"negative": 250, "positive": 109, "surprise": 83}
    assert (clips["offset"] - clips["onset"] + 1).sum() == 25_469
    pd.testing.assert_frame_equal(counts(clips).loc[EXPECTED.index], EXPECTED, check_names=False)


def test_expected_counts_add_up_to_the_published_totals():
    assert EXPECTED.sum().to_dict() == {
        "negative": 250,
        "positive": 109,
        "surprise": 83,
        "subjects": 68,
        "frames": 25_469,
    }


def test_every_row_is_complete(clips):
    assert clips["apex"].notna().all()
    assert (clips["onset"] < clips["apex"]).all()
    assert clips.groupby("database")["fps"].unique().map(list).to_dict() == {
        "casme2": [200],
        "samm": [200],
        "smic": [100],
    }
    assert clips.groupby("database")["apex_source"].unique().map(list).to_dict() == {
        "casme2": ["annotated"],
        "samm": ["annotated"],
        "smic": ["middle"],
    }
    assert (clips.loc[clips["database"] == "casme2", "action_units"] != "").all()
    assert clips["note"].ne("").sum() == 5


def test_labels_follow_from_emotions(clips):
    mapped = [
        CLASSES_OF[database][emotion] for database, emotion in zip(clips["database"], clips["emotion"], strict=True)
    ]
    assert list(clips["label"]) == mapped


def test_names_are_those_of_the_releases(clips):
    by = dict(iter(clips.groupby("database")))
    assert by["samm"]["subject"].str.fullmatch(r"\d{3}").all()
    assert by["casme2"]["subject"].str.fullmatch(r"sub\d{2}").all()
    assert by["smic"]["subject"].str.fullmatch(r"s[1-9]\d?").all()
    for name in ("samm", "smic"):
        assert all(clip.startswith(f"{subject}_") for subject, clip in by[name][["subject", "clip"]].to_numpy())
    assert all(folder.endswith(f"/{clip}") for folder, clip in clips[["frames", "clip"]].to_numpy())
    assert clips["frames"].is_unique


def test_smic_folders_say_the_class(clips):
    smic = clips[clips["database"] == "smic"]
    short = {"negative": "ne", "positive": "po", "surprise": "sur"}
    for folder, clip, label in smic[["frames", "clip", "label"]].to_numpy():
        assert f"/micro/{label}/" in folder and f"_{short[label]}_" in clip


def test_smic_apex_is_the_middle(clips):
    smic = clips[clips["database"] == "smic"]
    frames = smic["offset"] - smic["onset"] + 1
    assert (smic["apex"] - smic["onset"]).tolist() == (frames // 2).tolist()  # index floor(n / 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda clips: clips.iloc[1:], "casme2: 31 positive, expected 32"),
        (lambda clips: clips[clips["database"] != "samm"], "samm: 0 negative, expected 92"),
        (lambda clips: clips.assign(label=clips["label"].replace("surprise", "happy")), "label 'happy' is not one of"),
        (lambda clips: clips.assign(database=clips["database"].replace("smic", "SMIC")), "database 'SMIC' is not one"),
        (lambda clips: clips.assign(offset=clips["offset"] + 1), "smic: 5691 frames, expected 5527"),
    ],
)
def test_counts_that_do_not_hold_are_named(clips, change, message):
    with pytest.raises(InputError) as error:
        check_counts(change(clips))
    assert message in str(error.value)


def test_all_differences_at_once(clips):
    with pytest.raises(InputError) as error:
        check_counts(clips[clips["database"] == "samm"])
    assert str(error.value).count("expected") == 10  # five counts of each missing database


def test_found_from_any_folder(clips, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(read_composite(), clips)


def test_environment_names_another_folder(clips, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path / "absent"))
    with pytest.raises(MissingPath, match=r"absent \(named by MER_MANIFESTS\) does not exist"):
        manifests_dir()
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path))
    with pytest.raises(MissingPath, match=FILE_NAME):
        read_composite()
    clips.iloc[1:].to_csv(tmp_path / FILE_NAME, index=False)
    with pytest.raises(InputError, match=r"megc2019\.csv: These clips are not the composite database"):
        read_composite()


@needs(REAL_DATA / "clips_442.csv")
def test_equals_the_joined_public_lists(clips):
    source = pd.read_csv(REAL_DATA / "clips_442.csv", dtype=str, keep_default_na=False)
    assert list(padded(clips["clip"])) == list(source["clip"])
    assert list(padded(clips["subject"])) == list(source["subject"])
    for column in ("database", "emotion", "action_units", "label"):
        assert list(clips[column]) == list(source[column]), column
    for column in ("onset", "offset"):
        assert list(clips[column]) == list(source[column].astype(int)), column
    annotated = (clips["apex_source"] == "annotated").tolist()  # the list rounds SMIC's middle frames down
    assert clips["apex"][annotated].tolist() == source["apex"].astype(int)[annotated].tolist()
    assert (clips["apex"] - source["apex"].astype(int)).isin([0, 1]).all()
    assert list(clips["apex_source"]) == list(source["apex_source"].replace("middle frame", "middle"))
    assert list(clips["note"] != "") == list(source["offset_note"] != "")


@needs(REAL_DATA / "official_442.csv")
def test_equals_the_challenges_list(clips):
    official = pd.read_csv(
        REAL_DATA / "official_442.csv", dtype=str, header=None, names=["database", "subject", "clip", "label"]
    )
    official["subject"] = official["subject"].where(official["database"] != "samm", official["subject"].str.zfill(3))
    ours = clips.assign(subject=padded(clips["subject"]), clip=padded(clips["clip"]))
    ours["label"] = ours["label"].map(lambda label: str(COMPOSITE.index(label)))
    columns = ["database", "subject", "clip", "label"]
    assert set(map(tuple, ours[columns].to_numpy())) == set(map(tuple, official[columns].to_numpy()))


@needs(REAL_DATA / "key_frames_and_landmarks")
def test_names_and_key_frames_are_those_of_the_key_frame_list(clips):
    """Also proves the spelling: the list names SMIC clips as the release does, s1_ne_01."""
    for database in ("smic", "samm", "casme2"):
        coding = pd.read_csv(REAL_DATA / "key_frames_and_landmarks" / database / "coding.csv", dtype=str)
        if database == "casme2":
            coding["Subject"] = "sub" + coding["Subject"].str.zfill(2)
            coding["ApexFrame"] = coding["ApexFrame"].replace("/", "0")  # sub04/EP12_01f, not among the 442
        coding = coding.set_index(["Subject", "Filename"])[["OnsetFrame", "ApexFrame", "OffsetFrame"]].astype(int)
        ours = clips[clips["database"] == database].set_index(["subject", "clip"])
        theirs = coding.loc[ours.index]
        assert list(ours["onset"]) == list(theirs["OnsetFrame"])
        later = ours["apex"].to_numpy() - theirs["ApexFrame"].to_numpy()
        assert set(later) <= ({0, 1} if database == "smic" else {0})  # the list rounds middle frames down
        other = (ours["offset"].to_numpy() != theirs["OffsetFrame"].to_numpy()).tolist()
        assert other == (ours["note"] != "").tolist()
