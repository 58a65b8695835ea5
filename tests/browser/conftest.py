"""A Chromium of the system, without a network, and a page for it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_page import make_page
from playwright.sync_api import Browser, Page, sync_playwright

OPTIONS = (
    "--no-sandbox",  # for root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
DESKTOP, PHONE = (1440, 900), (390, 844)


def find_chromium() -> str | None:
    """The path of the system's Chromium, or of Chrome."""
    paths = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, paths), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    if found is None:
        pytest.skip("there is no Chromium on PATH; on Debian, root runs tests/browser/install.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*OPTIONS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A page of twelve candidates; its folder has a space, a # and a non-ASCII letter in its name."""
    folder = tmp_path_factory.mktemp("a page #1 für alle")
    make_page(folder, count=12, pictures=3)
    return folder


@pytest.fixture
def profile(browser, folder) -> Iterator[Callable[..., Page]]:
    """A function: the page, opened in a fresh profile of the browser.

    It fails where the page asks for anything but files of its own folder, or the console has an error.
    """
    contexts, told, requests = [], [], []

    def opened(
        size: tuple[int, int] = DESKTOP,
        scheme: str = "dark",
        fragment: str = "",
        expected: str | None = None,  # part of an error that is meant to be
    ) -> Page:
        def listen(line: str) -> None:
            if expected is None or expected not in line:
                told.append(line)

        viewport = dict(zip(("width", "height"), size, strict=True))
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: listen(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: listen(str(error)))
        page.goto((folder / "index.html").as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert told == []
    assert any(url.endswith(".webp") for url in requests)  # these would be seen
    away = [url for url in requests if not url.startswith((folder.as_uri(), "blob:"))]
    assert away == []
