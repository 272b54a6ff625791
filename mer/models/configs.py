"""The named configurations: every size of the model in one place."""

from dataclasses import replace

from mer.core.errors import InputError, nearest
from mer.models.dgm import DGMConfig
from mer.models.frl_dgt import FRLDGTConfig
from mer.models.fusion import FusionConfig
from mer.models.motion_input import MotionConfig
from mer.models.patches import PatchConfig
from mer.models.readings import find_reading


def paper(classes: int = 3) -> FRLDGTConfig:
    """The paper's sizes: C 256, nine 90x90 crops in 18x18 patches, 8 heads, alpha 0.2.

    Unstated: the aligned face is 180x180, so that its patches are the regions' 18x18; the DGM's layers. Its levels have
    one convolution each, and skips that are added: of the forms tried it costs the least, 0.38 thousand million
    multiply-adds a pair, and after 100 steps on synthetic faces it also measured motion best.
    """
    return FRLDGTConfig(classes=classes, dgm=_DGM["paper"])


#: The reading of the displacement module (`mer.models.readings`) that a configuration has where none is asked for. That
#: of ``small`` measures motion best, and on the synthetic people that settings are chosen on it also scored best.
READING_OF = {"paper": "paper", "small": "accurate"}

#: The displacement module before its reading says more.
_SMALL_DGM = DGMConfig(widths=(24, 32, 48, 48), stride=4, difference=True, batch_norm=False)
_DGM = {"paper": DGMConfig(convolutions=1, skips="added"), "small": _SMALL_DGM}


def small(classes: int = 3) -> FRLDGTConfig:
    """For two CPU cores and small data: faces of 128x128, narrow layers.

    Deviation: the DGM is read as ``accurate`` (`mer.models.readings`), at a quarter of the resolution; the motion of
    the whole head is taken out of its field, which is averaged to 32x32 before tokens are cut, for it is smooth; the
    fusion layer is the only attention; the classifier sees the displacement only, so that it cannot learn whose face
    it is.
    """
    return FRLDGTConfig(
        classes=classes,
        appearance=False,
        dgm=find_reading(READING_OF["small"]).of(_DGM["small"]),
        motion=MotionConfig(head_motion=False),
        fusion=FusionConfig(
            image=32,
            region=PatchConfig(image=12, patch=6),
            face=PatchConfig(image=32, patch=4),
            width=48,
            depth=0,
            dropout=0.5,
        ),
    )


#: Pixels a side of the aligned faces that a configuration was made for, where its model cuts them at full resolution.
SIZE_OF = {"paper": paper().fusion.face.image}

_NAMED = {"paper": paper, "small": small}


def model_config(name: str, classes: int = 3, reading: str = "") -> FRLDGTConfig:
    """The configuration called ``name``.

    Args:
        name: ``paper`` or ``small``.
        classes: to tell apart.
        reading: of the displacement module (`mer.models.readings`); empty for the configuration's own.

    Raises:
        InputError: there is none of that name.
    """
    if name not in _NAMED:
        raise InputError(f"Unknown model configuration {name!r}. {nearest(name, _NAMED)}")
    return replace(_NAMED[name](classes), dgm=find_reading(reading or READING_OF[name]).of(_DGM[name]))


def size_note(configuration: str, size: int) -> str:
    """What to beware of where a configuration meets aligned faces of another size; empty where nothing.

    Args:
        configuration: ``paper`` or ``small``.
        size: pixels a side of the aligned faces.
    """
    wanted = SIZE_OF.get(configuration, size)
    if size == wanted:
        return ""
    return (
        f"Configuration {configuration!r} is made for aligned faces of {wanted} x {wanted} pixels; these are "
        f"{size} x {size}, and the model resizes them (use size {wanted})."
    )
