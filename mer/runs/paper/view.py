"""A view to make figures for a paper: choose figure, style and width, see it as it will be printed, take its files."""

import base64
import html
from pathlib import Path
from typing import Any

import ipywidgets

from mer.core.errors import InputError
from mer.figures.style_book import STYLES, Width, named_style
from mer.figures.styles import use_style
from mer.runs.paper.catalogue import FIGURES
from mer.runs.paper.data import RunData
from mer.runs.paper.figures import PaperFiles, clips_shown, paper_figure, possible_figures
from mer.runs.short_paths import short_paths
from mer.widgets.parts.copied_text import CopiedText
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture

_MOST_BYTES = 3_000_000  # of a file that is offered as a download inside the page
_PIXELS_AN_INCH = 150  # shown; a column of print is then as wide as a hand
_BUTTON = (
    "display:inline-block;margin-left:4px;padding:0 10px;line-height:1.9;border-radius:3px;text-decoration:underline;"
    "color:var(--jp-content-link-color,#0b5cad);background:var(--jp-layout-color2,#eee);"
    "border:1px solid var(--jp-border-color1,#bdbdbd)"
)
_WORDS = {"description_width": "64px"}
_KINDS = {".pdf": "application/pdf", ".svg": "image/svg+xml", ".png": "image/png", ".csv": "text/csv"}


def choose_figures(run: str | Path | RunData, out: str | Path | None = None, style: str = "cvpr") -> "FigureChooser":
    """The view for a run; what is wrong with the run is said in it.

    Args:
        run: folder of a finished run, or its data when they were read before.
        out: folder of the files; one below ``outputs/interactive/paper-figures`` when not given.
        style: chosen at first.
    """
    return FigureChooser(run, out, style)


