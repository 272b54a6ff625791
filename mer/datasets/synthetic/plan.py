"""What is to be made: every subject and clip with its class, names and lengths, before anything is rendered."""

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mer.core.errors import InputError, nearest
from mer.core.seeds import seed_for
from mer.datasets.synthetic.conditions import CONDITIONS, NONE
from mer.datasets.synthetic.emotions import COUNTS
from mer.datasets.synthetic.looks import COMPOSITE_LOOKS, LOOKS, Look
from mer.manifest.labels import COMPOSITE

#: Shares of negative, positive, surprise: those of the composite database (250, 109 and 83 of 442 clips).
CLASS_SHARES = (250 / 442, 109 / 442, 83 / 442)


@dataclass(frozen=True)
class SyntheticConfig:
    """What the synthetic database holds. The same configuration gives the same bytes.

    Attributes:
        seed: of everything.
        subjects: in each look.
        clips_per_subject: mean; a subject has about half to one and a half times as many.
        looks: names in `LOOKS`.
        size: pixels a side of a frame.
        tempo: factor on all durations; below 1 for quick tests.
        peak_px: least and greatest peak of the expression's displacement, pixels (one pixel of the frame is about one
            of a 128 px aligned face).
        margin: frames kept before the onset and after the offset.
        quality: of the JPEG files.
        condition: what makes the clips harder (`mer.datasets.synthetic.conditions`), or ``none``.
        every: one frame in so many is rendered beside the key frames; the others repeat the one before them. Rendering
            is what takes the time, and trained models look at onset, apex and its neighbours.
    """

    seed: int = 0
    subjects: int = 8
    clips_per_subject: float = 7.5
    looks: tuple[str, ...] = COMPOSITE_LOOKS
    size: int = 176
    tempo: float = 1.0
    peak_px: tuple[float, float] = (0.3, 2.5)
    margin: int = 2
    quality: int = 97
    condition: str = NONE
    every: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be built, naming the value and what was expected."""
        object.__setattr__(self, "looks", tuple(self.looks))
        object.__setattr__(self, "peak_px", tuple(self.peak_px))
        for look in self.looks:
            if look not in LOOKS:
                raise InputError(f"Synthetic look {look!r} does not exist. {nearest(look, LOOKS)}")
        if not self.looks or len(set(self.looks)) < len(self.looks):
            raise InputError(f"looks is {self.looks}; expected one or more different ones of {', '.join(LOOKS)}.")
        if self.condition not in (NONE, *CONDITIONS):
            raise InputError(
                f"Synthetic condition {self.condition!r} does not exist. {nearest(self.condition, CONDITIONS)}"
            )
        limits = {
            "subjects": (1, 90),
            "clips_per_subject": (1, 60),
            "size": (64, 1024),
            "tempo": (0.05, 4),
            "margin": (0, 50),
            "quality": (50, 100),
            "every": (1, 50),
        }
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"SyntheticConfig.{name} is {value!r}; expected {least} to {most}.")
        if len(self.peak_px) != 2 or not 0 < self.peak_px[0] <= self.peak_px[1]:
            raise InputError(f"SyntheticConfig.peak_px is {self.peak_px!r}; expected (least, greatest), both above 0.")

    def describe(self) -> dict[str, Any]:
        """The configuration as JSON values; what the plain database lacks is left out, so that its name stays."""
        plain = {"condition": NONE, "every": 1}
        given = {key: value for key, value in asdict(self).items() if key not in plain or value != plain[key]}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}


@dataclass(frozen=True)
class PlannedClip:
    """One clip to be rendered.

    Attributes:
        look, subject, clip: key; ``subject_index`` counts from 0 within the look.
        label: class, or emotion where the look's clips are drawn by emotion.
        peak_px: peak of the expression's displacement.
        first: number of the first frame on disk.
        onset, apex, offset: frame numbers on disk.
        frames: how many frames are rendered.
    """

    look: str
    subject: str
    subject_index: int
    clip: str
    label: str
    peak_px: float
    first: int
    onset: int
    apex: int
    offset: int
    frames: int

    @property
    def folder(self) -> str:
        """Folder of the clip, relative to the database's root."""
        return f"{LOOKS[self.look].folder}/{self.subject}/{self.clip}"


