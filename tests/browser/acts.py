"""What a person sees of a candidate page and does with it, and what shuts people out of it."""

import csv
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from conftest import PHONE

LOADED = "images => images.every(image => image.complete && image.naturalWidth > 0)"


def chosen(page: Page) -> str:
    """The id of the candidate that is shown."""
    return page.locator("#id").inner_text()


def listed(page: Page) -> list[str]:
    """The ids of the list, in its order, rows that are not drawn yet among them."""
    return page.locator("#list .id").all_text_contents()


def wait_for_pictures(page: Page, selector: str) -> None:
    page.wait_for_function(
        f"selector => ({LOADED})([...document.querySelectorAll(selector)])", arg=selector
    )


def sources(page: Page, selector: str) -> set[str]:
    return {image.get_attribute("src") for image in page.locator(selector).all()}


def upload(page: Page, path: Path) -> None:
    page.locator("#import-file").set_input_files(path)


def vet_three(page: Page) -> None:
    """A candidate with a note, RFI, and unsure, by the keyboard alone."""
    page.keyboard.press("n")
    page.keyboard.type('bright, "wide" line\nin A')
    page.keyboard.press("Escape")
    for key in "cru":
        page.keyboard.press(key)


def read_export(page: Page, tmp_path: Path) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "verdicts-demo.csv"
    download.value.save_as(tmp_path / "verdicts.csv")
    with open(tmp_path / "verdicts.csv", newline="") as file:
        return [*csv.DictReader(file)]


def faults(page: Page, size: tuple[int, int]) -> list[tuple[str, str, str]]:
    """What axe finds serious: where, the rule, and an element; of the page, the list and the help."""
    wait_for_pictures(page, ".layer")
    page.keyboard.press("c")
    found = []
    for state in ("page", "list", "help"):
        if state == "list" and size == PHONE:
            page.get_by_role("button", name="List").click()
        if state == "help":
            page.get_by_role("button", name="Help").click()
        told = Axe().run(page).response
        assert len(told["passes"]) > 20, state  # it did look
        for one in told["violations"]:
            if one["impact"] in ("serious", "critical"):
                found.append((state, one["id"], one["nodes"][0]["html"]))
    return found
