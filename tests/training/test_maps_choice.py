"""The parts of a fold's model, chosen on its training people: by what they tell there, and by nothing else."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps
from mer.evaluation.map_choices import choices_table
from mer.manifest.labels import COMPOSITE
from mer.training.augment import AugmentConfig
from mer.training.checkpoints import load_weights, read_about
from mer.training.epochs import EpochsConfig, mean_recalls
from mer.training.folds import FoldResult, fold_folder
from mer.training.maps_choice import CHOICES, CHOOSING, FoldGroup, choose_configs
from mer.training.maps_config import CANDIDATES, ChoiceConfig, MapsConfig
from mer.training.maps_loso import run_maps_loso
from mer.training.protocols import ProtocolFold
from tests.training.test_maps_loso import CONFIG, made_up_maps, with_nonsense

PATCHES, DIRECT = "own-patches", "own-patches-direct"
#: Each database by itself; one fold a group; each of the two people left is told by a model of the other.
CHOSEN = with_changes(
    CONFIG,
    {
        "fit.steps": 5,
        "fit.learning_rate": 4e-3,
        "fit.augment": AugmentConfig(),
        "protocol": "loso-per-database",
        "choice": ChoiceConfig((PATCHES, DIRECT), groups=3, inner=2),
    },
)


def directed_maps():
    """Maps whose direction tells, which only the direct path sees: one clip a person is so large that others vanish.

    In database ``same`` a pattern means the same for everybody, so the direct path tells all. In ``own`` it means
    something else for each person, so what the direct path has learned of others is always wrong.
    """
    pattern = np.random.default_rng(0).standard_normal((3, 3, 28, 28))
    pattern += pattern[..., ::-1] * np.array([-1, 1, 1])[:, None, None]  # the same when mirrored
    rows, maps = [], []
    for database in ("own", "same"):
        for who in range(3):
            for k in range(6):
                label = (k + (who if database == "own" else 0)) % 3
                rows.append((database, str(who), str(k), COMPOSITE.classes[label]))
                maps.append(pattern[k % 3] * (1e4 if k == 5 else 1))
    clips = pd.DataFrame(rows, columns=["database", "subject", "clip", "label"])
    return MotionMaps(np.stack(maps).astype(np.float32), clips, ("onset-apex",), "directed")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Maps, result and folder of a run that chose."""
    maps, folder = directed_maps(), tmp_path_factory.mktemp("chosen")
    return maps, run_maps_loso(maps, folder, CHOSEN, 0, "cpu", 1), folder


def times(folder):
    return {path: path.stat().st_mtime_ns for path in sorted(folder.glob("**/fold.json"))}


def weights(folder, fold):
    return fold_folder(folder, fold) / "weights.safetensors"


def test_what_tells_training_people_best_is_taken(run):
    _, result, folder = run
    direct = {name: read_about(weights(folder, name))["parts"]["direct"] for name in set(result.fold)}
    assert direct == {f"{database}/{who}": database == "same" for database in ("own", "same") for who in range(3)}
    table = choices_table(folder)
    assert table["candidate"].tolist() == [PATCHES, DIRECT]
    marked = table.drop(columns="candidate").map(lambda words: words.endswith(" *"))
    assert marked.to_numpy().tolist() == [[True] * 3 + [False] * 3, [False] * 3 + [True] * 3]
    assert table.iloc[1, 1:].tolist() == ["0.000"] * 3 + ["1.000 *"] * 3
    right = result.arrays["probabilities"].argmax(1) == result.clips["label"].map(COMPOSITE.index)
    assert right[result.clips["database"] == "same"].all(), "the folds have the chosen model, trained"