def plan(config: SyntheticConfig) -> list[PlannedClip]:
    """All clips, ordered by look, subject and clip."""
    return [clip for look in config.looks for clip in _plan_look(config, LOOKS[look])]


def _plan_look(config: SyntheticConfig, look: Look) -> list[PlannedClip]:
    draw = np.random.default_rng(seed_for("synthetic-plan", config.seed, look.database))
    total = round(config.subjects * config.clips_per_subject)
    counts = _shared_out(draw.uniform(0.55, 1.5, config.subjects), total, least=1)
    names_of, shares = (tuple(COUNTS), tuple(COUNTS.values())) if look.emotions else (COMPOSITE.classes, CLASS_SHARES)
    labels = np.repeat(names_of, _shared_out(np.array(shares), total, least=0))
    draw.shuffle(labels)
    names = _subject_names(look, config.subjects, draw)
    clips = []
    at = 0
    for index, (subject, count) in enumerate(zip(names, counts, strict=True)):
        own = [str(label) for label in labels[at : at + count]]
        at += count
        for label, clip in zip(own, _clip_names(look, subject, own, draw), strict=True):
            clips.append(_plan_clip(config, look, subject, index, clip, label, draw))
    return clips


def _plan_clip(
    config: SyntheticConfig,
    look: Look,
    subject: str,
    index: int,
    clip: str,
    label: str,
    draw: np.random.Generator,
) -> PlannedClip:
    rise = max(3, round(look.fps * config.tempo * draw.uniform(*look.onset_to_apex)))
    fall = max(3, round(look.fps * config.tempo * draw.uniform(*look.apex_to_offset)))
    first = int(draw.integers(2, 240))
    onset = first + config.margin
    least, most = np.log(config.peak_px)
    peak = float(np.exp(least + (most - least) * draw.random() ** 0.5))
    return PlannedClip(
        look=look.database,
        subject=subject,
        subject_index=index,
        clip=clip,
        label=label,
        peak_px=peak,
        first=first,
        onset=onset,
        apex=onset + rise,
        offset=onset + rise + fall,
        frames=rise + fall + 1 + 2 * config.margin,
    )


def _shared_out(shares: np.ndarray, total: int, least: int) -> np.ndarray:
    """Whole numbers of sum ``total`` in proportion to ``shares`` (largest remainders), none below ``least``."""
    free = total - least * len(shares)
    exact = shares / shares.sum() * free
    counts = np.floor(exact).astype(int)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: free - counts.sum()]] += 1
    return counts + least


def _subject_names(look: Look, count: int, draw: np.random.Generator) -> list[str]:
    """Names in the style of the release that the look stands for."""
    if look.folder == "samm":
        return [f"{number:03d}" for number in sorted(draw.choice(np.arange(6, 100), count, replace=False))]
    return [f"sub{k:02d}" if look.folder == "casme2" else f"s{k}" for k in range(1, count + 1)]


def _clip_names(look: Look, subject: str, labels: list[str], draw: np.random.Generator) -> list[str]:
    """Clip names in the style of the release that the look stands for."""
    if look.folder == "samm":
        return [f"{subject}_{k // 3 + 1}_{k % 3 + 1}" for k in range(len(labels))]
    if look.folder == "casme2":
        episodes = np.sort(draw.choice(np.arange(1, 20 + len(labels)), len(labels), replace=False))
        return [f"EP{episode:02d}_{int(draw.integers(1, 30)):02d}" for episode in episodes]
    short = {"negative": "ne", "positive": "po", "surprise": "sur"}
    number = re.sub(r"\D", "", subject)
    return [f"s{number}_{short[label]}_{labels[: k + 1].count(label):02d}" for k, label in enumerate(labels)]
