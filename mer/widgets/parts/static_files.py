"""What the parts run in the browser, read from ``static/``: no build step, nothing fetched from the network."""

from pathlib import Path

_STATIC = Path(__file__).parent / "static"


def joined(*names: str) -> str:
    """These files, one after the other, as one module or style sheet.

    A widget's module is one text in the page, which cannot import another file: what two parts share, or what is long,
    is joined. Names at the top of the files of one part must differ.
    """
    return "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names)
