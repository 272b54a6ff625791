"""The images that stand behind the file names: hard links, so that a release of 30,000 frames is written in seconds."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tests.imitations.plans import Plan


@dataclass
class Pictures:
    """Makes each image once and links it wherever it is wanted; files are copied where links are impossible.

    Whoever spoils a file of an imitation must replace it (`tests.imitations.plant`): its bytes are shared.

    Attributes:
        folder: where the images themselves lie; on the same disk as the imitations.
        frame: uint8, RGB, shape (height, width, 3); stands for every frame of a clip without frames of its own.
    """

    folder: Path
    frame: np.ndarray
    _made: dict[tuple[Path | None, str], Path] = field(default_factory=dict, repr=False)

    def put(self, path: Path, plan: Plan, number: int, kind: str = "colour") -> None:
        """One frame of a clip under a release's name; ``kind``: "colour", "grey", "cropped" or "grey-cropped"."""
        source = self._source(plan, number)
        key = (source, kind + path.suffix)
        if key not in self._made:
            self._made[key] = self._make(source, kind, path.suffix)
        try:
            os.link(self._made[key], path)
        except OSError:  # another disk; or more links than the file system counts, then a copy takes the next ones
            shutil.copyfile(self._made[key], path)
            copy = self.folder / f"copy-{len(list(self.folder.iterdir()))}{path.suffix}"
            self._made[key] = Path(shutil.copyfile(path, copy))

    def fill(self, folder: Path, plan: Plan, names: dict[int, str], kind: str = "colour") -> None:
        """A clip's folder; ``names``: frame number to file name."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, name in names.items():
            self.put(folder / name, plan, number, kind)

    def _source(self, plan: Plan, number: int) -> Path | None:
        if not plan.own:
            return None
        return plan.own.get(number) or plan.own[min(plan.own, key=lambda other: abs(other - number))]

    def _make(self, source: Path | None, kind: str, suffix: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f"{len(self._made)}{suffix}"
        if source is not None and source.suffix == suffix and kind in ("colour", "grey"):
            shutil.copyfile(source, made)  # not a link: nothing done to an imitation may reach the source
            return made
        image = self.frame[..., ::-1] if source is None else cv2.imread(str(source))
        if "cropped" in kind:
            height, width = image.shape[:2]
            image = image[height // 20 : height - height // 20, width // 8 : width - width // 8]
        if "grey" in kind:
            image = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY)
        made.write_bytes(cv2.imencode(suffix, image)[1].tobytes())
        return made
