"""Whom to cite: the method, this software, and the databases that results are of."""

from collections.abc import Iterable

METHOD = (
    "Zhai, Z., Zhao, J., Long, C., Xu, W., He, S., Zhao, H.: Feature Representation Learning with Adaptive "
    "Displacement Generation and Transformer Fusion for Micro-Expression Recognition. CVPR 2023. arXiv:2304.04420."
)
SOFTWARE = "The mer authors: mer: a research suite for micro-expression recognition with FRL-DGT, version {version}."
#: Database to its paper.
DATABASES = {
    "casme2": "Yan, W.-J., Li, X., Wang, S.-J., Zhao, G., Liu, Y.-J., Chen, Y.-H., Fu, X.: CASME II: An Improved "
    "Spontaneous Micro-Expression Database and the Baseline Evaluation. PLoS ONE 9(1), e86041, 2014.",
    "samm": "Davison, A. K., Lansley, C., Costen, N., Tan, K., Yap, M. H.: SAMM: A Spontaneous Micro-Facial Movement "
    "Dataset. IEEE Transactions on Affective Computing 9(1), 116-129, 2018.",
    "smic": "Li, X., Pfister, T., Huang, X., Zhao, G., Pietikäinen, M.: A Spontaneous Micro-expression Database: "
    "Inducement, Collection and Baseline. IEEE FG 2013.",
    "casme_squared": "Qu, F., Wang, S.-J., Yan, W.-J., Li, H., Wu, S., Fu, X.: CAS(ME)^2: A Database for Spontaneous "
    "Macro-Expression and Micro-Expression Spotting and Recognition. IEEE Transactions on Affective Computing 9(4), "
    "424-436, 2018.",
    "casme3": "Li, J., Dong, Z., Lu, S., Wang, S.-J., Yan, W.-J., Ma, Y., Liu, Y., Huang, C., Fu, X.: CAS(ME)^3: A "
    "Third Generation Facial Spontaneous Micro-Expression Database with Depth Information and High Ecological "
    "Validity. IEEE TPAMI 45(3), 2782-2800, 2023.",
    "mmew": "Ben, X., Ren, Y., Zhang, J., Wang, S.-J., Kpalma, K., Meng, W., Liu, Y.-J.: Video-based Facial "
    "Micro-Expression Analysis: A Survey of Datasets, Features and Algorithms. IEEE TPAMI 44(9), 5826-5846, 2022.",
    "4dme": "Li, X., Cheng, S., Li, Y., Behzad, M., Shen, J., Zafeiriou, S., Pantic, M., Zhao, G.: 4DME: A Spontaneous "
    "4D Micro-Expression Dataset With Multimodalities. IEEE Transactions on Affective Computing 14(4), 3031-3047, "
    "2023.",
}
_COMPOSITE = (
    "See, J., Yap, M. H., Li, J., Hong, X., Wang, S.-J.: MEGC 2019 - The Second Facial Micro-Expressions Grand "
    "Challenge. IEEE FG 2019."
)
_PARTS = ("casme2", "samm", "smic")


def citations(databases: Iterable[str], version: str) -> str:
    """What to cite, as Markdown.

    Args:
        databases: names; of one without a paper here the reader is told to ask its owner.
        version: of this software.
    """
    names = [part for name in databases for part in (_PARTS if name == "megc2019" else (name,))]
    real = dict.fromkeys(name for name in names if not name.lower().startswith("synthetic"))
    lines = ["# Please cite", "", f"- {METHOD}", f"- {SOFTWARE.format(version=version)}"]
    lines += [
        f"- {DATABASES.get(name) or f'The database {name}: ask its owner how it is to be cited.'}" for name in real
    ]
    if real.keys() >= set(_PARTS):
        lines.append(f"- {_COMPOSITE}")
    return "\n".join(lines) + "\n"
