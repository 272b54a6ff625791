"""Pairs, pretraining, and the displacement that each clip gets from weights that held its person out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.core.live import LIVE
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import DGMLoss, DGMLossConfig, dgm_loss
from mer.models.local_motion import LocalMotionConfig
from mer.training.checkpoints import load_weights
from mer.training.generate import generate_held_out, generate_untrained
from mer.training.pairs import RandomPairs, apex_rows, frames_near_apex, to_float
from mer.training.pretrain import pretrain, weighted_curves
from mer.training.pretrain_groups import pretrain_groups, pretrain_one_group
from mer.training.pretrained import find_pretrained
from tests.training.conftest import FRAMES, model_config, pretrain_config

CPU = torch.device("cpu")
DGM_CONFIG = model_config().dgm


def numbered(store):
    """The store with the grey value of every frame its row, so that a drawn frame says where it is from."""
    rows = np.arange(len(store.frames), dtype=np.uint8)
    return replace(store, frames=np.broadcast_to(rows[:, None, None, None], store.frames.shape))


def drawn(pairs, batch, seed=0):
    """Rows of the two frames of each pair."""
    both = pairs.draw(batch, np.random.default_rng(seed), CPU)
    return [torch.round(frames[:, 0, 0, 0] * 255).long().numpy() for frames in both]


def test_bytes_become_fractions_channels_first():
    frames = np.array([[[[0, 51, 255]]]], np.uint8)  # one frame of one RGB pixel
    assert torch.allclose(to_float(frames, CPU), torch.tensor([0, 0.2, 1]).view(1, 3, 1, 1))


@pytest.mark.parametrize("gap", [1, 3, 5])
def test_pairs_are_of_one_clip_and_far_enough_apart_in_both_orders(toy_store, gap):
    first, second = drawn(RandomPairs(numbered(toy_store), np.arange(12), gap), 600)
    assert (first // FRAMES == second // FRAMES).all()
    distance = np.abs(first - second)
    assert distance.min() == gap and distance.max() == FRAMES - 1
    assert 0.4 < (first < second).mean() < 0.6
    assert set(first) | set(second) >= {0, FRAMES - 1, len(toy_store.frames) - 1}  # both ends are reached
    assert set(first // FRAMES) == set(range(12))


def test_all_pairs_can_be_onset_and_apex(toy_store):
    first, second = drawn(RandomPairs(numbered(toy_store), np.array([3, 5]), 2, apex_share=1.0), 100)
    pairs = set(zip((first % FRAMES).tolist(), (second % FRAMES).tolist(), strict=True))
    assert pairs == {(0, 4), (4, 0)}
    assert set(first // FRAMES) == {3, 5}


def test_a_clip_without_apex_gives_random_pairs_only(toy_store):
    store = numbered(replace(toy_store, clips=toy_store.clips.assign(apex=None).astype({"apex": "Int64"})))
    first, second = drawn(RandomPairs(store, np.arange(12), 2, apex_share=1.0), 200)
    assert len(set(zip(first % FRAMES, second % FRAMES, strict=True))) > 6


def test_clips_that_are_too_short_are_left_out_and_too_long_a_gap_is_refused(toy_store):
    count = toy_store.count.copy()
    count[0] = 3
    first, _ = drawn(RandomPairs(numbered(replace(toy_store, count=count)), np.arange(3), 3), 200)
    assert set(first // FRAMES) == {1, 2}
    with pytest.raises(InputError, match="more than 6 frames"):
        RandomPairs(toy_store, np.arange(3), FRAMES)


def test_apex_neighbours_stop_at_the_ends_of_the_clip(toy_store):
    rows = apex_rows(toy_store, np.array([0, 2]), (-9, -1, 0, 1, 9))
    assert rows.tolist() == [[1, 13], [3, 15], [4, 16], [5, 17], [5, 17]]  # never the onset, never another clip
    near = frames_near_apex(toy_store, np.array([0, 2]), (0,))
    assert np.array_equal(near[0, 1], toy_store.pair(2)[1])


def test_pretraining_lowers_its_loss_and_depends_on_its_seed(toy_store):
    config = with_changes(pretrain_config(steps=60), {"batch": 8, "learning_rate": 0.01, "loss.no_motion": 0.05})
    start = replace(DGM_CONFIG, zero_start=True)
    _, history = pretrain(toy_store, np.arange(12), start, config, 0, CPU)
    assert history.columns.tolist() == ["step", "total", "reconstruction", "no_motion", "smooth", "curvature"]
    assert (history["curvature"] > 0).all()  # weight 0, and logged all the same
    assert history["step"].tolist() == [25, 50, 60]
    assert history["reconstruction"].iloc[-1] < 0.9 * history["reconstruction"].iloc[0]
    weighted = 10 * history["reconstruction"] + 0.05 * history["no_motion"] + 0.2 * history["smooth"]
    np.testing.assert_allclose(history["total"], weighted, rtol=1e-4)
    short = replace(config, steps=2)
    one, again, other = (pretrain(toy_store, np.arange(12), start, short, seed, CPU)[0] for seed in (0, 0, 1))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_curves_are_those_of_terms_with_a_weight():
    history = pd.DataFrame([[1.0] * 6], columns=["step", "total", "reconstruction", "no_motion", "smooth", "curvature"])
    curved = DGMLossConfig(reconstruction=10.0, no_motion=0.0, smooth=0.0, curvature=16.0)
    assert weighted_curves(history, curved) == ["total", "reconstruction", "curvature"]
    assert weighted_curves(history, DGMLossConfig()) == ["total", "reconstruction", "no_motion", "smooth"]
    assert weighted_curves(history.drop(columns="curvature"), curved) == ["total", "reconstruction"]  # an older file


def test_the_term_on_curvature_is_logged_as_it_is_weighed(toy_store):
    changes = {"batch": 4, "loss.no_motion": 0.0, "loss.smooth": 0.0, "loss.curvature": 16.0}
    config = with_changes(pretrain_config(steps=3), changes)
    _, history = pretrain(toy_store, np.arange(12), replace(DGM_CONFIG, zero_start=False), config, 0, CPU)
    assert (history["curvature"] > 0).all()
    np.testing.assert_allclose(history["total"], 10 * history["reconstruction"] + 16 * history["curvature"], rtol=1e-4)


@pytest.fixture(scope="module")
def groups(toy_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("groups")
    return folder, pretrain_groups(toy_store, folder, DGM_CONFIG, pretrain_config(), 0, "cpu", 1)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("group-1.safetensors", lambda content: content[:-5], "safetensors is damaged"),
        ("group-1.safetensors", lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:], "is damaged"),
        ("group-1.csv", lambda content: content.replace(b"1", b"2", 1), "group-1.csv is damaged"),
        ("group-1.csv", lambda _: b"", "group-1.csv is damaged"),
        ("group-1.json", lambda content: content.replace(b'"sha256": "', b'"sha256": "0', 1), "its own seal"),
        ("group-1.json", lambda _: None, ""),  # it was not finished
    ],
)
def test_only_an_unfinished_or_damaged_group_is_pretrained_again(toy_store, groups, capsys, name, damage, said):
    folder, history = groups
    files = sorted(folder.glob("group-*.*"))
    assert len(files) == 6 and history["group"].tolist() == [0, 1]
    bits, times = [path.read_bytes() for path in files], [path.stat().st_mtime_ns for path in files]
    damaged = damage((folder / name).read_bytes())
    (folder / name).unlink() if damaged is None else (folder / name).write_bytes(damaged)
    again = pretrain_groups(toy_store, folder, DGM_CONFIG, pretrain_config(), 0, "cpu", 1)
    assert [path.read_bytes() for path in files] == bits
    changed = [path.stat().st_mtime_ns != time for path, time in zip(files, times, strict=True)]
    assert changed == [path.stem == "group-1" for path in files]
    assert again.equals(history)
    told = capsys.readouterr().out
    assert told.startswith("Group 1 is trained again: ") and said in told if said else not told


def test_another_seed_or_configuration_pretrains_again(toy_store, tmp_path):
    written = []
    for steps, seed in [(1, 0), (2, 0), (2, 1)]:
        pretrain_groups(toy_store, tmp_path, DGM_CONFIG, pretrain_config(steps), seed, "cpu", 1)
        written.append((tmp_path / "group-0.safetensors").read_bytes())
    assert len(set(written)) == 3


def test_groups_of_an_earlier_pretraining_are_not_found(toy_store, tmp_path):
    for count in (4, 2):
        config = with_changes(pretrain_config(1), {"groups": count})
        pretrain_groups(toy_store, tmp_path, model_config().dgm, config, 0, "cpu", 1)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != LIVE) == [
        f"group-{k}.{end}" for k in (0, 1) for end in ("csv", "json", "safetensors")
    ]


def test_each_clip_gets_its_displacement_from_weights_that_held_its_person_out(toy_store, groups):
    folder, _ = groups
    fields = generate_held_out(toy_store, folder, "cpu")
    assert fields.shape == (12, 2, 32, 32) and fields.dtype == np.float32
    onset, apex = (torch.from_numpy(frames) for frames in toy_store.pairs())
    sources = set()
    for clip in range(12):
        path = find_pretrained(folder, f"toy/{toy_store.clips['subject'][clip]}")
        sources.add(path)
        model = DGM(DGM_CONFIG).eval()
        model.load_state_dict(load_weights(path)[0])
        with torch.no_grad():
            expected = model.displacement(model(onset[clip : clip + 1], apex[clip : clip + 1]))[0].numpy()
        np.testing.assert_allclose(fields[clip], expected, atol=1e-6)
    assert len(sources) == 2


def test_a_clip_without_apex_gets_no_displacement_and_an_unknown_person_is_refused(toy_store, groups):
    clips = toy_store.clips.copy()
    clips.loc[4, "apex"] = None
    fields = generate_held_out(replace(toy_store, clips=clips), groups[0], "cpu")
    assert np.isnan(fields[4]).all() and np.isfinite(np.delete(fields, 4, axis=0)).all()
    clips.loc[4, "subject"] = "new"
    with pytest.raises(InputError, match="leak"):
        generate_held_out(replace(toy_store, clips=clips), groups[0], "cpu")


def test_noise_is_added_to_what_the_network_sees_and_not_to_what_is_compared(toy_store, monkeypatch):
    seen, compared = [], []

    class Seeing(DGM):
        def forward(self, onset, apex):
            seen.append((onset, apex))
            return super().forward(onset, apex)

    def loss(onset, apex, *rest):
        compared.append((onset, apex))
        return dgm_loss(onset, apex, *rest)

    monkeypatch.setattr("mer.training.pretrain.DGM", Seeing)
    monkeypatch.setattr("mer.training.tasks.dgm_loss", loss)
    for noise in (0.0, 8.0):
        config = with_changes(pretrain_config(1), {"noise": noise, "batch": 32})
        pretrain(toy_store, np.arange(12), DGM_CONFIG, config, 0, CPU)
    assert all(torch.equal(a, b) for a, b in zip(seen[0], compared[0], strict=True))
    added = (seen[1][0] - compared[1][0]) * 255
    inner = (compared[1][0] > 0.1) & (compared[1][0] < 0.9)
    assert inner.float().mean() > 0.5
    deviations = torch.stack([values[mask].std() for values, mask in zip(added, inner, strict=True)])
    assert deviations.max() < 8.5 and deviations.min() < 2 and deviations.mean().item() == pytest.approx(4, abs=1.5)


def test_a_loss_that_is_no_number_stops_with_words(toy_store, monkeypatch):
    monkeypatch.setattr("mer.training.tasks.dgm_loss", lambda *given: DGMLoss(*[torch.tensor(float("nan"))] * 5))
    with pytest.raises(InputError, match=r"nan at step 1\. Lower learning_rate"):
        pretrain(toy_store, np.arange(12), DGM_CONFIG, pretrain_config(2), 0, CPU)


def test_one_group_alone_is_that_of_all_groups_and_is_done_once(toy_store, tmp_path, groups):
    folder, _ = groups
    held_out = pretrain_one_group(toy_store, tmp_path, DGM_CONFIG, pretrain_config(), 0, "cpu", 1)
    assert [path.name for path in sorted(tmp_path.iterdir()) if path.name != LIVE] == [
        "group-1.csv",
        "group-1.json",
        "group-1.safetensors",
    ]
    assert find_pretrained(tmp_path, held_out[0]) == tmp_path / "group-1.safetensors"
    alone, together = (load_weights(path / "group-1.safetensors")[0] for path in (tmp_path, folder))
    assert all(torch.equal(alone[name], together[name]) for name in alone)
    before = (tmp_path / "group-1.safetensors").stat().st_mtime_ns
    assert pretrain_one_group(toy_store, tmp_path, DGM_CONFIG, pretrain_config(), 0, "cpu", 1) == held_out
    assert (tmp_path / "group-1.safetensors").stat().st_mtime_ns == before
    with pytest.raises(InputError, match="no group 2"):
        pretrain_one_group(toy_store, tmp_path, DGM_CONFIG, pretrain_config(), 0, "cpu", 2)


def test_untrained_displacement_is_that_of_the_steps_in_closed_form(toy_store):
    """A network alone has none; the steps of a pair are those of the same pair on its own."""
    assert generate_untrained(toy_store, DGM_CONFIG, "cpu") is None
    clips = toy_store.clips.copy()
    clips.loc[1, "apex"] = np.nan
    config = DGMConfig(widths=(8, 12), stride=4, start=LocalMotionConfig(windows=(16.0, 8.0)), zero_start=False)
    fields = generate_untrained(replace(toy_store, clips=clips), config, "cpu")
    assert np.isnan(fields[1]).all() and np.isfinite(np.delete(fields, 1, axis=0)).all()
    model = DGM(replace(config, zero_start=True)).eval()
    onset, apex = (to_float(frame[None], CPU) for frame in toy_store.pair(2))
    np.testing.assert_allclose(fields[2], model.displacement(model(onset, apex)).detach().numpy()[0], atol=1e-6)
    assert np.abs(fields[2]).max() > 0
