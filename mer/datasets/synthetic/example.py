"""One rendered clip of a person who is in no database: something to try at once, without showing anybody's face."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mer.core.files import digest, read_json, write_json
from mer.core.kept import kept_folder
from mer.core.paths import cache_dir
from mer.datasets.synthetic.build import fingerprint
from mer.datasets.synthetic.clip import render_clip, subject_head
from mer.datasets.synthetic.plan import SyntheticConfig, plan

#: Other people than those of the databases that studies use (seeds 0 and 1), with motion of middling size: with less of
#: it (0.8 to 1.1 px) the class changes from one apex to the next.
CONFIG = SyntheticConfig(
    seed=7, subjects=3, clips_per_subject=3, looks=("synthetic-casme2",), size=224, peak_px=(1.2, 1.8)
)
_LABEL = "surprise"
#: Raised whenever the files that are kept are others.
FORMAT = 1
#: Folder of its frames. A planned clip is named as those of the databases that studies use, and they have a person of
#: the same number with another face: whoever took the folder's name for the person would ask the wrong model.
FOLDER = "person-in-no-database/example"


@dataclass(frozen=True)
class ExampleClip:
    """A rendered clip on disk.

    Attributes:
        frames: folder of its images; its name says that the person is in no database.
        label: class that it was rendered as.
        onset, apex, offset: true frame numbers.
        fps: frames a second.
    """

    frames: Path
    label: str
    onset: int
    apex: int
    offset: int
    fps: float


def example_clip() -> ExampleClip:
    """The example, rendered into the cache by the first call, and again where it is damaged.

    Raises:
        InputError: the geometry's wheel is missing, or nothing can be written.
    """
    clip = next(one for one in plan(CONFIG) if one.label == _LABEL)
    folder = cache_dir() / "examples" / f"clip-{digest(fingerprint(CONFIG), _LABEL, FOLDER)[:12]}"

    def make(work: Path) -> None:
        row = render_clip(CONFIG, clip, subject_head(CONFIG, clip), work)
        (work / FOLDER).parent.mkdir(parents=True)
        (work / str(row["frames"])).rename(work / FOLDER)
        shutil.rmtree(work / str(row["frames"]).split("/")[0])  # what the move left empty
        named = {"database": "example", "subject": "person-in-no-database", "clip": "example", "frames": FOLDER}
        write_json(work / "clip.json", row | named)

    kept_folder(folder, FORMAT, make)
    row = read_json(folder / "clip.json")
    return ExampleClip(
        folder / str(row["frames"]), row["label"], row["onset"], row["apex"], row["offset"], float(row["fps"])
    )
