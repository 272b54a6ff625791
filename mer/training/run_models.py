"""All models that a run left, read once and asked together."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from mer.core.errors import InputError, nearest
from mer.core.one_run import OpenedRun
from mer.core.run_record import RECORD, SUMMARY, read_record, recorded_config
from mer.datasets.synthetic.names import is_rendered
from mer.models.frl_dgt import FRLDGT
from mer.motion.magnify import MagnifyConfig
from mer.training.checkpoints import read_about, stored_config
from mer.training.fold_model import check_pair_model, fold_model, trained_size
from mer.training.run_folder import fold_weights
from mer.training.trained_folds import folds_by_person, trained_fold

#: Weights that are kept in memory, of all runs together; models of a larger run are read again at every pass.
KEPT_BYTES = 512 << 20
#: Displacement modules that are asked at once, and the most that their weights and their layers' outputs may take.
_TOGETHER, _TOGETHER_BYTES = 32, 256 << 20
_WHY = "a clip of your own can be shown only to models of an onset-apex pair that generate its displacement. Give one."


@dataclass(frozen=True)
class RunFacts:
    """What a reader must know of a run to judge what its models say.

    Attributes:
        database: that it was trained on; empty where the run's record does not say it.
        synthetic: its faces are rendered.
        epoch_rule: which epoch's weights these are; empty where unknown.
        detector: that found its faces; empty where unknown.
    """

    database: str = ""
    synthetic: bool = False
    epoch_rule: str = ""
    detector: str = ""


@dataclass(frozen=True, eq=False)
class RunModels:
    """The fold models of a run.

    Attributes:
        folder: of the run.
        paths: weights, one file a fold.
        held_out: who each fold never saw: a person, ``database/subject``, or a database by its name.
        persons: ``database/subject`` of all whom each fold never saw.
        classes: names, in the order of the scores.
        size, channels: of the aligned faces that the models see.
        magnify: magnification that the run was trained with; None for most.
        facts: about its training.
        opened: models that are read late are of the run that was opened (`mer.core.one_run.MadeAgain`).
        left_out: models of the run that were left out because they have seen the person who is looked at.
        person: ``database/subject`` who is looked at, also where no model had to be left out; None if none was named.
    """

    folder: Path
    paths: tuple[Path, ...]
    held_out: tuple[str, ...]
    persons: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    size: int
    channels: int
    magnify: MagnifyConfig | None
    facts: RunFacts
    opened: OpenedRun = field(repr=False)
    left_out: int = 0
    person: str | None = None
    _kept: dict[Path, FRLDGT] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Number of models."""
        return len(self.paths)

    def __iter__(self) -> Iterator[FRLDGT]:
        """The models in the order of ``paths``, in eval mode on the CPU."""
        for path in self.paths:
            model = self._kept.get(path)
            if model is None:
                with self.opened.one_making():
                    model, _ = fold_model(path)
                with _LOCK:
                    opened = any(run._kept is self._kept for run in _OPENED.values())  # else nobody counts them
                    if opened and _kept_bytes() + path.stat().st_size <= KEPT_BYTES:
                        self._kept[path] = model
            yield model

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom a fold held out, ``database/subject``."""
        return tuple(person for of_fold in self.persons for person in of_fold)

    def that_held_out(self, person: str) -> "RunModels":
        """The model of the fold that held a person of the training data out, alone.

        Args:
            person: ``database/subject``.

        Raises:
            InputError: no fold held this person out.
        """
        place = next((at for at, of_fold in enumerate(self.persons) if person in of_fold), None)
        if place is None:
            raise InputError(
                f"No model of {self.folder} was trained without {person!r}: nobody of that name was held out. "
                f"{self._meant(person)} Of a person who is in none of the run's training data name nobody: all models "
                "may be asked."
            )
        return replace(self.some([place]), left_out=len(self) - 1, person=person)

    def _meant(self, person: str) -> str:
        """Who may have been meant; people of one number in two databases are two people."""
        database, slash, subject = person.rpartition("/")
        same = [known for known in self.people if known.split("/")[-1] == subject]
        if not same:
            return nearest(person, self.people)
        if not slash:
            return f"Did you mean {same[0]!r}?"
        return f"{', '.join(map(repr, same))} of the run {'is' if len(same) == 1 else 'are'} not of {database!r}."

    def some(self, places: list[int]) -> "RunModels":
        """The models at these places."""
        paths, held_out = tuple(self.paths[k] for k in places), tuple(self.held_out[k] for k in places)
        return replace(self, paths=paths, held_out=held_out, persons=tuple(self.persons[k] for k in places))

    @torch.no_grad()
    def generated(self, onset: Tensor, apex: Tensor) -> Iterator[tuple[FRLDGT, Tensor]]:
        """Each model and the raw displacement that its module generates.

        Modules of one shape run together, so that what depends on the frames alone is computed once for all of them:
        of the 24 models of the demo that leaves a tenth of the time.

        Args:
            onset, apex: float, (B, C, H, W), values in [0, 1].
        """
        models: list[FRLDGT] = []
        for model in self:
            models.append(model)
            if len(models) == _TOGETHER or (len(models) + 1) * _needed(model, onset) > _TOGETHER_BYTES:
                yield from zip(models, _together(models, onset, apex), strict=True)
                models = []
        if models:
            yield from zip(models, _together(models, onset, apex), strict=True)


_RECORDS = (RECORD, SUMMARY)
_LOCK = Lock()
_OPENED: OrderedDict[tuple[object, ...], RunModels] = OrderedDict()


def open_models(run_folder: Path | str) -> RunModels:
    """The models of a run; those of the last two runs are kept, for as long as their files stay the same.

    Raises:
        MissingPath: the run has no weights.
        MadeAgain: it was replaced meanwhile.
        InputError: its models see more than an onset-apex pair and its generated displacement, they are of different
            shapes, or files are damaged or of another version of the suite.
    """
    run = OpenedRun(run_folder)  # first: what is then read is of this making, or refused
    paths = tuple(fold_weights(run_folder))
    said = [path for name in _RECORDS if (path := Path(run_folder) / name).is_file()]  # what the facts are read from
    stamps = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in (*paths, *said)]
    key = (Path(run_folder).resolve(), run.makings, *stamps)
    with _LOCK:
        if key in _OPENED:
            _OPENED.move_to_end(key)
            return _OPENED[key]
    with run.one_making():
        opened = _open(Path(run_folder), paths, run)
    with _LOCK:
        _OPENED[key] = opened
        while len(_OPENED) > 2:
            _, gone = _OPENED.popitem(last=False)
            gone._kept.clear()  # a view may hold it still, and would hold its weights uncounted
    return opened


def run_facts(run_folder: Path | str) -> RunFacts:
    """What the records of a run say of its training; nothing where there are none.

    Raises:
        InputError: they hold something else.
    """
    folder = Path(run_folder)
    config, summary = recorded_config(folder), read_record(folder, SUMMARY)
    database = str(config.get("data.database", config.get("database", "")))
    return RunFacts(
        database=database,
        synthetic=bool(summary.get("synthetic")) or is_rendered(database),
        epoch_rule=str(summary.get("epoch_rule", config.get("epoch_rule", ""))),
        detector=str(config.get("data.detector", config.get("detector", ""))),
    )


def _open(folder: Path, paths: tuple[Path, ...], run: OpenedRun) -> RunModels:
    first, classes = fold_model(paths[0])  # also says what is wrong with models of another version
    check_pair_model(first.config, folder, _WHY)
    abouts = [read_about(path) for path in paths]
    for path, about in zip(paths, abouts, strict=True):
        if (about.get("model"), about.get("classes")) != (abouts[0]["model"], abouts[0]["classes"]):
            raise InputError(
                f"{path} is of another model or has other classes than {paths[0]}: {folder} mixes two runs. Train it "
                "again into an empty folder."
            )
    folds = [trained_fold(path, about) for path, about in zip(paths, abouts, strict=True)]
    folds_by_person(folds, folder)
    magnified = bool(abouts[0].get("magnify"))
    return RunModels(
        folder=folder,
        paths=paths,
        held_out=tuple(fold.name for fold in folds),
        persons=tuple(fold.persons for fold in folds),
        classes=tuple(classes),
        size=trained_size(folder) or 128,
        channels=first.config.image_channels,
        magnify=stored_config(MagnifyConfig, abouts[0], "magnify", paths[0]) if magnified else None,
        facts=run_facts(folder),
        opened=run,
    )


def _together(models: list[FRLDGT], onset: Tensor, apex: Tensor) -> Tensor:
    """Raw displacements of models of one shape: (models, B, 2, H, W)."""
    modules = [model.dgm for model in models]
    base = modules[0]
    assert base is not None, "models without the module are refused when a run is opened"
    weights, buffers = stack_module_state(modules)  # type: ignore[arg-type]

    def one(weights: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        return functional_call(base, (weights, buffers), (onset, apex))

    return vmap(one)(weights, buffers)


def _bytes_of(model: FRLDGT) -> int:
    return sum(value.numel() * value.element_size() for value in model.parameters())


def _needed(model: FRLDGT, frames: Tensor) -> int:
    """Bytes that one more model takes when it is asked together with others: weights, and layers at full width."""
    config = model.config.dgm
    count, _, height, width = frames.shape
    layer = count * config.widths[0] * (height // config.stride) * (width // config.stride) * 4
    return _bytes_of(model) + 8 * layer


def _kept_bytes() -> int:
    return sum(_bytes_of(model) for run in _OPENED.values() for model in run._kept.values())
