"""Readers without a kernel: the report and the executed notebooks as pages, in a browser that has no network."""

from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import serious_faults
from tests.tiny_world import World


@pytest.fixture
def open_page(browser: Browser):
    """Opens a file without a network; a fault on the page fails the test."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    faults: list[str] = []

    def open_one(path: Path) -> Page:
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(error.message))
        page.on("request", lambda request: None if request.url.startswith(OWN) else faults.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_one
    context.close()
    assert not faults, "\n".join(faults)


OWN = ("file:", "data:", "blob:", "about:")


def pages(world: World) -> list[Path]:
    """The report, then every executed notebook that has been exported."""
    study = world.outputs / "demo"
    return [study / "index.html", *sorted(study.glob("*/[0-9][0-9]_*.html"))]


def test_there_are_pages_to_read(world):
    names = {path.stem for path in pages(world)}
    assert {"index", "02_align", "03_pretrain", "04_train_loso"} <= names
    notebooks = {path.stem for path in (world.outputs / "demo").glob("*/*.ipynb")}
    assert notebooks == names - {"index"}


def test_every_picture_is_seen_and_has_words(world, open_page):
    for path in pages(world):
        page = open_page(path)
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
        page.evaluate(
            "() => Promise.all([...document.images].map((one) => { one.loading = 'eager'; return one.decode() }))"
        )
        pictures = page.evaluate("() => [...document.images].map((one) => [one.alt, one.naturalWidth])")
        assert pictures, f"{path.name} shows no figure"
        assert all(len(alt) > 15 and width > 50 for alt, width in pictures), (path.name, pictures)
        assert "Error displaying widget" not in page.inner_text("body")


def test_every_link_leads_to_a_file_or_a_place_on_the_page(world, open_page):
    for path in pages(world):
        page = open_page(path)
        links = page.evaluate("() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))")
        for link in links:
            target = urlparse(link)
            if target.scheme in ("http", "https"):  # a reference that a reader may follow; nothing is loaded from it
                continue
            if target.path:
                assert (path.parent / unquote(target.path)).is_file(), f"{path.name}: {link}"
            elif target.fragment:
                found = page.evaluate("(name) => !!document.getElementById(decodeURIComponent(name))", target.fragment)
                assert found, f"{path.name}: {link}"


def test_figures_have_their_data_beside_them(world, open_page):
    for path in pages(world):
        page = open_page(path)
        figures = page.evaluate(
            """() => [...document.querySelectorAll('figure')].map(
                 (one) => [...one.querySelectorAll('a[href]')].map((link) => link.getAttribute('href')))"""
        )
        for links in figures:
            kinds = {Path(link).suffix for link in links}
            assert {".pdf", ".svg"} <= kinds, f"{path.name}: {links}"


def test_pages_are_accessible(world, open_page):
    found = {path.name: faults for path in pages(world) if (faults := serious_faults(open_page(path), "html"))}
    assert not found, "\n".join(line for faults in found.values() for line in faults)


def test_a_printed_page_cuts_no_figure_and_no_table(world, open_page):
    """As wide as A4 between its margins: everything fits across, and a figure is lower than a page."""
    for path in pages(world):
        page = open_page(path)
        page.set_viewport_size({"width": 688, "height": 1009})
        page.emulate_media(media="print")
        wide = page.evaluate(
            """() => [...document.querySelectorAll('img, table')].map((one) => one.getBoundingClientRect())
                 .filter((box) => box.right > innerWidth + 1).length"""
        )
        assert not wide, path.name
        assert page.evaluate("() => Math.max(...[...document.images].map((one) => one.offsetHeight))") < 1009, path.name


def test_a_phone_sees_figures_large_and_the_page_itself_does_not_scroll_sideways(world, open_page):
    for path in pages(world):
        page = open_page(path)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 391, path.name
        least = page.evaluate(
            "() => Math.min(...[...document.querySelectorAll('figure img')].map((one) => one.offsetWidth || 999))"
        )
        assert least > 500, path.name
