import time

import pytest

from tests.browser.parts_page import PartsPage


@pytest.fixture
def parts(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    shown = PartsPage(page)
    yield shown
    page.close()
    assert shown.faults == []


class Sent:
    """Waits until Python has what the page sent."""

    def __init__(self, parts):
        self.parts = parts

    def until(self, condition):
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, f"not sent; the last messages were {self.parts.sent[-3:]}"
            self.parts.page.wait_for_timeout(20)  # in which the page's messages arrive


@pytest.fixture
def sent(parts):
    return Sent(parts)
