"""How one fold is trained."""

from dataclasses import dataclass, field

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.frl_dgt import FRLDGTConfig
from mer.motion.magnify import MagnifyConfig
from mer.training.epochs import EpochsConfig
from mer.training.fit_fusion import FusionFitConfig
from mer.training.fit_joint import JointFitConfig
from mer.training.magnified import check_magnify
from mer.training.protocols import protocol_words


@dataclass(frozen=True)
class FoldConfig:
    """How a fold is trained: first the Transformer Fusion on the pretrained DGM's output, then both together.

    Attributes:
        model: sizes and switches.
        labels: classes.
        warm_up: fitting of the Transformer Fusion alone; 0 steps for the paper's scheme. Deviation when positive: the
            displacement of a training clip is then generated once, which saves most of the time on a CPU.
        pairs_first: steps in which the modules that a sequence model shares with the pair model are fitted to pairs, 32
            at once, before sequences. Deviation when positive: a sequence costs as much as all its pairs, and a few
            passes over some hundred of them teach nothing from random weights.
        joint: end-to-end fitting.
        self_supervision: the DGM is pretrained, and keeps its own losses in joint fitting. Without it (ablation M3)
            only classification reaches it.
        apex_offsets: frames beside the apex that may stand for it in training (paper: "just before or after").
        magnify: magnify the motion of training clips. Deviation when None, as the paper magnifies with MagNet, whose
            weights are the user's to supply. Unstated: its factors, and how many clips are magnified.
        minimum_gap: frames between the two of a random pair.
        shuffle_labels: train on shuffled labels, a check that scores come from learning: they must fall to chance.
        epochs: which steps of warm-up and joint fitting are looked at, for the epoch rules nested and oracle. Folds are
            then trained one at a time, on a GPU too.
        protocol: who is tested by a model of whom, a name of `mer.training.protocols.PROTOCOLS`; the pretraining must
            have had the same.
    """

    model: FRLDGTConfig = field(default_factory=FRLDGTConfig)
    labels: LabelSpace = COMPOSITE
    warm_up: FusionFitConfig = field(default_factory=lambda: FusionFitConfig(steps=0))
    pairs_first: int = 0
    joint: JointFitConfig = field(default_factory=JointFitConfig)
    self_supervision: bool = True
    apex_offsets: tuple[int, ...] = (-1, 0, 1)
    magnify: MagnifyConfig | None = None
    minimum_gap: int = 3
    shuffle_labels: bool = False
    epochs: EpochsConfig = field(default_factory=EpochsConfig)
    protocol: str = "loso"

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        protocol_words(self.protocol)
        if len(self.labels.classes) != self.model.classes:
            raise InputError(
                f"The model tells {self.model.classes} classes apart, labels {self.labels.name!r} have "
                f"{len(self.labels.classes)}: {', '.join(self.labels.classes)}. Give both the same number."
            )
        check_limits(self, {"pairs_first": (0, None), "minimum_gap": (1, None)})
        if self.pairs_first and not self.model.sequence:
            raise InputError(f"pairs_first is {self.pairs_first} and model.sequence 0: it is for sequence models only.")
        if 0 not in self.apex_offsets:
            raise InputError(f"apex_offsets is {self.apex_offsets}; expected 0, the apex itself, among them.")
        check_magnify(self.magnify, self.model.motion.source, self.model.sequence)
        if not self.self_supervision and self.warm_up.steps and self.model.motion.source == "dgm":
            raise InputError(
                f"self_supervision is False and warm_up.steps {self.warm_up.steps}: a fusion cannot be fitted to the "
                "output of a DGM that has learnt nothing yet. Set warm_up.steps to 0 and joint.steps higher."
            )
