"""A Chromium of the system, without a network, and a page for it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_page import candidate, event, make_page, run_of
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
    candidates = [candidate(number) for number in range(1, 13)]
    make_page(folder, run_of("test", len(candidates)), candidates, pictures=3)
    return folder


@pytest.fixture(scope="session")
def observed_folder(tmp_path_factory) -> Path:
    """A page of six events of an observation."""
    folder = tmp_path_factory.mktemp("observed")
    events = [event(number) for number in range(1, 7)]
    make_page(folder, run_of("observed", len(events)), events, pictures=2)
    return folder


@pytest.fixture
def profile(browser, folder) -> Iterator[Callable[..., Page]]:
    """`profiles` of the page of test cadences."""
    with profiles(browser, folder) as opened:
        yield opened


@pytest.fixture
def observed_profile(browser, observed_folder) -> Iterator[Callable[..., Page]]:
    """`profiles` of the page of an observation."""
    with profiles(browser, observed_folder) as opened:
        yield opened


@contextmanager
def profiles(browser: Browser, folder: Path) -> Iterator[Callable[..., Page]]:
    """A function: the page of a folder, opened in a fresh profile of the browser.

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
