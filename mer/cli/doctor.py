"""``mer doctor``: what is wrong with this machine, each with its remedy."""

import json
from collections.abc import Callable, Iterator

from mer.cli import check_installation, check_machine
from mer.cli.checks import Check

QUICK_CHECKS: list[Callable[[], Iterator[Check]]] = [
    check_installation.python_version,
    check_installation.pinned_packages,
    check_installation.opencv,
    check_installation.system_libraries,
    check_installation.head_model,
    check_installation.kernel,
    check_machine.disk_space,
    check_machine.memory,
    check_machine.writable_outputs,
    check_machine.process_limits,
]
SLOW_CHECKS: list[Callable[[], Iterator[Check]]] = [
    check_installation.opencv_imports,
    check_installation.mediapipe_imports,
    check_machine.graphics_card,
    check_machine.browser,
    check_machine.trusted_notebooks,
]
_ORDER = {"fail": 0, "warn": 1, "ok": 2}


def examine(quick: bool = False) -> list[Check]:
    """All checks, or only those that load no big library; a check that breaks says so and hides no other."""
    checks: list[Check] = []
    for look in QUICK_CHECKS if quick else QUICK_CHECKS + SLOW_CHECKS:
        try:
            checks += look()
        except Exception as error:
            checks.append(Check(look.__name__, "warn", f"could not be checked ({type(error).__name__}: {error})"))
    return checks


def report(checks: list[Check], as_json: bool = False, only_faults: bool = False) -> str:
    """What ``mer doctor`` prints: the worst first, each with its remedy; what is well comes last or not at all."""
    if as_json:
        return json.dumps([check.__dict__ for check in checks], indent=2)
    lines = []
    shown = [check for check in checks if check.state != "ok"] if only_faults else checks
    for check in sorted(shown, key=lambda check: _ORDER[check.state]):
        lines.append(f"{check.state.upper():<5} {check.name}: {check.found}")
        if check.remedy:
            lines.append(f"      {check.remedy}")
    counts = {state: sum(check.state == state for check in checks) for state in _ORDER}
    verdict = f"Machine: {counts['fail']} to mend, {counts['warn']} to know about, {counts['ok']} well."
    return "\n".join([*lines, verdict])
