"""From the name of a database to the aligned store that a study works on: the same few choices in every notebook."""

from dataclasses import dataclass, replace

from mer.core.errors import InputError, nearest
from mer.datasets.database import Database
from mer.datasets.registry import open_database
from mer.face.aligned_store import AlignedStore, StoreConfig
from mer.face.store import build_store
from mer.motion.spotted_store import with_spotted_apexes
from mer.motion.spotting import SpotConfig

_REMARKS = 12  # lines that are printed about a database

APEXES = ("annotated", "spotted", "middle")


@dataclass(frozen=True)
class DataConfig:
    """Which clips a study uses, and how they are seen.

    Attributes:
        database: name or path (`mer.datasets.registry.open_database`).
        labels: which class the emotions of a release become (``data_manifests/labels.yaml``).
        apex: ``annotated`` takes the annotated apex, and the middle frame where there is none; ``spotted`` looks for
            it where there is none (`mer.motion.spotting`); ``middle`` takes the middle frame of every clip.
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
    if config.apex == "spotted":
        return with_spotted_apexes(store)
    if config.apex == "middle":
        return with_spotted_apexes(store, replace(SpotConfig(), method="middle"), only="all")
    return store


def _print_remarks(database: Database) -> None:
    for remark in database.remarks[:_REMARKS]:
        print(f"Note: {remark}")
    if (more := len(database.remarks) - _REMARKS) > 0:
        print(f"and {more} more: mer data check {database.name}")
