from collections import Counter

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.synthetic.looks import COMPOSITE_LOOKS
from mer.datasets.synthetic.plan import SyntheticConfig, plan


def test_default_has_the_composite_imbalance_overall_and_in_each_look():
    clips = plan(SyntheticConfig())
    assert len(clips) == 180
    for chosen in [clips, *([clip for clip in clips if clip.look == look] for look in COMPOSITE_LOOKS)]:
        labels = [clip.label for clip in chosen]
        shares = [labels.count(name) / len(labels) for name in ("negative", "positive", "surprise")]
        assert np.allclose(shares, (0.566, 0.247, 0.188), atol=0.01)


def test_keys_are_unique_and_every_subject_has_several_clips():
    clips = plan(SyntheticConfig())
    assert len({(clip.look, clip.subject, clip.clip) for clip in clips}) == len(clips)
    counts = Counter((clip.look, clip.subject) for clip in clips)
    assert len(counts) == 24
    assert min(counts.values()) >= 4 and max(counts.values()) <= 12


def test_frames_lie_in_order_and_peaks_in_range():
    for clip in plan(SyntheticConfig(seed=3)):
        assert 1 < clip.first < clip.onset < clip.apex < clip.offset
        assert clip.offset + 2 == clip.first + clip.frames - 1
        assert 0.3 <= clip.peak_px <= 2.5


def test_peaks_and_durations_do_not_tell_the_class():
    clips = plan(SyntheticConfig(subjects=60))
    for value in ("peak_px", "frames", "first"):
        means = [
            np.mean([getattr(clip, value) for clip in clips if clip.label == name])
            for name in ("negative", "positive", "surprise")
        ]
        assert np.ptp(means) < 0.1 * np.mean(means)


def test_names_follow_the_releases():
    by_look = {clip.look: clip for clip in plan(SyntheticConfig())}
    assert by_look["synthetic-casme2"].folder.startswith("casme2/sub08/EP")
    assert len(by_look["synthetic-samm"].subject) == 3 and by_look["synthetic-samm"].subject.isdigit()
    assert by_look["synthetic-smic"].folder.startswith("smic/s8/s8_")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subjects": 0}, "subjects is 0"),
        ({"looks": ("synthetic-sam",)}, "synthetic-samm"),
        ({"looks": ()}, "one or more"),
        ({"peak_px": (2.0, 1.0)}, "peak_px"),
        ({"tempo": 9}, "tempo is 9"),
        ({"condition": "glases"}, "Did you mean 'glasses'"),
        ({"every": 0}, "every is 0"),
    ],
)
def test_wrong_configurations_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        SyntheticConfig(**change)
