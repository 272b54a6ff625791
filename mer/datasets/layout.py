"""How a released database lies on disk and what its sheet looks like, as a short description that anyone can adjust.

The descriptions are ``data_manifests/layouts/<name>.yaml``; a user's own is given by its path. A release that lies on
disk in several ways (raw, cropped, ...) has one *variant* each, which says only what differs.

Templates
---------
``subject``, ``clip`` and ``frames`` are texts with names in braces: fields of the sheet (or, without a sheet, parts of
the folders' names). ``{subject:02d}`` takes the first number in the field and pads it. ``subject`` and ``clip`` are the
names in the clip table; inside ``frames`` (and ``{subject}`` inside ``clip``) they stand for those finished names.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.paths import expanded
from mer.core.yaml_file import read_yaml
from mer.datasets.templates import check_template, names_in
from mer.manifest.place import manifests_dir

#: Fields that the clip table needs or knows; a layout may add others for its templates.
KNOWN = ("subject", "clip", "onset", "apex", "offset", "emotion", "action_units")


@dataclass(frozen=True)
class SheetLayout:
    """The annotation sheet of a release.

    Attributes:
        files: patterns of its name, the preferred first; the first that matches below the release's folder is taken.
        columns: field to its header, or to several that are in circulation.
        optional: fields whose column may be absent.
        header: whether there is a header row; without one, columns are letters.
        tab: tab of the workbook; None for the first that fits.
        missing: cell texts that mean "not annotated"; empty for the usual ones.
        zero_is_missing: fields of frame numbers in which 0 means "not annotated".
        keep: field to the values of the rows that count (lower case); other rows are passed over.
        repeats: micro-expressions that one row may hold; the k-th has the fields ``onset_<k>`` and ``offset_<k>``, and
            its clip the next number (``s3_ne_02`` is followed by ``s3_ne_03``).
    """

    files: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    optional: tuple[str, ...] = ()
    header: bool = True
    tab: str | None = None
    missing: tuple[str, ...] = ()
    zero_is_missing: tuple[str, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: int = 1


@dataclass(frozen=True)
class Layout:
    """One variant of a release.

    Attributes:
        name: of the description (file stem); ``variant``: of the variant; ``variants``: all there are, default first.
        database: what stands in the clip table's column ``database``.
        title: the database's name for people.
        terms: one sentence on its licence, printed on what is made from it.
        source: where and how it is had.
        fps: frames a second.
        base: folders that may hold the clips, relative to the release's folder; the one that holds most counts.
        frames: templates of a clip's folder (or video) inside ``base``, tried in turn; ``*`` matches any name.
        example: path of one frame below the release's folder, for people.
        subject, clip: templates of the names in the clip table.
        sheet: the annotation sheet; None where folders say it all (their first and last image are onset and offset).
        values: field to {value in the release: value that is meant}; emotions are compared in lower case.
        images: pattern of the frames' file names, by which raw and cropped ones are told apart.
        clips: number of clips that a release without a sheet has; 0 where it is not known. Fewer are a remark.
        gaps: whether frames may be missing inside a clip, a fifth at most; the last one before a gap then stands for
            those in it (`mer.datasets.gaps`).
        path: file of the description.
    """

    name: str
    variant: str
    variants: tuple[str, ...]
    database: str
    title: str
    terms: str
    source: str
    fps: float
    base: tuple[str, ...]
    frames: tuple[str, ...]
    example: str
    subject: str = "{subject}"
    clip: str = "{clip}"
    sheet: SheetLayout | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: str = "*"
    clips: int = 0
    gaps: bool = False
    path: Path = Path()


def layout_names() -> tuple[str, ...]:
    """Names of the layouts that come with the project."""
    return tuple(sorted(path.stem for path in (manifests_dir() / "layouts").glob("*.yaml")))


def load_layout(name_or_path: str | Path, variant: str | None = None) -> Layout:
    """Read a layout.

    Args:
        name_or_path: one of `layout_names`, or the path of a YAML file.
        variant: one of its variants; None for the first.

    Raises:
        InputError: there is no such layout or variant, a key is unknown or missing, or a template names a field that
            the sheet does not have.
    """
    text = str(name_or_path)
    path = expanded(text) if text.endswith((".yaml", ".yml")) else manifests_dir() / "layouts" / f"{text}.yaml"
    if not path.is_file():
        if text.endswith((".yaml", ".yml")):
            raise MissingPath(f"Layout {path} does not exist. {nearest(text, layout_names())}")
        raise InputError(f"There is no layout {text!r}. {nearest(text, layout_names())}")
    data = read_yaml(path)
    try:
        return _layout(path, data, variant)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(f"{path} is not a layout ({error}). {path.parent / 'casme2.yaml'} is an example.") from error


def _layout(path: Path, data: Any, variant: str | None) -> Layout:
    if not isinstance(data, Mapping) or not isinstance(data.get("variants"), Mapping) or not data["variants"]:
        raise InputError("a layout is a mapping with 'variants' (name to what differs), at least one.")
    variants = {str(name): own or {} for name, own in data["variants"].items()}
    chosen = variant or next(iter(variants))
    if chosen not in variants:
        raise InputError(f"there is no variant {chosen!r}. {nearest(chosen, variants)}")
    merged = {key: value for key, value in data.items() if key != "variants"} | variants[chosen]
    _check_keys(merged, Layout, own=("name", "variant", "variants", "path"))
    sheet = _sheet(merged["sheet"]) if merged.get("sheet") else None
    layout = Layout(
        name=path.stem,
        variant=chosen,
        variants=tuple(variants),
        **{key: str(merged[key]) for key in ("database", "title", "terms", "source", "example")},
        fps=float(merged["fps"]),
        base=_texts(merged["base"]),
        frames=_texts(merged["frames"]),
        subject=str(merged.get("subject", "{subject}")),
        clip=str(merged.get("clip", "{clip}")),
        sheet=sheet,
        values={str(name): _value_map(name, pairs) for name, pairs in merged.get("values", {}).items()},
        images=str(merged.get("images", "*")),
        clips=int(merged.get("clips", 0)),
        gaps=bool(merged.get("gaps", False)),
        path=path,
    )
    _check_templates(layout)
    _check_numbers(layout)
    return layout


def _sheet(data: Mapping[str, Any]) -> SheetLayout:
    _check_keys(data, SheetLayout)
    return SheetLayout(
        files=_texts(data["files"]),
        columns={str(name): _texts(headers) for name, headers in data["columns"].items()},
        optional=_texts(data.get("optional", [])),
        header=bool(data.get("header", True)),
        tab=None if data.get("tab") is None else str(data["tab"]),
        missing=_texts(data.get("missing", [])),
        zero_is_missing=_texts(data.get("zero_is_missing", [])),
        keep={str(name): tuple(one.lower() for one in _texts(kept)) for name, kept in data.get("keep", {}).items()},
        repeats=int(data.get("repeats", 1)),
    )


def _check_templates(layout: Layout) -> None:
    if layout.sheet is not None:
        known = set(layout.sheet.columns)
        for needed in ("onset", "offset"):
            if needed not in known:
                raise InputError(f"the sheet has no column for {needed!r}; every clip needs one.")
    else:
        known = {name for template in layout.frames for name in names_in(template)}
    for template in (layout.subject, layout.clip, *layout.frames):
        check_template(template, known | {"subject", "clip"} if template in layout.frames else known)
    for base in layout.base:
        if base.startswith("/") or ".." in base.split("/"):
            raise InputError(f"base {base!r} leaves the folder; give a path inside the release.")
    sheet = layout.sheet
    for name in (*layout.values, *((*sheet.keep, *sheet.optional, *sheet.zero_is_missing) if sheet else ())):
        if name not in known:
            raise InputError(f"there is no field {name!r}. {nearest(name, known)}")


def _check_numbers(layout: Layout) -> None:
    if not 0 < layout.fps < math.inf:
        raise InputError(f"fps is {layout.fps:g}; expected frames a second, above 0.")
    if layout.sheet is not None and layout.sheet.repeats < 1:
        raise InputError(f"repeats is {layout.sheet.repeats}; expected 1 or more.")


def _check_keys(data: Mapping[str, Any], kind: type, own: tuple[str, ...] = ()) -> None:
    """Refuse keys that the dataclass does not have, and missing ones without a default; ``own`` ones are set here."""
    items = [item for item in fields(kind) if item.name not in own]
    names = [item.name for item in items]
    for key in data:
        if key not in names:
            raise InputError(f"{key!r} is no key of a layout. {nearest(str(key), names)}")
    needed = [item.name for item in items if item.default is MISSING and item.default_factory is MISSING]
    if missing := [name for name in needed if name not in data]:
        raise InputError(f"{', '.join(missing)} is missing.")


def _texts(value: Any) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, str | int | float) else tuple(str(one) for one in value)


def _value_map(name: str, pairs: Mapping[Any, Any]) -> dict[str, str]:
    lower = name == "emotion"
    return {str(found).lower() if lower else str(found): str(meant) for found, meant in pairs.items()}
