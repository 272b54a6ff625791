"""The named training configurations, beside those of the models (`mer.models.configs`)."""

from mer.core.errors import InputError, nearest
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.configs import model_config
from mer.models.dgm_loss import DGMLossConfig
from mer.training.augment import AugmentConfig
from mer.training.fit_fusion import FusionFitConfig
from mer.training.fit_joint import JointFitConfig
from mer.training.fold import FoldConfig
from mer.training.pretrain import PretrainConfig

#: The reading of the DGM's losses that measures motion best on the synthetic database.
#: Deviation: local contrast is compared instead of grey levels, after a slight blur; smoothness weighs seven times as
#: much as in the paper and the no-motion term a fiftieth. Light and sensor noise are then not explained as motion.
ACCURATE = DGMLossConfig(reconstruction=10.0, no_motion=0.02, smooth=1.5, blur=1.5, contrast=6)


def pretrain_config(name: str) -> PretrainConfig:
    """How the DGM is pretrained in the configuration ``name`` (``paper`` or ``small``)."""
    if name == "paper":
        return PretrainConfig()
    _known(name)
    return PretrainConfig(
        steps=500,
        batch=8,
        learning_rate=0.004,
        rise=0.1,
        clip=1.0,
        minimum_gap=8,
        apex_share=0.5,
        loss=ACCURATE,
        groups=4,
    )


def fold_config(name: str, labels: LabelSpace = COMPOSITE) -> FoldConfig:
    """How a fold is trained in the configuration ``name`` (``paper`` or ``small``), to tell these classes apart."""
    classes = len(labels.classes)
    if name == "paper":
        return FoldConfig(model=model_config("paper", classes), labels=labels)
    _known(name)
    augment = AugmentConfig(flip=True, box_jitter=0.01, scale=1.3)
    return FoldConfig(
        model=model_config("small", classes),
        labels=labels,
        warm_up=FusionFitConfig(steps=160, batch=32, learning_rate=3e-3, weight_decay=0.05, augment=augment),
        joint=JointFitConfig(
            steps=10, batch=16, random_pairs=4, learning_rate_dgm=2e-4, learning_rate_fusion=3e-4, loss=ACCURATE
        ),
        apex_offsets=(-2, 0, 2),
    )


def _known(name: str) -> None:
    if name != "small":
        raise InputError(f"Unknown configuration {name!r}. {nearest(name, ['paper', 'small'])}")
