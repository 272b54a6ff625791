"""From the name of a database to the aligned store that a study works on: the same few choices in every notebook."""

from dataclasses import dataclass

from mer.core.errors import InputError, nearest
from mer.datasets.database import Database
from mer.datasets.registry import open_database
from mer.face.aligned_store import AlignedStore, StoreConfig
from mer.face.store import build_store
from mer.motion.learned_ratio import with_learned_ratio
from mer.motion.spotted_store import with_spotted_apexes
from mer.motion.spotting import METHODS, SpotConfig

_REMARKS = 12  # lines that are printed about a database

#: Which apex a study works with; from ``middle`` on no clip's annotation is used. The prior of ``flow`` and
#: ``difference`` knows where those of CASME II and SAMM lie on the whole (`SpotConfig.prior_sigma`).
APEXES = ("annotated", "spotted", "middle", *(method for method in METHODS if method not in ("middle", "ratio")))


@dataclass(frozen=True)
class DataConfig:
    """Which clips a study uses, and how they are seen.

    Attributes:
        database: name or path (`mer.datasets.registry.open_database`).
        labels: which class the emotions of a release become (``data_manifests/labels.yaml``).
        apex: ``annotated`` takes the annotated apex, and the middle frame where there is none; ``spotted`` looks for
            it by optical flow where there is none. The others put every apex where they find it, annotated or not:
            ``middle``, ``flow``, ``difference``, ``capsule``, ``divide-and-conquer``, ``frequency`` as in
            `mer.motion.spotting`.
        size, channels, detector: of the aligned faces (`StoreConfig`).
        allow_missing: go on without clips whose files or annotations are faulty.
    """

    database: str = "synthetic"
    labels: str = "composite"
    apex: str = "annotated"
    size: int = 128
    channels: int = 1
    detector: str = "facemesh"
    allow_missing: bool = False

    def __post_init__(self) -> None:
        """Check the choices that have no other owner."""
        if self.apex not in APEXES:
            raise InputError(f"apex is {self.apex!r}. {nearest(self.apex, APEXES)}")


def prepared_store(config: DataConfig) -> AlignedStore:
    """The aligned clips that a study works on; aligned at the first call, opened after that.

    What a reader should know about the database (`Database.remarks`) is printed.

    Raises:
        InputError: the database cannot be opened or aligned; faults of its clips are listed together.
    """
    database = open_database(config.database, config.labels, config.allow_missing)
    _print_remarks(database)
    how = StoreConfig(config.size, config.channels, config.detector)
    store = build_store(database, how, allow_missing=config.allow_missing)
    return with_apexes(store, config.apex)


def with_apexes(store: AlignedStore, apex: str) -> AlignedStore:
    """The store with the apexes that ``DataConfig.apex`` names, or ``ratio``.

    ``ratio`` puts every apex by the annotated ones of other people (`mer.motion.learned_ratio`). It is for testing
    only: in training, the apexes of the test person would have a say in those of the training clips.

    Raises:
        InputError: there is no such choice, or ``ratio`` where nobody has annotated an apex.
    """
    if apex not in (*APEXES, "ratio"):
        raise InputError(f"apex is {apex!r}. {nearest(apex, (*APEXES, 'ratio'))}")
    if apex == "annotated":
        return store
    if apex == "ratio":
        return with_learned_ratio(store)
    if apex == "spotted":
        return with_spotted_apexes(store)
    return with_spotted_apexes(store, SpotConfig(method=apex), only="all")  # type: ignore[arg-type]


def _print_remarks(database: Database) -> None:
    for remark in database.remarks[:_REMARKS]:
        print(f"Note: {remark}")
    if (more := len(database.remarks) - _REMARKS) > 0:
        print(f"and {more} more: mer data check {database.name}")