def test_the_uar_is_that_of_what_the_inner_fits_left(run):
    maps, _, folder = run
    label = maps.clips["label"].map(COMPOSITE.index).to_numpy()
    read = pd.read_csv(folder / CHOICES)
    assert read.columns.tolist() == ["group", "folds", "persons", "clips", "candidate", "uar", "chosen"]
    assert len(read) == 12 and set(read["folds"]) == {1} and set(read["persons"]) == {2} and set(read["clips"]) == {12}
    for row in read.itertuples():
        left = [
            np.load(fold_folder(folder / CHOOSING, f"{row.candidate}-{row.group}-{k}") / "arrays.npz") for k in (0, 1)
        ]
        clips, told = (np.concatenate([one[name] for one in left]) for name in ("clips", "probabilities"))
        assert row.uar == pytest.approx(recall_score(label[clips], told.argmax(1), average="macro"))


def test_folds_of_mixed_choices_stacked_are_the_folds_one_by_one(run, tmp_path):
    """Four at a time: three with one model and one with another come in one call."""
    maps, alone, folder = run
    shutil.copytree(folder / CHOOSING, tmp_path / CHOOSING)
    before = times(tmp_path)
    stacked = run_maps_loso(maps, tmp_path, CHOSEN, 0, "cpu", 1, 4)
    assert before.items() <= times(tmp_path).items() and len(before) == 24, "inner fits stand in any folder"
    told = [one.arrays["probabilities"] for one in (alone, stacked)]
    assert np.abs(told[0] - told[1]).max() < 0.01, "of maps that all but vanish, rounding is much"
    for fold in set(alone.fold):
        assert read_about(weights(folder, fold)) == read_about(weights(tmp_path, fold))


def test_a_second_call_trains_nothing(run):
    maps, result, folder = run
    before = times(folder)
    again = run_maps_loso(maps, folder, CHOSEN, 0, "cpu", 1)
    assert len(before) == 30 and times(folder) == before
    assert np.array_equal(again.arrays["probabilities"], result.arrays["probabilities"])


def test_what_a_candidate_is_counts_not_its_name(run, tmp_path, monkeypatch):
    """Folds that took a candidate are trained anew when that name means something else; the others stand."""
    maps, _, folder = run
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = times(tmp_path)
    monkeypatch.setitem(CANDIDATES, DIRECT, CANDIDATES[DIRECT] | {"fit.steps": 6})
    run_maps_loso(maps, tmp_path, CHOSEN, 0, "cpu", 1)
    anew = {str(path.parent.relative_to(tmp_path)) for path, time in times(tmp_path).items() if before[path] != time}
    fits = {f"{CHOOSING}/folds/{DIRECT}-{group}-{k}" for group in range(6) for k in range(2)}
    assert anew == fits | {f"folds/same__{who}" for who in range(3)}


def test_of_the_inner_fits_only_what_they_told_is_kept(run):
    for path in run[2].glob(f"{CHOOSING}/folds/*/weights.safetensors"):
        assert load_weights(path)[0] == {}
    assert load_weights(weights(run[2], "own/0"))[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parts.stem": 8}, "parts is .*stem=8.* choice.candidates say what parts each candidate has"),
        ({"mirrored": True}, "mirrored is True, and choice.candidates say"),
        (
            {"choice.candidates": ["plain", "wider"]},
            "differ in fusion.width, which all folds .*'plain': 16, 'wider': 96",
        ),
        (
            {"choice.candidates": ["stem", "stem-longer"], "epochs.every": 2},
            "differ in fit.steps, .* for the epoch rules: .*'stem-longer': 320",
        ),
    ],
)
def test_candidates_that_cannot_stand_side_by_side_are_refused_before_work(tmp_path, changes, said):
    config = with_changes(CONFIG, {"choice": ChoiceConfig(("plain", PATCHES))} | changes)
    with pytest.raises(InputError, match=said):
        run_maps_loso(made_up_maps(), tmp_path, config, 0, "cpu", 1)
    assert not list(tmp_path.iterdir())


def test_stacking_looks_at_the_batch_that_was_chosen(tmp_path, monkeypatch):
    """Too few clips for the chosen batch in some folds: no stacking, the same answers."""
    for name in ("larger-batch", "larger-batch-2"):
        monkeypatch.setitem(CANDIDATES, name, {"fit.batch": 24})
    maps = made_up_maps((3, 4, 2, 9, 6, 3))
    config = with_changes(CONFIG, {"fit.steps": 4, "choice": ChoiceConfig(("larger-batch", "larger-batch-2"), 2, 2)})
    alone, together = (run_maps_loso(maps, tmp_path / str(n), config, 0, "cpu", 1, n) for n in (1, 3))
    assert np.array_equal(alone.arrays["probabilities"], together.arrays["probabilities"])


