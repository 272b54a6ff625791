"""A trained FRL-DGT made ready to answer, and nothing else."""

from copy import deepcopy

from mer.models.frl_dgt import FRLDGT
from mer.models.inference.convolution import fold_dgm
from mer.models.inference.fusion import fold_fusion


def for_inference(model: FRLDGT) -> FRLDGT:
    """The same model with its parts replaced by forms that only answer (`mer.models.inference`).

    What is constant once a model is trained is put together beforehand: batch normalisations into convolutions and
    scales, scale and shift of layer normalisations into the maps that follow. The fusion layer fuses before it
    projects. Tokens lie group by group and images channels last, so that little is copied. It is made in 0.1 s.
    All models of a run asked about one clip stay plain (`mer.training.run_models`): there the displacement modules run
    together, and what this form would save of the rest is less than it takes to make.
    Measured and left out: torch.compile, which takes a minute to compile and then is 3 to 5 % faster than this.

    Args:
        model: of any variant; it stays as it is.

    Returns:
        A model that is called as the plain one is, in eval mode, without parameters: nothing of it can be trained.
        Its outputs are those of the plain one but for the order of sums: within 1e-5 of logits of a size of 1.
    """
    made = deepcopy(model).eval()
    if made.dgm is not None:
        fold_dgm(made.dgm)
    fold_fusion(made.fusion)
    return made.requires_grad_(False)
