"""One fold of the Transformer Fusion on motion maps, before and after its fit."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.live import count_live
from mer.core.seeds import seed_for
from mer.datasets.maps import MotionMaps
from mer.face.regions import canonical_boxes
from mer.models.fusion import TransformerFusion
from mer.models.map_fusion import MapFusion, map_model
from mer.training.augment import flip_some
from mer.training.device import mixed_precision
from mer.training.epochs import Looks, as_it_is
from mer.training.fit_fusion import fit_fusion
from mer.training.folds import FoldResult
from mer.training.maps_config import MapsConfig
from mer.training.protocols import ProtocolFold

#: Channels of the motion's x and y component.
MOTION = (0, 1)


@dataclass(frozen=True)
class MapsData:
    """All clips, on the device.

    Attributes:
        images: float32, (n, 3, H, W).
        boxes: of the AUs, (n, 9, 4).
        labels: int64, (n,).
        names: of the labels.
    """

    images: Tensor
    boxes: Tensor
    labels: Tensor
    names: np.ndarray

    @classmethod
    def on(cls, device: torch.device, maps: MotionMaps, config: MapsConfig) -> "MapsData":
        """The maps of labelled clips on a device."""
        return cls(
            images=torch.tensor(maps.maps).to(device),
            boxes=torch.from_numpy(canonical_boxes()).to(device).expand(len(maps.maps), -1, -1),
            labels=torch.tensor([config.labels.index(name) for name in maps.clips["label"]], device=device),
            names=maps.clips["label"].to_numpy(),
        )


@dataclass(frozen=True)
class MapsFold:
    """Clips of a fold, its configuration, the maps as it sees them, its model."""

    fold: ProtocolFold
    config: MapsConfig
    seed: int
    images: Tensor
    model: TransformerFusion | MapFusion

    @classmethod
    def begin(cls, fold: ProtocolFold, data: MapsData, config: MapsConfig, seed: int) -> "MapsFold":
        """The maps are scaled by the deviation of the training clips alone; the model has the fold's own start."""
        fold_seed = seed_for("maps fold", seed, fold.name)
        torch.manual_seed(fold_seed % 2**32)
        images = data.images / data.images[torch.from_numpy(fold.train)].std(dim=(0, 2, 3), keepdim=True)
        model = map_model(config.fusion, config.parts, images.shape[1:], len(config.labels.classes))
        return cls(fold, config, fold_seed, images, model.to(images.device))

    def fit(self, data: MapsData) -> tuple[list[dict[str, Any]], Looks]:
        """Fit in place; the history, and what was said of the test clips meanwhile."""
        rest = torch.from_numpy(self.fold.train)

        def seen() -> np.ndarray:
            with as_it_is(self.model):
                return self.predict(data)["probabilities"]

        epochs = self.config.epochs
        looks = Looks(epochs.looks(self.config.fit.steps), seen)
        rows = fit_fusion(
            self.model,
            self.images[rest][None],
            data.boxes[rest],
            data.labels[rest],
            MOTION,
            self.config.fit,
            self.seed,
            looks if epochs.every else None,
        )
        return rows, looks

    def predict(self, data: MapsData) -> dict[str, np.ndarray]:
        """What the model says of the test clips, in evaluation mode: the arrays of `FoldResult`."""
        self.model.eval()
        test = torch.from_numpy(self.fold.test)
        images, boxes = self.images[test], data.boxes[test]
        with torch.no_grad(), mixed_precision(images.device, self.config.fit.precision):
            out = self.model(images, boxes)
            probabilities = out.logits.float().softmax(dim=1)
            if self.config.mirrored:
                all_of_them = torch.ones(len(images), dtype=torch.bool, device=images.device)
                other = self.model(*flip_some(images, boxes, MOTION[:1], all_of_them)).logits
                probabilities = (probabilities + other.float().softmax(dim=1)) / 2
        names = ("embedding", "weights_local", "weights_global", "weights_full")
        kept = {name: getattr(out, name) for name in names}
        arrays = {name: values.float().cpu().numpy() for name, values in kept.items() if values is not None}
        return arrays | {"probabilities": probabilities.cpu().numpy()}

    def result(self, rows: list[dict[str, Any]], data: MapsData) -> FoldResult:
        """Predict the test clips."""
        arrays, classes = self.predict(data), self.config.labels.classes
        count_live(list(data.names[self.fold.test]), arrays["probabilities"], classes)
        about = {
            "held_out": list(self.fold.persons),
            "fusion": asdict(self.config.fusion),
            "parts": asdict(self.config.parts),
            "classes": classes,
        }
        return FoldResult(self.model.state_dict(), about, pd.DataFrame(rows), self.fold.test, arrays)
