"""Values that can be judged before anything runs: database (with its files), device, configuration, its overrides.

The type of a parameter says that a text is wanted, its name says which texts make sense. Without this check a misspelt
value would come to light only when its notebook is reached, after the steps before it have computed.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath
from mer.core.paths import given_path, project_dir
from mer.manifest.labels import COMPOSITE, check_classes
from mer.runs.own_values import own_checks
from mer.runs.trained_on import DATA, check_pair_run, check_trained_on

#: Parameter that names a run to what a run of that kind holds, and its notebook.
_RUNS = {"pretrain_run": ("group-*.safetensors", "03_pretrain"), "train_run": ("arrays/clips.npz", "04_train_loso")}

#: Notebooks that look into a training run and ask for its data once more.
_LOOK_INTO = ("05_figures", "08_key_frames", "11_conditions", "13_results")

#: Notebooks that show what the DGM and the fusion of a trained run do.
_EXPLAIN = ("05_figures", "10_runtime", "13_results")

#: Notebooks that learn classes: each must have clips.
_TRAINS = ("04_train_loso", "19_baselines")


def unusable_values(notebook: str, values: Mapping[str, Any]) -> list[str]:
    """A problem for every value that the notebook would refuse.

    Args:
        notebook: its name without the ending.
        values: all its parameters by name; references (``@...``) are not judged.
    """
    checks: dict[str, Callable[[], object]] = {}
    if isinstance(database := values.get("database"), str) and not database.startswith("@"):
        checks["database"] = lambda: _database(database)
    if isinstance(labels := values.get("labels"), str):
        checks["labels"] = lambda: _labels(labels)
    if isinstance(conditions := values.get("conditions"), list):
        checks["conditions"] = lambda: _conditions(conditions)
    if isinstance(detector := values.get("detector"), str):
        checks["detector"] = lambda: _detector(detector)
    if isinstance(apex := values.get("apex"), str):
        checks["apex"] = lambda: _apex(apex)
    if isinstance(device := values.get("device"), str) and device != "auto":
        checks["device"] = lambda: _device(device)
    configuration, overrides = values.get("configuration"), values.get("overrides")
    if isinstance(configuration, str) or overrides:
        checks["configuration" if not overrides else "overrides"] = lambda: _configuration(
            notebook, configuration, overrides or {}, values.get("variant"), values.get("reading"), labels
        )
    if isinstance(protocol := values.get("protocol"), str):
        checks["protocol"] = lambda: _protocol(protocol)
    if isinstance(sharing := values.get("sharing"), str) and sharing:
        checks["sharing"] = lambda: _sharing(sharing)
    if notebook == "09_displacement" and isinstance(readings := values.get("readings"), list):
        checks["readings"] = lambda: _readings(readings, configuration, overrides or {})
    if isinstance(size := values.get("size"), int):
        checks["size"] = lambda: _aligned(size=size)
    if isinstance(channels := values.get("channels"), int):
        checks["channels"] = lambda: _aligned(channels=channels)
    for name, (file, wanted) in _RUNS.items():
        if isinstance(folder := values.get(name), str) and not folder.startswith("@"):
            checks[name] = partial(_run_of, folder, file, wanted, notebook in _EXPLAIN)
    checks |= own_checks(notebook, values)
    told = {name: _problem(name, values.get(name), check) for name, check in checks.items()}
    problems = {name: problem for name, problem in told.items() if problem}
    if "database" in checks and not {"database", "labels"} & set(problems):
        assert isinstance(database, str)
        allow_missing = values.get("allow_missing") is True
        space = labels if isinstance(labels, str) else COMPOSITE.name
        fault, clips = _opened(database, space, allow_missing)
        if not fault and clips is not None and notebook in _TRAINS:
            fault = _unlearnable(database, space, clips)
        if not fault and isinstance(protocol, str) and "protocol" not in problems:
            fault = _undivided(notebook, protocol, database, space, clips, values)
        if fault:
            hint = "\n  In a run: -p allow_missing true" if "--allow-missing" in fault.partition("\n")[0] else ""
            problems["database"] = f"database: {fault}{hint if 'allow_missing' in values else ''}"
    if "train_run" in checks and notebook in _LOOK_INTO and not {"train_run", *DATA} & set(problems):
        data = {name: value for name in DATA if not str(value := values.get(name, "@")).startswith("@")}
        run = values["train_run"]
        if problem := _problem("train_run", run, lambda: check_trained_on(run, **data)):
            problems["train_run"] = problem
    return list(problems.values())


def _problem(name: str, value: Any, check: Callable[[], Any]) -> str:
    try:
        check()
    except InputError as error:
        return f"{name}: {error}"
    except OSError as error:  # no path that the system would look at: its name is too long, for instance
        return f"{name}: {value!r:.80} cannot be looked at ({error.strerror or error}). Give another."
    return ""


def _readings(names: list[Any], configuration: str | None, overrides: Mapping[str, Any]) -> None:
    from mer.evaluation.displacement_study import reading_configs

    reading_configs(names, configuration or "small", overrides)


def _aligned(**settings: int) -> None:
    from mer.face.store import StoreConfig

    StoreConfig(**settings)  # type: ignore[arg-type]


def _run_of(folder: str, file: str, wanted: str, explained: bool) -> None:
    path = given_path(folder)
    if not os.path.isdir(path):
        return  # a path that is missing is told by itself
    if not any(path.glob(file)):
        raise InputError(f"{folder!r} is no finished run of {wanted}: it holds no {file}. See `mer runs`.")
    if explained:
        check_pair_run(folder)


def _database(name: str) -> None:
    from mer.datasets.registry import check_name

    inside = given_path(name)
    check_name(inside if os.path.exists(inside) else name, shown=name)


@cache
def _opened(name: str, labels: str, allow_missing: bool) -> tuple[str, Any]:
    """Why a database cannot be opened, with all its faults, empty where it can; and its clip table.

    Opened once a process. A synthetic one is not rendered for this: it has no faults, and its name tells its labels.
    """
    from mer.datasets.registry import check_name, is_table, open_database
    from mer.datasets.synthetic.names import check_synthetic_labels

    inside = given_path(name)
    place = inside if is_table(inside) else name  # a folder may merely have the name of a database
    try:
        if check_name(place, shown=name) is not None:
            check_synthetic_labels(name, labels)
            return "", None
        return "", open_database(place, labels, allow_missing).clips
    except InputError as error:
        return str(error), None


def _undivided(notebook: str, protocol: str, name: str, labels: str, clips: Any, values: Mapping[str, Any]) -> str:
    """Why a database has no folds of a protocol; empty where it has, or where the notebook follows none."""
    from mer.runs.protocol_values import check_divisible

    try:
        check_divisible(notebook, protocol, name, labels, clips, values)
    except InputError as error:
        return str(error)
    return ""


def _unlearnable(name: str, labels: str, clips: Any) -> str:
    """Why these labels cannot be learnt from a clip table; empty where they can."""
    from mer.manifest.emotions import label_mapping

    try:
        check_classes(clips["label"], label_mapping(labels).space, name)
    except InputError as error:
        return str(error)
    return ""


def _labels(name: str) -> None:
    from mer.manifest.emotions import label_mapping

    label_mapping(name)


def _conditions(names: list[Any]) -> None:
    from mer.datasets.synthetic.conditions import check_conditions

    check_conditions(names)


def _apex(name: str) -> None:
    from mer.motion.prepare import DataConfig

    DataConfig(apex=name)


def _detector(name: str) -> None:
    from mer.face.landmarks import detector_identity

    detector_identity(name)


def _sharing(name: str) -> None:
    from mer.training.pretrain import PretrainConfig
    from mer.training.sharing import with_sharing

    with_sharing(PretrainConfig(), name)


def _device(name: str) -> None:
    from mer.training.device import choose_device

    choose_device(name)


def _protocol(name: str) -> None:
    from mer.training.protocols import protocol_words

    protocol_words(name)


def _configuration(
    notebook: str,
    configuration: str | None,
    overrides: Mapping[str, Any],
    variant: str | None,
    reading: str | None,
    labels: object,
) -> None:
    if notebook not in ("03_pretrain", "04_train_loso"):
        return
    if not overrides and configuration in ("small", "paper") and variant in (None, "M9") and not reading:
        return  # spares the import of torch
    from mer.manifest.emotions import label_mapping
    from mer.training.configs import fold_config, pretrain_config
    from mer.training.variants import with_variant

    name = configuration or "small"
    if notebook == "03_pretrain":
        _weights(with_changes(pretrain_config(name, reading or ""), overrides))
        return
    space = label_mapping(labels).space if isinstance(labels, str) else COMPOSITE
    _weights(with_changes(with_variant(fold_config(name, space, reading or ""), variant or "M9", name), overrides))


def _weights(config: Any) -> None:
    """Weights of a magnifying network are read only after the clips are aligned."""
    weights = getattr(getattr(config, "magnify", None), "weights", None)
    if weights and not os.path.isfile(project_dir() / weights):
        raise MissingPath(f"magnify.weights: {weights!r} does not exist (looked in {project_dir()}).")
