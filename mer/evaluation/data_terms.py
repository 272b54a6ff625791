"""Under which terms the clips of a run may be used: said on what is made from them, and before it is passed on."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_mapping
from mer.core.paths import expanded
from mer.core.run_record import read_record
from mer.datasets.folder import TABLE
from mer.datasets.layout import layout_names, load_layout
from mer.datasets.places import read_places
from mer.evaluation.named_runs import named_runs
from mer.evaluation.predictions import read_predictions

#: Key of ``record.json``: database to ``terms`` and ``synthetic``, of every store that the run used.
CLIPS_OF = "clips_of"
#: Side file of a run's predictions and tables, and of what `mer predict` and `mer stream` write.
TERMS_FILE = "terms.txt"
#: Of a clip that lies in no database: nobody else says it.
OWN_FACES = (
    "A clip of your own: faces are personal data. Pass on nothing made from it unless whoever is seen in it agrees."
)


@dataclass(frozen=True)
class DataTerms:
    """What is known of the clips of one database.

    Attributes:
        database: its name.
        terms: one sentence, or several; empty where nobody said them.
        synthetic: whether the faces are rendered.
    """

    database: str
    terms: str
    synthetic: bool


def own_terms(folder: Path) -> tuple[DataTerms, ...]:
    """Of the clips that a run itself used: those of its record, else those of the databases of its predictions or,
    where it has none, of its configuration: a database, or a clip by its path (`14_try_your_own`; None is rendered).

    A database that a layout of the project describes has the terms of the layout.

    Returns:
        One entry a database, in order; none where neither tells of a clip.
    """
    if noted := noted_terms(folder):
        return noted
    config = read_record(folder).get("config")
    if not isinstance(config, dict):
        return ()
    if isinstance(clip := config.get("clip"), str) and clip:
        images = dict.fromkeys(one for one in (clip, config.get("apex_image")) if isinstance(one, str) and one)
        return tuple(dict.fromkeys(clip_terms(one) for one in images))
    found = [config.get(key) for key in ("data.database", "database")]
    return tuple(_named(name) for name in found if isinstance(name, str) and name)[:1]


def noted_terms(folder: Path) -> tuple[DataTerms, ...]:
    """Of the clips that a run's results are known to be of: those of its record, else of its predictions, else none."""
    known = read_record(folder).get(CLIPS_OF)
    if isinstance(known, dict) and known:
        return tuple(_kept(str(name), about) for name, about in known.items())
    table = folder / "predictions.csv"
    try:
        names = dict.fromkeys(read_predictions(table)["database"].astype(str)) if table.is_file() else {}
    except InputError:
        names = {}
    return tuple(_named(name) for name in names)


def run_terms(folder: Path | str) -> tuple[DataTerms, ...]:
    """Of all clips that a run's results are of: its own, and those of the runs that its configuration names."""
    found: list[DataTerms] = []
    waiting, seen = [Path(folder).resolve()], set()
    while waiting:
        run = waiting.pop(0)
        if run not in seen and os.path.isdir(run):
            seen.add(run)
            found += own_terms(run)
            config = read_record(run).get("config")
            waiting += [one.resolve() for one in named_runs(config)] if isinstance(config, dict) else []
    return tuple(dict.fromkeys(found))


def terms_words(terms: Iterable[DataTerms]) -> str:
    """The terms of real faces, each sentence once; empty for rendered ones, of which "synthetic" is said elsewhere."""
    return " ".join(dict.fromkeys(one.terms.strip() for one in terms if one.terms and not one.synthetic))


def clip_terms(path: Path | str) -> DataTerms:
    """Of the database that a clip lies in, one that was added or a folder with ``clips.csv``; else `OWN_FACES`.

    A database whose list or description cannot be read counts as none: too much is said rather than too little.

    Args:
        path: video, folder of images, or an image.
    """
    place = expanded(path).resolve()
    about: dict[str, Any] = {}
    try:
        for known in read_places().values():
            if place.is_relative_to(expanded(known.folder).resolve()):
                return DataTerms(known.name, known.load_layout().terms, False)
        root = next((root for root in place.parents if (root / TABLE).is_file()), None)
        if root is not None and (root / "database.json").is_file():
            about = read_mapping(root / "database.json")
    except InputError:
        about = {}
    if about.get("synthetic") is True or about.get("terms"):
        return _kept(str(about.get("name", "")), about)
    return DataTerms("a clip of one's own", OWN_FACES, False)


def prediction_terms(run: Path | str, *clip: Path | str) -> str:
    """Terms of what the models of a run say of a clip: those of its training data, then those of the clip.

    Args:
        run: its folder.
        clip: path of the clip; of two images both.
    """
    return terms_words((*run_terms(run), *(clip_terms(one) for one in clip)))


def _kept(name: str, about: Any) -> DataTerms:
    about = about if isinstance(about, dict) else {}
    return DataTerms(name, str(about.get("terms") or ""), about.get("synthetic") is True)


def _named(name: str) -> DataTerms:
    """Of a database known by its name alone: rendered ones begin with ``synthetic``."""
    if name.lower().startswith("synthetic"):
        return DataTerms(name, "Synthetic faces; no person is shown.", True)
    try:
        return DataTerms(name, load_layout(name).terms if name in layout_names() else "", False)
    except InputError:
        return DataTerms(name, "", False)
