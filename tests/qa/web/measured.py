"""What the browser's tests measure, besides passing or failing; printed once at the end."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

MEASURED: list[str] = []
"""Lines to print."""


def serious_violations(page: Page, name: str) -> list[str]:
    """What axe-core finds on ``page`` that is serious or critical; what it counted goes to the end of the run, as ``name``."""
    found = Axe().run(page).response
    lines = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['target']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    lesser = sum(len(violation["nodes"]) for violation in found["violations"]) - len(lines)
    version = found["testEngine"]["version"]
    MEASURED.append(f"axe-core {version}, {name}: {len(lines)} serious or critical, {lesser} lesser")
    return lines
