"""What a reader should have made of an imitation."""

from collections.abc import Sequence

import pandas as pd

from mer.datasets.frames import open_frames
from mer.datasets.release import Release
from mer.manifest.clips import validate_clips
from mer.manifest.composite import read_composite
from tests.imitations.plans import Plan

KEY_FRAMES = ["onset", "apex", "offset"]


def planned(plans: Sequence[Plan]) -> dict[tuple[str, str], tuple]:
    """Key to onset, apex (the middle frame where none is given), offset and emotion."""
    return {
        (one.subject, one.clip): (one.onset, one.middle if one.apex is None else one.apex, one.offset, one.emotion)
        for one in plans
    }


def found(clips: pd.DataFrame) -> dict[tuple[str, str], tuple]:
    """The same of a clip table."""
    assert not clips.duplicated(["subject", "clip"]).any()
    return {
        (subject, clip): tuple(rest)
        for subject, clip, *rest in clips[["subject", "clip", *KEY_FRAMES, "emotion"]].itertuples(index=False)
    }


def check(release: Release, plans: Sequence[Plan]) -> None:
    """No problem, exactly these clips with these numbers, a valid table, and every frame on disk."""
    assert release.problems == ()
    assert found(release.clips) == planned(plans)
    validate_clips(release.clips)
    for _, row in release.clips.iterrows():
        assert set(range(row["onset"], row["offset"] + 1)) <= set(open_frames(release.root / row["frames"]).numbers)


def check_composite(release: Release, database: str, *, but: Sequence[str] = ()) -> None:
    """Key frames of all of the composite's clips of a database (except ``but``) are those of the manifest."""
    manifest = read_composite()
    manifest = manifest[(manifest["database"] == database) & ~manifest["clip"].isin(but)]
    columns = ["subject", "clip", *KEY_FRAMES, "emotion", "fps"]
    both = manifest[columns].merge(release.clips[columns], on=columns)
    assert len(both) == len(manifest)
