"""The middle frame, which stands for the apex where none is annotated."""


def middle_frame(onset: int, offset: int) -> int:
    """Frame with index floor(n / 2) of the n frames from onset to offset.

    Source: the rule that the FRL-DGT paper follows for SMIC, which annotates no apex (EMRNet; Liu et al. 2019,
    repository xiaobaishu0097/MEGC2019, ``Prepare.py``).
    """
    return onset + (offset - onset + 1) // 2
