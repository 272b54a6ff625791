"""A recognition as a chain of stages, from two image files to a class, each of which can be run alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch

from mer.datasets.frames import read_frame
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import LandmarkDetector, the_face
from mer.face.regions import region_boxes
from mer.models.crops import crop_regions
from mer.models.frl_dgt import FRLDGT
from mer.models.resize import resized
from mer.training.pairs import to_float

#: The stages that follow each other; they add up to a recognition.
STAGES = (
    "read image files",
    "landmarks",
    "alignment and boxes",
    "displacement",
    "regions and tokens",
    "local fusions",
    "global fusion",
    "full-face fusion",
    "classifier",
)
FUSIONS = STAGES[5:8]

#: Onset and apex image file.
Pair = tuple[Path, Path]


@dataclass(frozen=True)
class Machine:
    """Where and how to compute; ``size`` is the side of the aligned face in pixels."""

    device: torch.device
    size: int
    precision: str = "float32"

    def wait(self) -> None:
        """Until the GPU has done what it was told; at once on a CPU."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


class Chain:
    """The stages of one model; each keeps its result in ``kept``, from which the next one starts."""

    def __init__(self, model: FRLDGT, detector: LandmarkDetector, machine: Machine) -> None:
        self.model, self.detector, self.machine = model, detector, machine
        self.kept: dict[str, Any] = {}
        steps = (self.landmarks, self.align, self.displacement, self.tokens, self.local, self.across, self.full)
        self.stages: Mapping[str, Callable[[], None]] = dict(zip(STAGES[1:], (*steps, self.classify), strict=True))

    def recognise(self, pair: Pair) -> int:
        """From two image files to the index of a class."""
        with torch.inference_mode():
            self.read(pair)
            for step in self.stages.values():
                step()
        return int(self.kept["probabilities"].argmax())

    def read(self, pair: Pair) -> None:
        """Both image files, decoded."""
        self.kept["images"] = [read_frame(path) for path in pair]

    def landmarks(self) -> None:
        """The 68 points of the onset's face."""
        self.kept["points"] = the_face(self.kept["images"][0], self.detector)

    def align(self) -> None:
        """Both frames on the aligned square and on the device, and the boxes of action units."""
        points, size, device = self.kept["points"], self.machine.size, self.machine.device
        matrix = face_transform(points, size)
        grey = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in self.kept["images"])
        frames = [to_float(warp_image(image, matrix, size)[None, :, :, None], device) for image in grey]
        self.kept["frames"] = frames
        boxes = region_boxes(transform_points(points, matrix), size)
        self.kept["boxes"] = torch.from_numpy(boxes)[None].to(device)

    def displacement(self) -> None:
        """The motion generated, equalised and put beside what else the Transformer Fusion sees."""
        onset, apex = self.kept["frames"]
        self.kept["stack"] = self.model.stack(onset, apex, self.model.generate(onset, apex))

    def tokens(self) -> None:
        """The regions cut out, and the tokens of regions and face."""
        fusion = self.model.fusion
        images = fusion.reduced(self.kept["stack"])
        boxes = fusion.grid[None] if fusion.config.regions == "grid" else self.kept["boxes"]
        regions = crop_regions(images, boxes, fusion.config.region.image)
        self.kept["regions"] = fusion.embed_region(regions)
        self.kept["face"] = fusion.embed_face(resized(images, fusion.config.face.image).unsqueeze(1))

    def local(self) -> None:
        """The nine local fusion modules."""
        fusion = self.model.fusion
        self.kept["local"] = (fusion.local_fusion(self.kept["regions"])[0] + fusion.region_position).unsqueeze(1)

    def across(self) -> None:
        """The global fusion module."""
        self.kept["across"] = self.model.fusion.global_fusion(self.kept["local"])[0]

    def full(self) -> None:
        """The fusion module over the patches of the face."""
        self.kept["full"] = self.model.fusion.full_fusion(self.kept["face"])[0]

    def classify(self) -> None:
        """Probabilities of the classes, (1, classes)."""
        embedding = torch.cat([self.kept["across"], self.kept["full"]], dim=-1).squeeze(1)
        self.kept["probabilities"] = self.model.fusion.head(embedding).softmax(dim=1)

    def all_fusions(self) -> None:
        """What the paper times as "all fusions": nine local ones, the global one, that of the full face."""
        self.local()
        self.across()
        self.full()
