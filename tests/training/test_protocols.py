"""Folds of the protocols: by hand, as properties, on the composite database, and as two networks train by them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps
from mer.manifest.clips import person
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from mer.training.folds import fold_folder
from mer.training.maps_loso import run_maps_loso
from mer.training.protocols import PROTOCOLS, protocol_folds
from mer.training.ststnet_loso import run_ststnet_loso
from tests.training.test_maps_loso import CONFIG as FUSION
from tests.training.test_ststnet_loso import FEW as STSTNET

AB = ("a", "b")


def table(*rows):
    """Clips as ``database/subject:label``."""
    split = [(*row.split(":")[0].split("/"), row.split(":")[1]) for row in rows]
    return pd.DataFrame(split, columns=["database", "subject", "label"])


def by_name(folds):
    return {fold.name: (fold.train.tolist(), fold.test.tolist()) for fold in folds}


#            0        1        2        3        4        5        6        7
CLIPS = ("x/1:a", "x/1:b", "x/2:a", "x/2:b", "x/2:", "y/1:b", "y/1:a", "y/2:a", "y/2:b")


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (
            "loso",
            {
                "x/1": ([2, 3, 5, 6, 7, 8], [0, 1]),
                "x/2": ([0, 1, 5, 6, 7, 8], [2, 3]),
                "y/1": ([0, 1, 2, 3, 7, 8], [5, 6]),
                "y/2": ([0, 1, 2, 3, 5, 6], [7, 8]),
            },
        ),
        ("database", {"x": ([5, 6, 7, 8], [0, 1, 2, 3]), "y": ([0, 1, 2, 3], [5, 6, 7, 8])}),
        (
            "loso-per-database",
            {"x/1": ([2, 3], [0, 1]), "x/2": ([0, 1], [2, 3]), "y/1": ([7, 8], [5, 6]), "y/2": ([5, 6], [7, 8])},
        ),
    ],
)
def test_folds_by_hand(protocol, expected):
    """Row 4 has no class: nobody is trained or tested on it."""
    folds = protocol_folds(table(*CLIPS), protocol, AB)
    assert by_name(folds) == expected
    assert folds.names == tuple(expected) and len(folds) == len(expected)
    assert folds.rows.tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    assert folds.training_clips.tolist() == [len(train) for train, _ in expected.values()]
    of_rows = {row: name for name, (_, test) in expected.items() for row in test}
    assert folds.names_of_rows == [of_rows[row] for row in folds.rows]
    assert folds["x" if protocol == "database" else "x/1"].persons == (
        ("x/1", "x/2") if protocol == "database" else ("x/1",)
    )


CLIP = st.tuples(st.sampled_from("xyz"), st.sampled_from("1234"), st.sampled_from(["a", "b", ""]))


@settings(max_examples=60, deadline=None)
@given(st.lists(CLIP, min_size=1, max_size=60), st.sampled_from(sorted(PROTOCOLS)))
def test_whoever_is_tested_is_in_no_training_and_every_clip_is_tested_once(rows, protocol):
    clips = pd.DataFrame(rows, columns=["database", "subject", "label"])
    try:
        folds = protocol_folds(clips, protocol, AB)
    except InputError:
        return
    persons, labelled = person(clips).to_numpy(), np.flatnonzero(clips["label"] != "")
    assert sorted(np.concatenate([fold.test for fold in folds])) == labelled.tolist()
    for fold in folds:
        assert not set(persons[fold.train]) & set(persons[fold.test])
        assert set(persons[fold.test]) == set(fold.persons)
        assert set(clips["label"].to_numpy()[fold.train]) == set(AB)
        databases = clips["database"].to_numpy()
        if protocol == "database":
            assert not set(databases[fold.train]) & set(databases[fold.test])
        others = set(labelled.tolist()) - set(fold.test.tolist())
        if protocol == "loso-per-database":
            others = {row for row in others if databases[row] == fold.name.split("/")[0]}
        assert fold.train.tolist() == sorted(others)


@pytest.mark.parametrize(("protocol", "count"), [("loso", 68), ("database", 3), ("loso-per-database", 68)])
def test_the_composite_database(protocol, count):
    clips = read_composite()
    folds = protocol_folds(clips, protocol, COMPOSITE.classes)
    assert (len(clips), len(folds)) == (442, count)
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested) == list(range(442))
    assert clips["label"].iloc[tested].value_counts().to_dict() == {"negative": 250, "positive": 109, "surprise": 83}
    sizes = {len(fold.train) + len(fold.test) for fold in folds}
    assert sizes == ({164, 145, 133} if protocol == "loso-per-database" else {442})
    own = person(clips).tolist() if protocol != "database" else clips["database"].tolist()
    assert folds.names_of_rows == own
    assert len({fold_folder("run", name).name for name in folds.names}) == count


def test_a_database_is_no_persons_name():
    clips = read_composite()
    databases = protocol_folds(clips, "database", COMPOSITE.classes).names
    assert databases == ("casme2", "samm", "smic")
    assert not set(databases) & set(person(clips))


@pytest.mark.parametrize(
    ("rows", "protocol", "words"),
    [
        (CLIPS, "lodo", "Unknown protocol 'lodo'"),
        (("x/1:", "x/2:c"), "loso", "None of 2 clips has a label of a, b"),
        (("x/1:a", "x/1:b"), "loso", r"one person out needs at least 2 of them, found \['x/1'\]"),
        (CLIPS[:5], "database", r"one database out needs at least 2 of them, found \['x'\]"),
        (CLIPS[:7], "loso-per-database", r"at least 2 of them in every database; 'y' has \['y/1'\]"),
        (("x/1:a", "x/1:b", "x/2:a", "x/3:a"), "loso", "Fold 'x/1' of the protocol 'loso' .* no clip of b; expected"),
        (("x/1:a", "x/2:b", "y/1:b"), "database", "Fold 'x' of the protocol 'database' .* no clip of a;"),
        (("x/1:a", "x/2:a"), "loso", "no clip of b .and 1 more folds would lack a class"),
    ],
)
def test_what_cannot_be_is_told_with_the_fold(rows, protocol, words):
    with pytest.raises(InputError, match=words):
        protocol_folds(table(*rows), protocol, AB)


def test_an_unknown_fold_is_refused():
    with pytest.raises(InputError, match="no fold 'x/3'"):
        protocol_folds(table(*CLIPS), "loso", AB)["x/3"]


def two_databases():
    """36 clips of two databases with three people each."""
    rows = [
        {"database": d, "subject": s, "clip": str(k), "label": COMPOSITE.classes[k % 3]}
        for d in "xy"
        for s in "123"
        for k in range(6)
    ]
    return pd.DataFrame(rows)


def _fusion(clips, folder, protocol, changed=None, together=1):
    maps = np.random.default_rng(0).standard_normal((len(clips), 3, 28, 28)).astype(np.float32)
    if changed is not None:
        maps[changed] += 3
    config = with_changes(FUSION, {"protocol": protocol, "fit.steps": 2})
    return run_maps_loso(
        MotionMaps(maps, clips, ("onset-apex",), f"m {changed}"), folder, config, 0, "cpu", 1, together
    )


def _ststnet(clips, folder, protocol, changed=None, together=1):
    pixels = np.random.default_rng(0).integers(0, 200, (len(clips), 1, 28, 28, 3), dtype=np.uint8)
    if changed is not None:
        pixels[changed] += 50
    config = with_changes(STSTNET, {"protocol": protocol, "fit.epochs": 1})
    return run_ststnet_loso(pixels, clips, folder, config, 0, "cpu", 1)


@pytest.mark.parametrize("train", [_fusion, _ststnet])
def test_networks_are_trained_by_the_protocol(tmp_path, train):
    """A clip of database y, changed, moves the folds that are trained on it and no others."""
    clips = two_databases()
    changed = int(np.flatnonzero(clips["database"] == "y")[0])  # of y/1
    moved = {
        "database": {"x": True, "y": False},
        "loso-per-database": {"x/1": False, "x/2": False, "x/3": False, "y/1": False, "y/2": True, "y/3": True},
    }
    for protocol, expected in moved.items():
        before = train(clips, tmp_path / protocol / "before", protocol)
        train(clips, tmp_path / protocol / "after", protocol, changed)
        assert sorted(set(before.fold)) == sorted(expected)
        assert before.arrays["probabilities"].shape == (len(clips), 3)
        for fold, moves in expected.items():
            weights = [
                (fold_folder(tmp_path / protocol / run, fold) / "weights.safetensors").read_bytes()
                for run in ("before", "after")
            ]
            assert (weights[0] != weights[1]) == moves, (protocol, fold)


def test_stacked_folds_of_databases_are_the_folds_one_by_one(tmp_path):
    """Databases differ in size, and so do their folds."""
    clips = two_databases().iloc[:-6].reset_index(drop=True)
    alone = _fusion(clips, tmp_path / "alone", "database")
    stacked = _fusion(clips, tmp_path / "stacked", "database", together=2)
    assert np.abs(alone.arrays["probabilities"] - stacked.arrays["probabilities"]).max() < 1e-4