class FigureChooser(ipywidgets.VBox):
    """The widget of `choose_figures`.

    Figures that take a while wait for *Draw* until they were drawn once, for what is slow about them is then kept
    (`RunData`); those that ask the models of the run until they were drawn of as many clips. All others are drawn at
    once, also while one walks through their list by arrow keys.
    """

    def __init__(self, run: str | Path | RunData, out: str | Path | None, style: str) -> None:
        self.run, self.out, self._settling = run, out, False
        self.files: PaperFiles | None = None
        first = named_style(style)
        self.notice, self.picture = Notice(), Picture(width=480)
        self.figure = _dropdown("Figure", [(f"{one.title} ({name})", name) for name, one in FIGURES.items()], "440px")
        self.style_box = _dropdown("Style", list(STYLES), "190px")
        self.style_box.value = first.name.removesuffix("-grey")
        self.width_box = _dropdown("Width", [], "230px")
        self._wanted: Width = "column"  # the width last chosen where there was a choice
        self.grey = ipywidgets.Checkbox(
            value=first.grey_safe, description="Grey print", indent=False, layout=ipywidgets.Layout(width="120px")
        )
        self.draw = ipywidgets.Button(description="Draw", tooltip="Draw the figure and write its files")
        self.result = ipywidgets.HTML()
        self.caption, self.latex = CopiedText(name="Caption"), CopiedText(name="Lines of LaTeX", code=True)
        line = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        choice = ipywidgets.Box([self.style_box, self.width_box, self.grey, self.draw], layout=line)
        super().__init__([self.figure, choice, self.notice, self.picture, self.result, self.caption, self.latex])
        self._open()
        self._widths()
        self.style_box.observe(self._widths, "value")
        self.width_box.observe(self._width_chosen, "value")
        for control in (self.figure, self.style_box, self.width_box, self.grey):
            control.observe(self._changed, "value")
        self.draw.on_click(self._pressed)
        self._changed()

    @guarded
    def _open(self) -> None:
        self.figure.disabled = self.draw.disabled = True
        self.run = self.run if isinstance(self.run, RunData) else RunData(self.run)
        names = possible_figures(self.run)
        if not names:
            raise InputError(f"{self.run.folder} keeps nothing that a figure could be drawn of. Give a finished run.")
        self.figure.options = [(f"{FIGURES[name].title} ({name})", name) for name in names]
        self.figure.value = "confusion" if "confusion" in names else names[0]
        self.figure.disabled = self.draw.disabled = False

    def _widths(self, _change: object = None) -> None:
        style = STYLES[self.style_box.value]
        options = [(f"{name} ({style.width_mm(name):.4g} mm)", name) for name in style.widths]
        self._settling = True  # the style's own change draws, once
        try:
            self.width_box.options = options
            self.width_box.value = self._wanted if self._wanted in style.widths else style.widths[0]
        finally:
            self._settling = False

    def _width_chosen(self, change: Any) -> None:
        if not self._settling and len(self.width_box.options) > 1:
            self._wanted = change["new"]

    def _changed(self, _change: object = None) -> None:
        if not self.draw.disabled and not self._settling:
            entry = FIGURES[self.figure.value]
            before = self._drawn_before()
            if entry.models and not before:
                self._say("This figure asks the models of the run, which takes a while. Press Draw.")
            elif entry.slow and not before:
                self._say(f"{entry.slow} Press Draw.")
            else:
                self._draw()

    def _drawn_before(self) -> bool:
        """Whether what takes long about the figure is kept."""
        if not isinstance(self.run, RunData):
            return False
        name = self.figure.value
        with use_style(self._style(), self.width_box.value):
            wanted = clips_shown(FIGURES[name]) if FIGURES[name].models else None
        return self.run.quick_to_draw(name, wanted)

    def _style(self) -> str:
        return f"{self.style_box.value}{'-grey' if self.grey.value else ''}"

    def _say(self, words: str) -> None:
        """Words in place of a figure."""
        self.picture.say(words)
        self.result.value = self.caption.text = self.latex.text = ""

    def _pressed(self, _button: object) -> None:
        self._draw()

    @guarded
    def _draw(self) -> None:
        self.files = None
        entry = FIGURES[self.figure.value]
        slow = "" if self._drawn_before() else "The models are asked: a minute or two." if entry.models else entry.slow
        self._say(f"Drawing “{entry.title}” … {slow}".strip())
        style, width = self._style(), self.width_box.value

        def seen(png: bytes, alt: str) -> None:
            mm = named_style(style).width_mm(width)
            self.picture.width = min(round(mm / 25.4 * _PIXELS_AN_INCH), 1000)
            self.picture.show(png, alt)

        try:
            files = self.files = paper_figure(self.figure.value, self.run, style, width, self.out, seen=seen)
        except Exception:
            self._say("Nothing is drawn.")
            raise
        if files.older:
            self.notice.say(" ".join(files.older), "warning")
        self.result.value = files_html(files)
        self.caption.text = files.caption
        self.latex.text = files.tex.read_text(encoding="utf-8")


def files_html(files: PaperFiles) -> str:
    """A link like a button to each file that is small enough, and where they lie."""
    paths = [files.figure.pdf, files.figure.svg, files.figure.png, *files.figure.csv, files.tex]
    links = " ".join(map(_link, paths))
    where = html.escape(short_paths(files.tex.parent))
    return (
        f'<p style="margin:6px 4px;line-height:2.3"><strong>Save</strong> {links}</p>'
        f'<p style="margin:0 4px">They lie in <code>{where}</code>.</p>'
    )


def _link(path: Path) -> str:
    name = html.escape(path.name)
    data = path.read_bytes()
    if len(data) > _MOST_BYTES:
        return f"{name} (too large for the page)"
    kind = _KINDS.get(path.suffix, "text/plain")
    address = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return f'<a download="{name}" href="{address}" style="{_BUTTON}">{name}</a>'


def _dropdown(words: str, options: list[Any], width: str) -> ipywidgets.Dropdown:
    layout = ipywidgets.Layout(width=width, max_width="100%")
    return ipywidgets.Dropdown(description=words, options=options, layout=layout, style=_WORDS)
