"""README's pictures: what the browser tests see, written where MER_PICTURES says (`make pictures`)."""

import io
import os
from pathlib import Path

from playwright.sync_api import Locator

#: Of one file: a clone holds all of them, and all their versions.
MOST_BYTES = 300_000


def wanted() -> bool:
    """Whether this test session writes pictures; they are then taken with two pixels for one."""
    return bool(os.environ.get("MER_PICTURES"))


def save_picture(where: Locator, name: str) -> Path | None:
    """A PNG of one element, named ``<name>.png``, in the folder MER_PICTURES; taken, but not kept, without it."""
    taken = _screenshot(where)
    if not wanted():
        return None
    path = Path(os.environ["MER_PICTURES"]) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(small_png(taken))
    return path


def _screenshot(where: Locator) -> bytes:
    """The whole element, in a window made so high that it fits: a notebook scrolls within the page."""
    page, box = where.page, where.bounding_box()
    size = page.viewport_size
    assert box is not None and size is not None, "what is not seen cannot be taken a picture of"
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], round(box["height"]) + 400)})
    try:
        where.evaluate(
            """(element) => new Promise((resolve) => {
                element.scrollIntoView({block: "center"});
                requestAnimationFrame(() => requestAnimationFrame(resolve));
            })"""
        )
        return where.screenshot(animations="disabled", caret="hide")
    finally:
        page.set_viewport_size(size)


def small_png(png: bytes, most: int = MOST_BYTES) -> bytes:
    """The same picture in at most ``most`` bytes: with 256 colours, and if need be with fewer pixels."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    data = png
    while len(data) > most:
        stream = io.BytesIO()
        # A palette by coverage: one by frequency gives all to the greys of faces and turns small bars to other colours.
        few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
        few.save(stream, "PNG", optimize=True)
        data = stream.getvalue()
        image = image.resize((image.width * 4 // 5, image.height * 4 // 5), Image.Resampling.LANCZOS)
    return data
