"""How quick the page of candidates is, and how much disk it takes: 100 and 1,000 of them, made up.

Each page is opened in a fresh profile of the system's Chromium, from the disk. Usable: from the navigation on
until the whole list is there, the first waterfall is drawn, and a key has brought the next candidate and its
pictures. Step: from a key to the pictures of the next candidate. Find: from a letter in the search box to the
list. Prints a Markdown table of medians.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from made_page import LAYERS, make_page
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import DESKTOP, OPTIONS, find_chromium

REPEATS, STEPS = 5, 20

# Resolves when the candidate of this place in the list is shown, its pictures decoded and drawn.
DRAWN = """async place => {
  while (!document.querySelectorAll('#list li')[place]?.matches('[aria-selected=true]'))
    await new Promise(requestAnimationFrame);
  await Promise.all([...document.querySelectorAll('.layer')].map(image => image.decode()));
  await new Promise(requestAnimationFrame);
}"""
FOUND = """async text => {
  const started = performance.now();
  const box = document.getElementById('filter-text');
  box.value = text;
  box.dispatchEvent(new Event('input'));
  document.getElementById('list').offsetHeight;
  await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    print(f"{os.cpu_count()} cores, {len(LAYERS)} layers and Grad-CAM, {REPEATS} fresh profiles\n")
    print("| candidates | usable, s | step, ms | find, ms | MB in the folder |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*OPTIONS])
        for count in (100, 1000):
            with tempfile.TemporaryDirectory() as folder:
                make_page(Path(folder), count, pictures=10)
                size = sum(path.stat().st_size for path in Path(folder).rglob("*.*"))
                times = [measure(browser, Path(folder)) for _ in range(REPEATS)]
                usable, step, find = (median(column) for column in zip(*times, strict=True))
                print(
                    f"| {count:,} | {usable:.2f} | {1000 * step:.0f} | {find:.0f} | {size / 1e6:.0f} |"
                )


def measure(browser: Browser, folder: Path) -> tuple[float, float, float]:
    """Seconds until the page is usable, seconds a step, milliseconds a search."""
    context = browser.new_context(viewport=dict(zip(("width", "height"), DESKTOP, strict=True)))
    page = context.new_page()
    started = time.perf_counter()
    page.goto((folder / "index.html").as_uri(), wait_until="commit")
    page.wait_for_selector("#list li[aria-selected=true]")
    page.evaluate(DRAWN, 0)
    step_to(page, 1)
    usable = time.perf_counter() - started
    steps = [step_to(page, place) for place in range(2, 2 + STEPS)]
    find = page.evaluate(FOUND, "a1")
    context.close()
    return usable, median(steps), find


def step_to(page: Page, place: int) -> float:
    started = time.perf_counter()
    page.keyboard.press("j")
    page.evaluate(DRAWN, place)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
