"""How the Transformer Fusion is fitted to motion maps."""

from dataclasses import dataclass, field

from mer.core.errors import InputError, nearest
from mer.core.limits import check_limits
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.fusion import FusionConfig
from mer.models.map_fusion import MapParts
from mer.models.patches import PatchConfig
from mer.training.augment import AugmentConfig
from mer.training.epochs import EpochsConfig
from mer.training.fit_fusion import FusionFitConfig


@dataclass(frozen=True)
class ChoiceConfig:
    """How the parts of a fold's model are chosen on training people alone (`mer.training.maps_choice`).

    Attributes:
        candidates: names of `CANDIDATES`, the simplest first; none: nothing is chosen.
        groups: the folds are divided into so many groups; the folds of a group share a choice, in which none of their
            test persons had a part. Unstated.
        inner: the remaining persons are divided into so many parts, each told by models of the others. Unstated.
    """

    candidates: tuple[str, ...] = ()
    groups: int = 4
    inner: int = 4

    def __post_init__(self) -> None:
        """Check the values."""
        check_limits(self, {"groups": (2, None), "inner": (2, None)})
        for name in self.candidates:
            if name not in CANDIDATES:
                raise InputError(f"Unknown candidate {name!r}. {nearest(name, CANDIDATES)}")
        if len(set(self.candidates)) == 1:
            raise InputError(f"There is one candidate, {self.candidates[0]!r}: expected two or more, or none.")


@dataclass(frozen=True)
class MapsConfig:
    """How the Transformer Fusion is fitted to motion maps.

    Attributes:
        fusion: sizes. The maps stand in place of the DGM's output; their faces were aligned before, so the AU boxes are
            those of the canonical face.
        parts: what is added to the paper's modules.
        fit: the settings of the fit.
        mirrored: test clips are also shown mirrored, and the two answers' probabilities averaged. Deviation.
        choice: which parts are chosen for each fold, if any.
        labels: classes.
        protocol: who is tested by a model of whom, a name of `mer.training.protocols.PROTOCOLS`.
        epochs: which steps are looked at, for the epoch rules nested and oracle. Folds are then trained one at a time,
            on a GPU too.
    """

    fusion: FusionConfig = field(
        default_factory=lambda: FusionConfig(
            region=PatchConfig(image=12, patch=6),
            face=PatchConfig(image=28, patch=7),
            width=48,
            depth=0,
            dropout=0.5,
        )
    )
    parts: MapParts = field(default_factory=MapParts)
    fit: FusionFitConfig = field(
        default_factory=lambda: FusionFitConfig(
            steps=160,
            learning_rate=2e-3,
            weight_decay=0.05,
            augment=AugmentConfig(drift=0.1, box_jitter=0.01, scale=1.3, mix=0.4),
        )
    )
    mirrored: bool = False
    choice: ChoiceConfig = field(default_factory=ChoiceConfig)
    labels: LabelSpace = COMPOSITE
    protocol: str = "loso"
    epochs: EpochsConfig = field(default_factory=EpochsConfig)


_ALIGNED: dict[str, object] = {"parts.own_patches": True, "mirrored": True, "fit.augment.drift": 0.0}
_STEM: dict[str, object] = _ALIGNED | {"parts.stem": 16}

#: What `fusion-chosen` chooses from, the simplest first: changes of a `MapsConfig`. The list was written on 51 of the
#: 68 people of MEGC2019; the other 17, `NOT_ASKED`, had no part in it.
CHOSEN_FROM: dict[str, dict[str, object]] = {
    "plain": {},
    "own-patches": _ALIGNED,
    "own-patches-direct": _ALIGNED | {"parts.direct": True},
    "stem": _STEM,
    "stem-direct": _STEM | {"parts.direct": True},
}

#: What else was tried on these 51 people and left out of the list, as it gained nothing there.
TRIED: dict[str, dict[str, object]] = {
    "stem-longer": _STEM | {"fit.steps": 320},
    "stem-mix-1": _STEM | {"fit.augment.mix": 1.0},
    "stem-no-scale": _STEM | {"fit.augment.scale": 1.0},
    "stem-smooth": _STEM | {"fit.label_smoothing": 0.1},
    "stem-slower": _STEM | {"fit.learning_rate": 1e-3},
    "stem-half": _STEM | {"parts.stem": 8},
    "stem-shared-patches": _STEM | {"parts.own_patches": False},
    "wider": _ALIGNED | {"fusion.width": 96},
    "more-dropout": _ALIGNED | {"fusion.dropout": 0.7},
    "larger-batch": _ALIGNED | {"fit.batch": 128, "fit.steps": 120},
}

#: Drawn before the first candidate was tried.
NOT_ASKED = (
    *(f"casme2/sub{number}" for number in ("01", "02", "05", "07", "12", "14", "19")),
    *(f"samm/{number}" for number in ("006", "009", "019", "020", "023", "026", "035")),
    *(f"smic/s{number}" for number in (6, 18, 20)),
)

#: All that ``choice.candidates`` may name.
CANDIDATES = CHOSEN_FROM | TRIED
