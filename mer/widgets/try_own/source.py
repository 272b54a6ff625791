"""Where a clip of one's own comes from: files sent from the browser, a path on the kernel's machine, or the example."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets

from mer.core.errors import InputError
from mer.datasets.frames import IMAGE_SUFFIXES
from mer.datasets.video import VIDEO_SUFFIXES
from mer.widgets.one_at_a_time import one_at_a_time
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.try_own.choice import ClipChoice
from mer.widgets.try_own.upload import Upload

#: Files that can be sent at once: a video, two images, or the images of a clip.
MOST_FILES = 300
_STYLE = {"description_width": "84px"}


class SourceChooser(ipywidgets.VBox):
    """Upload, path or example; the run that is asked.

    Attributes:
        run: folder of the run.
        upload: files of the person's own machine.
        path, apex: of a clip, or of the onset and the apex image, on the kernel's machine.
        first, last: frame numbers of the part of a clip that is read; empty for all.
        load_button, swap_button, example_button: what they say.
    """

    def __init__(self, run: Path, load: Callable[[ClipChoice], object], notice: Notice, busy: Any) -> None:
        """An empty chooser.

        Args:
            run: folder of the run.
            load: called with what is chosen; returns True when the clip is shown.
            notice: says why something cannot be loaded.
            busy: held while something is done.
        """
        self._load, self.notice, self.busy = load, notice, busy
        self._clip: ClipChoice | None = None  # all of what was chosen last
        wide = ipywidgets.Layout(width="460px", max_width="100%")
        narrow = ipywidgets.Layout(width="170px")
        self.run = _text("Run", "folder of a finished run", wide, str(run))
        self.upload = Upload(
            self.take_files,
            lambda reason: notice.say(reason, "error"),
            label="Upload a video, or onset and apex as two images (at most 200 MB)",
            accept=",".join(sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES)),
            most_files=MOST_FILES,
        )
        self.path = _text("Path", "video, folder of images, or onset image", wide)
        self.apex = _text("Apex image", "only with an onset image", wide)
        self.first = _text("First frame", "all", narrow)
        self.last = _text("Last frame", "all", narrow)
        self.load_button = _button("Load", "Load the clip at this path")
        self.swap_button = _button("Swap images", "Make the apex image the onset, and the onset image the apex")
        self.example_button = _button("Example", "A rendered (synthetic) face of a person in no database")
        wrap = ipywidgets.Layout(flex_flow="row wrap")
        super().__init__(
            [
                self.upload,
                ipywidgets.HBox([self.path, self.apex], layout=wrap),
                ipywidgets.HBox(
                    [self.first, self.last, self.load_button, self.swap_button, self.example_button], layout=wrap
                ),
                self.run,
            ]
        )
        self.load_button.on_click(lambda _button: self.load_path())
        self.swap_button.on_click(lambda _button: self.swap())
        self.example_button.on_click(lambda _button: self.show_example())

    def show_path(self, path: Path | str, apex_image: Path | str | None = None) -> None:
        """Fill in a path and load it."""
        self._fill(str(path), "" if apex_image is None else str(apex_image))
        self.load_path()

    @one_at_a_time
    @guarded
    def load_path(self) -> object:
        """Load what the fields say; where no path is written, the files or the example of before, for other frames.

        Returns True when the clip is shown.
        """
        self._read_fields()
        if self._clip is None:
            raise InputError(
                "No path is given. Write that of a video, a folder of images or an onset image, or upload."
            )
        first, last = (_number(field) for field in (self.first, self.last))
        return self._load(replace(self._clip, first=first, last=last))

    @one_at_a_time
    @guarded
    def swap(self) -> None:
        """Exchange onset and apex image."""
        self._read_fields()
        clip = self._clip
        if clip is None or clip.apex_image is None:
            raise InputError("Only two images can be swapped: send two, or write a path and that of an apex image.")
        self._clip = replace(clip, path=clip.apex_image, apex_image=clip.path)
        if self.path.value.strip():
            self.path.value, self.apex.value = str(clip.apex_image), str(clip.path)
        self.load_path()

    @one_at_a_time
    @guarded
    def show_example(self) -> None:
        """The rendered example."""
        from mer.datasets.synthetic.example import example_clip

        clip = example_clip()
        note = (
            f"A rendered (synthetic) face of a person in no database: made as {clip.label}, with its apex at frame "
            f"{clip.apex}."
        )
        self._show_unnamed(ClipChoice(clip.frames, note=note))

    @one_at_a_time
    @guarded
    def take_files(self, paths: list[Path]) -> object:
        """Load files that were sent: one video, two images, or the numbered images of a clip. True when shown."""
        kinds = [_kind(path) for path in paths]
        if wrong := [path.name for path, kind in zip(paths, kinds, strict=True) if not kind]:
            known = " ".join(sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
            raise InputError(f"{wrong[0]} is neither a video nor an image. Expected one of {known}.")
        if kinds == ["image"]:
            raise InputError(
                f"{paths[0].name} is one image alone; motion needs two. Choose the onset and the apex image together, "
                "or a video."
            )
        if kinds.count("video") and len(kinds) > 1:
            raise InputError(f"{len(kinds)} files with a video among them. Choose one video, or images alone.")
        if len(paths) == 2:
            return self._show_unnamed(ClipChoice(paths[0], paths[1]))
        return self._show_unnamed(ClipChoice(paths[0] if kinds == ["video"] else paths[0].parent))

    def _show_unnamed(self, clip: ClipChoice) -> object:
        """Load a clip whose place is no concern of the person's."""
        self._clip = clip
        self._fill("", "")
        return self.load_path()

    def _read_fields(self) -> None:
        if self.path.value.strip():
            self._clip = ClipChoice(self.path.value.strip(), self.apex.value.strip() or None)

    def _fill(self, path: str, apex_image: str) -> None:
        self.path.value, self.apex.value = path, apex_image
        self.first.value = self.last.value = ""


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return "video" if suffix in VIDEO_SUFFIXES else "image" if suffix in IMAGE_SUFFIXES else ""


def _number(field: ipywidgets.Text) -> int | None:
    text = field.value.strip()
    if text and not text.isdecimal():
        raise InputError(f"{field.description} is {text!r}; expected a frame number (0 or above), or nothing for all.")
    return int(text) if text else None


def _text(description: str, placeholder: str, layout: ipywidgets.Layout, value: str = "") -> ipywidgets.Text:
    """A field whose letters come as they are typed: one that waits for its end may come later than a click."""
    return ipywidgets.Text(value, description=description, placeholder=placeholder, layout=layout, style=_STYLE)


def _button(description: str, tooltip: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=description, tooltip=tooltip, layout=ipywidgets.Layout(width="auto"))
