"""Values that one notebook alone has: its choices, and the runs that it reads. Judged by the modules that take them."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath, nearest
from mer.core.paths import project_dir
from mer.manifest.labels import COMPOSITE

#: Parameters that name runs of training, by notebook, and how many are needed.
_RUN_LISTS: dict[str, dict[str, int]] = {
    "07_paper_tables": {"ablation_runs": 0, "classes_runs": 0, "compare_runs": 0, "main_run": 0},
    "08_key_frames": {"compare_runs": 0},
    "12_calibration": {"runs": 2},
    "18_evidence": {"runs": 1},
}
_SUFFIXES = (".jpg", ".png")


def own_checks(notebook: str, values: Mapping[str, Any]) -> dict[str, Callable[[], object]]:
    """A check for every value that only this notebook has, by the parameter's name; each raises an `InputError`."""
    by_notebook: dict[str, dict[str, Callable[[Any], object]]] = {
        "06_motion_maps": {
            "network": _network,
            "overrides": partial(_changed_network, values.get("network")),
            "look_every": partial(_looks, values.get("network"), values.get("overrides")),
        },
        "08_key_frames": {"direction": _direction, "shares": _shares},
        "09_displacement": {"flows": _flows, "noise": _noise},
        "10_runtime": {
            "clock": _clock,
            "precision": _precision,
            "suffix": _suffix,
            "rounds": _rounds,
            "sizes": partial(_sizes, values.get("rounds")),
            "threads": _threads,
        },
        "18_evidence": {"against": partial(_against, values.get("runs"), bool(values.get("ensembles")))},
        "19_baselines": {
            "baseline": _baseline,
            "flow": _flow,
            "overrides": partial(_changed_baseline, values.get("baseline")),
        },
    }
    own = by_notebook.get(notebook, {}) | {
        name: partial(_runs, least) for name, least in _RUN_LISTS.get(notebook, {}).items()
    }
    return {
        name: partial(check, values[name])
        for name, check in own.items()
        if values.get(name) is not None and not str(values[name]).startswith("@")
    }


def _one_of(value: Any, valid: tuple[str, ...] | list[str]) -> None:
    if value not in valid:
        raise InputError(f"{value!r} is none of {', '.join(valid)}. {nearest(value, valid)}")


def _network(name: str) -> None:
    from mer.training.map_networks import network_config

    network_config(name)


def _changed_network(name: Any, overrides: Mapping[str, Any]) -> None:
    from mer.training.map_networks import NETWORKS, network_config

    if name in NETWORKS:
        _changed(network_config(name), overrides)


def _looks(name: Any, overrides: Any, every: int) -> None:
    """Looks at the fit that the other values make; overrides that are wrong by themselves are told by themselves."""
    from mer.training.map_networks import NETWORKS, network_config
    from mer.training.maps_config import MapsConfig

    changes = overrides if isinstance(overrides, Mapping) else {}
    if name not in NETWORKS:
        return
    try:
        with_changes(network_config(name), changes)
    except InputError:
        return
    config = with_changes(network_config(name), {"epochs.every": every, **changes})
    config.epochs.looks(config.fit.steps if isinstance(config, MapsConfig) else config.fit.epochs)


def _baseline(name: str) -> None:
    from mer.evaluation.frame_baselines import frame_baseline_config

    frame_baseline_config(name, COMPOSITE)


def _changed_baseline(name: Any, overrides: Mapping[str, Any]) -> None:
    from mer.evaluation.frame_baselines import FRAME_BASELINES, frame_baseline_config

    if name in FRAME_BASELINES:
        _changed(frame_baseline_config(name, COMPOSITE), overrides)


def _changed(config: Any, overrides: Mapping[str, Any]) -> None:
    """A configuration takes any text as protocol or flow; what the run would refuse later is refused now."""
    from mer.training.protocols import protocol_words

    changed = with_changes(config, overrides)
    if hasattr(changed, "protocol"):
        protocol_words(changed.protocol)
    if hasattr(changed, "flow"):
        _flow(changed.flow)


def _direction(value: str) -> None:
    from mer.motion.moved_store import DIRECTIONS

    _one_of(value, DIRECTIONS)


def _shares(values: list[Any]) -> None:
    wrong = [value for value in values if not (_is_number(value) and 0 < value <= 1)]
    if wrong or not values:
        raise InputError(f"{values} should be shares above 0 and up to 1 (0.1 is 10 %), for instance [0.1, 0.2, 0.3].")


def _flow(name: Any) -> None:
    from mer.motion.flow import FLOW_METHODS

    _one_of(name, list(FLOW_METHODS))


def _flows(names: list[Any]) -> None:
    for name in names:
        _flow(name)


def _noise(levels: list[Any]) -> None:
    if 0 not in levels or not all(_is_number(level) and level >= 0 for level in levels):
        raise InputError(f"{levels} should be grey levels of 255 with 0 (none added) among them, as [0, 2, 4, 8].")


def _clock(name: str) -> None:
    from mer.evaluation.timing import CLOCKS

    _one_of(name, list(CLOCKS))


def _precision(name: str) -> None:
    import torch

    from mer.training.device import mixed_precision

    mixed_precision(torch.device("cpu"), name)


def _suffix(name: str) -> None:
    _one_of(name, _SUFFIXES)


def _rounds(rounds: Mapping[Any, Any]) -> None:
    from mer.models.configs import READING_OF

    for name, count in rounds.items():
        _one_of(name, list(READING_OF))
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise InputError(f"{name} is {count!r}, expected a whole number from 1.")


def _sizes(rounds: Any, sizes: Mapping[Any, Any]) -> None:
    from mer.face.store import StoreConfig
    from mer.models.configs import READING_OF

    lost = [name for name in READING_OF if isinstance(rounds, Mapping) and name in rounds and name not in sizes]
    if lost:
        raise InputError(f"{dict(sizes)} has no size for {', '.join(lost)}, which `rounds` names.")
    for size in sizes.values():
        if not isinstance(size, int):
            raise InputError(f"{size!r} is no size: expected whole pixels.")
        StoreConfig(size=size)


def _threads(count: Any) -> None:
    from mer.evaluation.runtime import check_threads

    check_threads(count)


def _runs(least: int, value: str | list[Any]) -> None:
    """Finished runs of training: with predictions and a summary. References inside a list are not judged."""
    from mer.evaluation.paper_runs import read_run

    folders = [value] if isinstance(value, str) else value
    if not any(str(folder).startswith("@") for folder in folders) and len(folders) < least:
        raise InputError(f"{len(folders)} run(s) given, expected {least} or more folders of finished runs of training.")
    for folder in folders:
        if str(folder).startswith("@"):
            continue
        path = project_dir() / str(folder)
        if isinstance(value, str) and not os.path.exists(path):
            return  # a single path that is missing is told by itself
        if not os.path.isdir(path):
            raise MissingPath(f"{str(folder)!r} is no folder (looked in {project_dir()}). See `mer runs`.")
        read_run(path)


def _against(runs: Any, ensembles: bool, name: str) -> None:
    """One of the methods of finished runs; runs that cannot be read or compared are told by themselves."""
    from mer.evaluation.evidence import gathered, with_ensembles
    from mer.evaluation.evidence_tables import best_beside
    from mer.evaluation.paper_runs import read_runs

    if not isinstance(runs, list) or any(str(folder).startswith("@") for folder in runs):
        return
    try:
        trained = read_runs([project_dir() / str(folder) for folder in runs])
        methods = with_ensembles(gathered(trained)) if ensembles else gathered(trained)
    except InputError:
        return
    best_beside(methods, name, trained)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
