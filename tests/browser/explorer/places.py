"""Where things stand in the explorer, for its tests."""

from playwright.sync_api import Locator


def picture(view: Locator) -> Locator:
    return view.locator(".mer-picture img")


def caption(view: Locator) -> Locator:
    return view.locator(".mer-picture figcaption")


def readout(view: Locator) -> Locator:
    """Number of the frame looked at."""
    return view.locator(".mer-timeline-readout strong")


def curve_frame(view: Locator) -> str | None:
    """Place of the line of the frame looked at in the curve's plot."""
    return view.locator(".js-plotly-plot .shapelayer path").last.get_attribute("d")
