"""axe-core on a part of the page: rules of accessibility that a program can check."""

from typing import Any

from playwright.sync_api import Page

GRAVE = ("serious", "critical")


def violations(page: Page, where: str) -> list[dict[str, Any]]:
    """All violations that axe-core finds inside the elements of a CSS selector, of any impact."""
    from axe_playwright_python.sync_playwright import Axe

    if not page.locator(where).count():
        return []
    return Axe().run(page, context={"include": [[where]]}).response["violations"]


def serious_faults(page: Page, where: str) -> list[str]:
    """A line for each element that breaks a rule seriously or critically: rule, what to mend, the element."""
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    {node['html'][:300]}\n    {_summary(node)}"
        for rule in violations(page, where)
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def _summary(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("failureSummary", "")).split())[:300]