def test_a_table_of_an_earlier_choice_goes_with_it(run, tmp_path):
    maps, _, folder = run
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    run_maps_loso(maps, tmp_path, with_changes(CHOSEN, {"choice.candidates": [], "fit.steps": 1}), 0, "cpu", 1)
    assert not (tmp_path / CHOICES).exists()


def test_with_other_labels_nothing_stands(run, tmp_path):
    maps, _, folder = run
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before, labels = times(tmp_path), maps.clips["label"].to_numpy()
    run_maps_loso(replace(maps, clips=maps.clips.assign(label=np.roll(labels, 1))), tmp_path, CHOSEN, 0, "cpu", 1)
    assert not before.items() & times(tmp_path).items()


def test_neither_choice_nor_model_of_a_fold_depends_on_maps_and_labels_of_its_person(tmp_path):
    maps = made_up_maps((4, 4, 4, 4, 4, 4))
    changed = with_nonsense(maps, "2")
    config = with_changes(CONFIG, {"fit.steps": 2, "choice": ChoiceConfig(("plain", DIRECT), groups=2, inner=2)})
    folders = [tmp_path / name for name in ("plain", "changed")]
    for one, folder in zip((maps, changed), folders, strict=True):
        run_maps_loso(one, folder, config, 0, "cpu", 1)
    told = [
        [
            np.concatenate(
                [np.load(path)["probabilities"] for path in sorted(folder.glob(f"{CHOOSING}/folds/*-{g}-?/*z"))]
            )
            for g in (0, 1)
        ]
        for folder in folders
    ]
    same = [np.array_equal(one, other) for one, other in zip(*told, strict=True)]
    assert sorted(same) == [False, True], "one of two groups has the person's fold, the other trains on them"
    rows = [pd.read_csv(folder / CHOICES).query(f"group == {same.index(True)}") for folder in folders]
    pd.testing.assert_frame_equal(*rows)
    assert weights(folders[0], "made-up/2").read_bytes() == weights(folders[1], "made-up/2").read_bytes()
    assert weights(folders[0], "made-up/3").read_bytes() != weights(folders[1], "made-up/3").read_bytes()


class Answers:
    """In place of a training: for each candidate the classes that it tells of the clips; counts, and may be killed."""

    def __init__(self, config, classes, survives=1000):
        plain = with_changes(config, {"choice": ChoiceConfig(), "epochs": EpochsConfig()})
        self.told = [(with_changes(plain, CANDIDATES[name]), np.eye(3)[told]) for name, told in classes.items()]
        self.survives, self.fits = survives, 0

    def __call__(self, wanted):
        for fold, config in wanted:
            if self.fits == self.survives:
                raise KeyboardInterrupt
            self.fits += 1
            told = next(told for own, told in self.told if own == config)
            history = pd.DataFrame([{"step": 1}])
            yield FoldResult({}, {}, history, fold.test, {"probabilities": told[fold.test]})


def inner(name, *tests):
    """Inner folds of 12 clips, one a list of the clips that are told."""
    every = np.arange(12)
    return tuple(
        ProtocolFold(f"{name} {k}", (f"{name}/{k}",), np.setdiff1d(every, test), np.array(test))
        for k, test in enumerate(tests)
    )


