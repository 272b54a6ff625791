"""The named training configurations, beside those of the models (`mer.models.configs`)."""

from mer.core.errors import InputError, nearest
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.configs import READING_OF, model_config
from mer.models.readings import find_reading
from mer.training.augment import AugmentConfig
from mer.training.fit_fusion import FusionFitConfig
from mer.training.fit_joint import JointFitConfig
from mer.training.fold_config import FoldConfig
from mer.training.pretrain import PretrainConfig


def pretrain_config(name: str, reading: str = "") -> PretrainConfig:
    """How the DGM is pretrained in the configuration ``name``, under a reading of its losses.

    The module that goes with it is ``model_config(name, reading=reading).dgm``.
    """
    if name not in READING_OF:
        raise InputError(f"Unknown configuration {name!r}. {nearest(name, READING_OF)}")
    own = find_reading(reading or READING_OF[name])
    if name == "paper":
        return PretrainConfig(loss=own.loss, noise=own.noise)
    return PretrainConfig(
        steps=200 if own.started else 500,
        batch=8,
        learning_rate=0.004,
        rise=0.1,
        clip=1.0,
        minimum_gap=8,
        apex_share=0.5,
        noise=own.noise,
        loss=own.loss,
        groups=4,
    )


def fold_config(name: str, labels: LabelSpace = COMPOSITE, reading: str = "") -> FoldConfig:
    """How a fold is trained in the configuration ``name``, to tell these classes apart.

    Args:
        name: ``paper`` or ``small``.
        labels: the classes.
        reading: of the displacement module and its losses; empty for the configuration's own. The pretraining must have
            had the same.
    """
    if name not in READING_OF:
        raise InputError(f"Unknown configuration {name!r}. {nearest(name, READING_OF)}")
    model = model_config(name, len(labels.classes), reading)
    loss = find_reading(reading or READING_OF[name]).loss
    if name == "paper":
        return FoldConfig(model=model, labels=labels, joint=JointFitConfig(loss=loss))
    augment = AugmentConfig(flip=True, box_jitter=0.01, scale=1.3)
    return FoldConfig(
        model=model,
        labels=labels,
        warm_up=FusionFitConfig(steps=160, batch=32, learning_rate=3e-3, weight_decay=0.05, augment=augment),
        joint=JointFitConfig(
            steps=10, batch=16, random_pairs=4, learning_rate_dgm=2e-4, learning_rate_fusion=3e-4, loss=loss
        ),
        apex_offsets=(-2, 0, 2),
    )
