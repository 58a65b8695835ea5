"""Photograph a candidate page at its first candidate, in the system's Chromium.

python docs/photograph.py results/demo/candidates/index.html docs/candidates.png

It needs workflow_scripts and tests/browser on the PYTHONPATH.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from conftest import DESKTOP, OPTIONS, find_chromium

DRAWN = "Promise.all([...document.querySelectorAll('.layer')].map(image => image.decode()))"


def photograph(page: Path, picture: Path) -> None:
    """Write a PNG of `DESKTOP` pixels."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*OPTIONS])
        viewport = dict(zip(("width", "height"), DESKTOP, strict=True))
        tab = browser.new_context(viewport=viewport, color_scheme="dark").new_page()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("#list li[aria-selected=true]")
        tab.evaluate(DRAWN)
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    photograph(*map(Path, sys.argv[1:]))
