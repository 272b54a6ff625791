"""Names of the databases that are rendered: kind, seed and condition, ``synthetic:1+glasses``."""

from collections.abc import Sequence
from dataclasses import replace

from mer.core.errors import InputError, nearest
from mer.core.paths import expanded
from mer.datasets.synthetic.conditions import CONDITIONS, NONE, check_conditions, condition_of
from mer.datasets.synthetic.emotions import EMOTIONS
from mer.datasets.synthetic.looks import EMOTIONS_LOOK, LOOKS
from mer.datasets.synthetic.plan import SyntheticConfig
from mer.datasets.synthetic.rendered import rendered_config, was_rendered
from mer.manifest.emotions import label_mapping
from mer.manifest.labels import COMPOSITE, check_classes

#: Kind to what it holds.
KINDS: dict[str, SyntheticConfig] = {
    "synthetic": SyntheticConfig(),
    "synthetic-emotions": SyntheticConfig(looks=(EMOTIONS_LOOK,), subjects=12, clips_per_subject=10),
}
#: Under a condition one frame in so many is rendered beside the key frames: all conditions but `video`, whose codec
#: needs every frame, cost together little more than the plain database.
EVERY = 6


def synthetic_config(name: str) -> SyntheticConfig | None:
    """What the database of a name holds; None where the name is not that of a rendered one.

    Args:
        name: kind, then perhaps ``:`` and a seed, then perhaps ``+`` and a condition.

    Raises:
        InputError: the seed is no whole number, or there is no such condition.
    """
    before, plus, condition = name.partition("+")
    kind, colon, seed = before.partition(":")
    if kind not in KINDS:
        return None
    if colon and not seed.isdecimal():
        raise InputError(f"Database {name!r}: {seed!r} is no seed. Use a whole number: {kind}:1.")
    if plus and condition not in CONDITIONS:
        raise InputError(
            f"Database {name!r}: {condition!r} is no condition. {nearest(condition, CONDITIONS)} "
            f"One stands at the end: {kind}:0+glasses."
        )
    config = replace(KINDS[kind], seed=int(seed or 0))
    return replace(config, condition=condition, every=_every(condition)) if plus else config


def database_name(config: SyntheticConfig) -> str:
    """What a database is called on disk: its kind and condition."""
    kind = "synthetic-emotions" if set(config.looks) == {EMOTIONS_LOOK} else "synthetic"
    return kind if config.condition == NONE else f"{kind}+{config.condition}"


def name_with_seed(config: SyntheticConfig) -> str:
    """What a database is called where its faces count: the seed too, when it is not that of the kind's own faces."""
    kind, plus, condition = database_name(config).partition("+")
    return f"{kind}:{config.seed}{plus}{condition}" if config.seed else f"{kind}{plus}{condition}"


def has_other_faces(name: str) -> bool:
    """Whether a database's name says that its faces were rendered with a seed of their own."""
    config = synthetic_config(name)
    return config is not None and config.seed != 0


def check_synthetic_labels(name: str, labels: str) -> None:
    """Check that a rendered database has clips of every class of these labels, before it is rendered.

    Args:
        name: of the database; one that is not rendered is not judged.
        labels: of ``data_manifests/labels.yaml``, or a path.

    Raises:
        InputError: it has none of some class; the message names both sides.
    """
    config = synthetic_config(name)
    if config is None:
        return
    mapping = label_mapping(labels)
    emotions = [mapping.emotions.get(look, {}) for look in config.looks if LOOKS[look].emotions]
    classes = [own[emotion] for own in emotions for emotion in EMOTIONS if emotion in own]
    if emotions:
        remedy = "Choose labels that know every emotion of synthetic-emotions."
    else:
        classes = list(COMPOSITE.classes)
        remedy = (
            f"Choose labels {COMPOSITE.name!r}, or a database that has these classes: synthetic-emotions, or a release "
            "such as casme2."
        )
    check_classes(classes, mapping.space, name, remedy)


def under_condition(database: str, condition: str) -> str:
    """Name or folder of the same database under a condition.

    Args:
        database: name of a rendered database without a condition, or the folder of one, which is then rendered into
            the cache.
        condition: in `CONDITIONS`.

    Raises:
        InputError: no such condition; the database is not rendered, by another version, or has a condition already.
    """
    check_conditions([condition])
    if synthetic_config(database) is not None:
        if "+" in database:
            raise InputError(f"Database {database!r} has a condition already; give the plain one.")
        return f"{database}+{condition}"
    rendered = rendered_config(expanded(database))
    if rendered is None:
        raise InputError(
            f"Conditions are rendered, so they exist for a synthetic database only; {database!r} is none. "
            "Use synthetic, or synthetic:1 for other people."
        )
    from mer.datasets.synthetic.build import build_synthetic

    config = replace(rendered, condition=condition, every=_every(condition))
    return str(build_synthetic(config).root)


def _every(condition: str) -> int:
    return EVERY if condition_of(condition).video_contrast is None else 1


def conditions_of(database: str, conditions: Sequence[str]) -> dict[str, str]:
    """Condition to name or folder of a database under it; none where it is no rendered database."""
    check_conditions(conditions)
    return {name: under_condition(database, name) for name in conditions} if is_rendered(database) else {}


def is_rendered(database: str) -> bool:
    """Whether a database, by name or folder, is one of which conditions can be rendered."""
    return synthetic_config(database) is not None or was_rendered(expanded(database))
