"""Promises of the pages that people read: what they name exists, and the reference is up to date."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from workflow_copy import REPOSITORY

PAGES = sorted(
    path.relative_to(REPOSITORY)
    for folder in (".", "config", "docs", "envs", "results")
    for path in (REPOSITORY / folder).glob("*.md")
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def without_blocks(page: Path) -> str:
    return BLOCK.sub("", (REPOSITORY / page).read_text())


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(without_blocks(page)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (REPOSITORY / page.parent / name).resolve() if name else REPOSITORY / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(target.relative_to(REPOSITORY)), f"{page} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    text = (REPOSITORY / page).read_text()
    named = re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.MULTILINE)
    assert {*named} <= targets, page


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=str)
def test_every_script_and_config_exists(page):
    text = (REPOSITORY / page).read_text()
    new = set(re.findall(r"^New file `(\S+)`", text, re.MULTILINE))  # docs/extending.md makes them
    paths = set(re.findall(r"(?:workflow_scripts|rules|tests)/[\w/.-]+\.\w+", text)) - new
    paths |= set(re.findall(r"(?<![\w/-])config(?:\.\w+)?\.yaml", text))
    for path in paths:
        assert "X" in path or (REPOSITORY / path).exists(), f"{page} names {path}"  # X: any stage


def test_the_config_reference_is_up_to_date():
    script = REPOSITORY / "docs/config_reference.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    page = (REPOSITORY / "docs/config.md").read_text()
    assert page == done.stdout, "docs/config.md is stale; make config-reference writes it anew"
