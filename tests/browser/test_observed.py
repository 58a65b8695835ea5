"""The page of an observation's events: as that of test cadences, and it tells where and when they were."""

import re

import pytest
from acts import chosen, faults, listed, read_export, upload, vet_three, wait_for_pictures
from made_page import OBSERVED_LAYERS, event, event_id
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE

IDS = [event_id(number) for number in range(1, 7)]
FITS = """parts => parts.flatMap(name => [...document.querySelectorAll(name)])
    .filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.outerHTML.slice(0, 80))"""


def test_the_pictures_of_each_layer_load(observed_profile):
    page = observed_profile()
    assert listed(page) == IDS and chosen(page) == IDS[0]
    assert page.locator("#layers label").all_inner_texts() == [*OBSERVED_LAYERS.values()]
    for title in OBSERVED_LAYERS.values():
        page.get_by_text(title, exact=True).click()
        wait_for_pictures(page, ".layer")


def test_verdicts_are_exported_as_of_the_observation_and_come_back(observed_profile, tmp_path):
    page = observed_profile()
    vet_three(page)
    rows = read_export(page, tmp_path)
    assert {row["collection"] for row in rows} == {"observed"}
    assert {row["id"]: row["verdict"] for row in rows} == dict(
        zip(IDS, ("candidate", "rfi", "unsure"), strict=False)
    )
    elsewhere = observed_profile()
    upload(elsewhere, tmp_path / "verdicts.csv")
    expect(elsewhere.locator("#progress-text")).to_have_text("3 of 6 vetted")


def test_verdicts_of_test_cadences_are_refused(observed_profile, tmp_path):
    page = observed_profile()
    path = tmp_path / "other.csv"
    path.write_text(f"collection,id,verdict,note,time\ntest,{IDS[0]},rfi,,t\n")
    upload(page, path)
    told = f"other.csv is not imported: {IDS[0]} is of test, not of observed"
    expect(page.locator("#status")).to_contain_text(told)


def test_where_and_when_is_told(observed_profile):
    page = observed_profile()
    place = page.get_by_role("region", name="Where and when")
    names = [name for name, _, _ in event(1)["facts"]]
    assert place.locator("dt").all_inner_texts() == names
    told = [f"{value} {of}".strip() for _, value, of in event(1)["facts"]]
    assert place.locator("dd").all_inner_texts() == told
    page.keyboard.press("j")
    expect(place).to_contain_text("VOYAGER-2")


def test_no_section_is_there_for_what_is_not_known(observed_profile, profile):
    page = observed_profile()
    titles = ["Scores", "Drifting lines", "Where and when"]
    assert [one.lower() for one in page.locator("aside h3:visible").all_inner_texts()] == [
        one.lower() for one in titles
    ]
    assert page.locator("#members th:visible").all_inner_texts()[:2] == ["member", "score"]
    assert page.locator("#members thead th:visible").count() == 2
    of_test = profile()
    expect(of_test.get_by_role("heading", name="Where and when")).not_to_be_visible()
    for title in ("Shared background", "Raw file"):
        expect(of_test.get_by_role("heading", name=title)).to_be_visible()
    assert of_test.locator("#members thead th:visible").count() == 4


def test_events_are_found_by_where_and_when(observed_profile):
    page = observed_profile()
    for text, number in (("voyager-3", 3), ("57655.78", 5), (event(4)["facts"][0][1][:8], 4)):
        page.get_by_label("Find").fill(text)
        assert listed(page) == [IDS[number - 1]], text
    page.get_by_label("Find").fill("green bank")
    assert listed(page) == IDS
    page.get_by_label("Find").fill("drift rate")  # the name of a fact, which every event has
    assert listed(page) == []


def test_the_one_reason_is_the_events(observed_profile):
    page = observed_profile()
    assert page.locator("#filter-reason option").all_inner_texts() == ["any", "event"]
    page.get_by_label("Reason").select_option("event")
    assert listed(page) == IDS
    expect(page.locator("#reason")).to_have_text("event")


def test_lines_are_told_at_their_place_in_the_sky_s_band(observed_profile, profile):
    page = observed_profile()
    hit = event(1)["hits"][0]
    first = page.locator("#hits button").first
    expect(first).to_contain_text(f"{hit['mhz']:.4f} MHz")
    expect(first).not_to_contain_text("at ")
    expect(profile().locator("#hits button").first).to_contain_text(re.compile(r"at \d+\.\d kHz"))


def test_the_rate_is_told_with_what_it_is_measured_by(observed_profile, profile):
    by = "of 50,000 snippets with OFF panels as ON"
    expect(observed_profile().locator("#scores")).to_contain_text(by)
    of_test = "of 500 training cadences without a needle"
    expect(profile().locator("#scores")).to_contain_text(of_test)


@pytest.mark.parametrize("size", [DESKTOP, (1024, 768), PHONE], ids=["desktop", "small", "phone"])
def test_nothing_is_wider_than_its_place(observed_profile, size):
    page = observed_profile(size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert (
        page.evaluate(FITS, ["aside", "aside section", "#facts dd", "#hits button", "header"]) == []
    )


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_that_shuts_people_out(observed_profile, size, scheme):
    assert faults(observed_profile(size, scheme), size) == []