#: Six clips in each of two groups.
TRUE = np.array([0, 0, 0, 1, 1, 2, 0, 1, 2, 2, 1, 0])
GROUPS = [
    FoldGroup(("a/1", "a/2"), inner("first", [0, 5], [1, 3], [2, 4])),
    FoldGroup(("a/3",), inner("last", [7, 9, 11], [6, 8, 10])),
]
#: Of clips 0 to 5: "plain" is right of 2 of 3, 1 of 2, 1 of 1; "stem" and "own-patches" of 1 of 3, 2 of 2, 1 of 1, as
#: often, with a higher UAR. Of the other six "plain" is right always, "stem" never, "own-patches" of class 0 alone.
TOLD = {
    "plain": [0, 0, 2, 1, 0, 2, 0, 1, 2, 2, 1, 0],
    "stem": [0, 1, 2, 1, 1, 2, 1, 2, 0, 0, 2, 1],
    PATCHES: [2, 1, 0, 1, 1, 2, 0, 0, 0, 0, 0, 0],
}
EXPECTED = [13 / 18, 7 / 9, 7 / 9, 1, 0, 1 / 3]
BY_HAND = with_changes(MapsConfig(), {"choice": ChoiceConfig(tuple(TOLD)), "epochs.every": 5})


def choose(folder, config=BY_HAND, settings=("0",), survives=1000, told=TOLD):
    """The configurations, and how many fits were made."""
    answers = Answers(config, told, survives)
    return choose_configs(GROUPS, config, TRUE, folder, settings, answers, 1), answers.fits


def test_the_highest_uar_by_hand_and_of_equals_the_first(tmp_path):
    configs, fits = choose(tmp_path)
    assert fits == 15
    stem, paper = (with_changes(BY_HAND, CANDIDATES[name]) for name in ("stem", "plain"))
    assert configs == {"a/1": stem, "a/2": stem, "a/3": paper}
    assert stem.epochs.every == 5 and stem.parts.stem > 0 and stem.mirrored and paper.parts.stem == 0
    read = pd.read_csv(tmp_path / CHOICES)
    assert read["uar"].tolist() == pytest.approx(EXPECTED)
    assert read["chosen"].tolist() == [False, True, False, True, False, False]
    assert read["folds"].tolist() == [2] * 3 + [1] * 3 and read["persons"].tolist() == [3] * 3 + [2] * 3
    table = choices_table(tmp_path)
    assert table.columns.tolist() == ["candidate", "group 0", "group 1"]
    assert table.to_numpy().tolist() == [
        ["plain", "0.722", "1.000 *"],
        ["stem", "0.778 *", "0.000"],
        [PATCHES, "0.778", "0.333"],
    ]


def test_a_killed_choice_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        choose(tmp_path, survives=7)
    assert not (tmp_path / CHOICES).exists()
    configs, fits = choose(tmp_path)
    assert fits == 15 - 7 and configs == choose(tmp_path / "at once")[0]
    assert choose(tmp_path) == (configs, 0)


def test_other_settings_choose_anew(tmp_path):
    before, _ = choose(tmp_path)
    better = TOLD | {PATCHES: TRUE.tolist()}
    assert choose(tmp_path, told=better) == (before, 0), "nothing was asked"
    after, fits = choose(tmp_path, settings=("1",), told=better)
    assert fits == 15 and after["a/1"] == with_changes(BY_HAND, CANDIDATES[PATCHES]) != before["a/1"]
    assert choose(tmp_path, with_changes(BY_HAND, {"fit.steps": 3}), settings=("1",))[1] == 15
    assert choose(tmp_path / "two", with_changes(BY_HAND, {"choice.candidates": ["plain", PATCHES]}))[1] == 10
    assert choose(tmp_path / "two")[1] == 5, "a further candidate alone is tried"


def test_a_run_that_chose_nothing_has_no_table(tmp_path):
    with pytest.raises(InputError, match=r"has no choices\.csv: nothing was chosen"):
        choices_table(tmp_path)


def test_mean_recalls_by_hand():
    """Class 1 has no clip and does not count; the rare class counts as much as the frequent one."""
    probabilities = np.eye(3)[[[0, 2, 0], [0, 2, 1], [0, 2, 0], [0, 2, 2]]]
    assert mean_recalls(probabilities, np.array([0, 0, 0, 2])).tolist() == pytest.approx(
        [1 / 2, 1 / 2, (2 / 3 + 1) / 2]
    )
