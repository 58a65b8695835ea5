"""The page of candidates in a real Chromium, opened from the disk: all that a person does with it works."""

import re
from io import BytesIO

import numpy as np
import pytest
from acts import chosen, faults, listed, read_export, sources, upload, vet_three, wait_for_pictures
from made_page import LAYERS, cadence_id, candidate
from PIL import Image
from playwright.sync_api import Locator, expect

from conftest import DESKTOP, PHONE

IDS = [cadence_id(number) for number in range(1, 13)]


def pixels(part: Locator) -> np.ndarray:
    """The brightness of a part of the page, (row, column) of the screen."""
    return np.asarray(Image.open(BytesIO(part.screenshot())).convert("L"), float)


def test_the_pictures_of_the_first_candidate_and_of_the_list_load(profile):
    page = profile()
    assert chosen(page) == IDS[0]
    wait_for_pictures(page, ".layer")
    assert sources(page, ".layer") == {f"pictures/{IDS[0]}.flattened.webp"}
    assert page.locator(".layer").count() == 6
    wait_for_pictures(page, "#list li:nth-child(-n+5) img")


def test_each_layer_and_the_overlay_can_be_switched_to(profile):
    page = profile()
    for name, title in LAYERS.items():
        page.get_by_text(title, exact=True).click()
        assert sources(page, ".layer") == {f"pictures/{IDS[0]}.{name}.webp"}
        wait_for_pictures(page, ".layer")
    expect(page.locator(".overlay").first).not_to_be_visible()
    page.get_by_label("Grad-CAM").check()
    expect(page.locator(".overlay").first).to_be_visible()
    wait_for_pictures(page, ".overlay")
    assert page.locator(".not-seen").count() == 3  # of the OFF panels
    page.get_by_label("Grad-CAM").uncheck()
    expect(page.locator(".overlay").first).not_to_be_visible()


def test_each_panel_shows_its_own_sixth_of_the_picture(profile):
    page = profile()
    wait_for_pictures(page, ".layer")
    for number, image in enumerate(page.locator(".layer").all()):
        window = image.locator("..").bounding_box()
        picture = image.bounding_box()
        row = picture["height"] / (6 * (91 + 2))  # 91 rows a panel, and one beside each edge
        assert window["height"] == pytest.approx(91 * row, rel=0.01)
        assert window["y"] - picture["y"] == pytest.approx((93 * number + 1) * row, abs=0.5)


def test_the_marks_are_where_the_track_enters_and_leaves_each_panel(profile):
    page = profile()
    hit = candidate(1)["hits"][0]
    seconds, band = 273 * 1.073741824, 256 * 2861.02294921875
    for number, panel in enumerate(page.locator(".panel").all()):
        view = panel.locator(".view").bounding_box()
        for name, edge in (("enters", number), ("leaves", number + 1)):
            share = (hit["frequency"] + hit["drift_rate"] * (edge - 3) * seconds) / band
            mark = panel.locator(f".{name}")
            if 0 <= share <= 1:
                box = mark.bounding_box()
                at = (box["x"] + box["width"] / 2 - view["x"]) / view["width"]
                assert at == pytest.approx(share, abs=0.005)
                # beside the panel: no pixel is covered
                assert (
                    box["y"] + box["height"] <= view["y"] or box["y"] >= view["y"] + view["height"]
                )
            else:
                expect(mark).not_to_be_visible()
    page.get_by_label("Track").uncheck()
    expect(page.locator(".mark").first).not_to_be_visible()


def test_what_drifts_as_the_track_stands_upright_beside_the_panel(profile):
    page = profile()
    page.get_by_text("raw", exact=True).click()
    wait_for_pictures(page, ".layer")
    expect(page.locator(".panels")).to_have_attribute("data-followed", re.compile("raw.webp$"))
    for number, strip in enumerate(page.locator(".followed").all()):
        bright = pixels(strip).mean(axis=0)  # of each column of the screen
        columns = bright.reshape(-1) / bright.max()
        width = len(columns) / 21  # of a bin of frequency: ten to either side of the track
        inside = slice(round(10 * width) - 2, round(11 * width) + 2)
        assert columns[inside].max() == 1, number
        beside = np.delete(columns, np.r_[round(9 * width) : round(12 * width)])
        assert beside.max() < 0.2, number


def test_another_line_of_the_candidate_can_be_followed(profile):
    page = profile()
    first = page.locator(".snr").first.inner_text()
    page.locator("#hits button").nth(1).click()
    expect(page.locator("#hits button").nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.locator(".snr").first.inner_text() != first


def test_a_candidate_without_a_line_says_so(profile):
    page = profile(fragment=f"#{IDS[2]}")
    assert chosen(page) == IDS[2]
    expect(page.get_by_text("No straight line stands out.")).to_be_visible()
    expect(page.locator(".mark").first).not_to_be_visible()


def test_the_list_is_sorted_by_what_is_asked_for(profile):
    page = profile()
    assert listed(page) == IDS
    keys = {
        "spread": lambda one: -one["spread"],
        "rate": lambda one: one["false_positive_rate"],
        "snr": lambda one: -(one["hits"][0]["snr"] if one["hits"] else 0),
        "drift": lambda one: -(abs(one["hits"][0]["drift_rate"]) if one["hits"] else 0),
        "id": lambda one: one["id"],
        "rank": lambda one: one["rank"],
    }
    candidates = [candidate(number) for number in range(1, 13)]
    for order, key in keys.items():
        page.locator("#sort").select_option(order)
        assert listed(page) == [one["id"] for one in sorted(candidates, key=key)], order


def test_the_list_is_filtered_by_reason_text_score_and_verdict(profile):
    page = profile()
    page.get_by_label("Reason").select_option("near_miss")
    assert listed(page) == IDS[1::3]
    expect(page.locator("#count")).to_have_text("4 of 12 candidates")
    assert chosen(page) == IDS[1]  # the one that was shown is not in the list any more
    page.get_by_label("Reason").select_option("")
    page.get_by_label("Find").fill(IDS[4])
    assert listed(page) == [IDS[4], IDS[5]]  # the second one has it as a partner
    page.get_by_label("Find").fill("")
    page.get_by_label("Score from").fill("0.9975")
    assert listed(page) == IDS[:5]
    page.get_by_label("Score from").fill("")
    page.locator("#list li").nth(6).click()
    page.keyboard.press("c")
    filter_verdict = page.locator("#filter-verdict")
    filter_verdict.select_option("candidate")
    assert listed(page) == [IDS[6]]
    filter_verdict.select_option("none")
    assert listed(page) == IDS[:6] + IDS[7:]
    page.get_by_label("Find").fill("nothing has this")
    assert listed(page) == [] and chosen(page)


def test_verdicts_by_keyboard_stay_are_exported_and_are_imported_elsewhere(profile, tmp_path):
    page = profile()
    vet_three(page)
    assert chosen(page) == IDS[3]
    expect(page.locator("#progress-text")).to_have_text("3 of 12 vetted")
    rows = read_export(page, tmp_path)
    said = {row["id"]: (row["collection"], row["verdict"], row["note"]) for row in rows}
    assert said == {
        IDS[0]: ("test", "candidate", 'bright, "wide" line\nin A'),
        IDS[1]: ("test", "rfi", ""),
        IDS[2]: ("test", "unsure", ""),
    }
    page.reload()
    expect(page.locator("#progress-text")).to_have_text("3 of 12 vetted")
    elsewhere = profile()
    expect(elsewhere.locator("#progress-text")).to_have_text("0 of 12 vetted")
    upload(elsewhere, tmp_path / "verdicts.csv")
    for one in (page, elsewhere):
        expect(one.locator("#progress-text")).to_have_text("3 of 12 vetted")
        one.locator("#list li").first.click()
        pressed = one.locator("[data-verdict][aria-pressed=true]")
        assert pressed.get_attribute("data-verdict") == "candidate"
        assert one.get_by_label("Note").input_value() == 'bright, "wide" line\nin A'
    assert read_export(elsewhere, tmp_path) == rows


def test_a_verdict_is_taken_back_and_the_way_back_is_open(profile):
    page = profile()
    page.keyboard.press("c")
    page.keyboard.press("k")
    assert chosen(page) == IDS[0]
    page.keyboard.press("x")
    expect(page.locator("#progress-text")).to_have_text("0 of 12 vetted")
    page.keyboard.press("k")  # before the first there is none
    assert chosen(page) == IDS[0]
    page.keyboard.press("ArrowRight")
    assert chosen(page) == IDS[1]


def test_of_two_verdicts_the_later_one_is_kept_whichever_is_imported(profile, tmp_path):
    page = profile()
    page.keyboard.press("c")
    header = "collection,id,verdict,note,time\n"
    for time, kept in (
        ("2001-01-01T00:00:00.000Z", "candidate"),
        ("2999-01-01T00:00:00.000Z", "rfi"),
    ):
        path = tmp_path / f"{kept}.csv"
        path.write_text(f"{header}test,{IDS[0]},rfi,,{time}\n")
        upload(page, path)
        expect(page.locator("#status")).to_contain_text("1 differed from yours")
        page.locator("#list li").first.click()
        pressed = page.locator("[data-verdict][aria-pressed=true]")
        assert pressed.get_attribute("data-verdict") == kept


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,target\na,1\n", "it has no column collection, verdict, note, time"),
        ("collection,id,verdict,note,time\ntest,a,alien,,t\n", "a has the verdict alien"),
        ("collection,id,verdict,note,time\ntrain,a,rfi,,t\n", "a is of train, not of test"),
        ('collection,id,verdict,note,time\ntest,a,rfi,"no end,t\n', "a quoted value has no end"),
        ("", "it has no column"),
    ],
)
def test_a_file_that_is_no_table_of_verdicts_changes_nothing(profile, tmp_path, content, said):
    page = profile()
    page.keyboard.press("c")
    (tmp_path / "odd.csv").write_text(content)
    upload(page, tmp_path / "odd.csv")
    expect(page.locator("#status")).to_contain_text(f"odd.csv is not imported: {said}")
    assert len(read_export(page, tmp_path)) == 1


def test_keys_write_into_a_note_and_do_nothing_where_they_are_switched_off(profile):
    page = profile()
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("crux?")
    page.keyboard.press("Escape")
    expect(page.locator("#progress-text")).to_have_text("0 of 12 vetted")
    page.keyboard.press("?")
    page.get_by_label("Keys of one letter").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("c")
    expect(page.locator("#progress-text")).to_have_text("0 of 12 vetted")


def test_the_list_is_one_stop_of_the_tab_key_and_its_arrows_walk_it(profile):
    page = profile()
    page.locator("#sort").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.id") == IDS[0]
    for key, place in (("ArrowDown", 1), ("End", 11), ("ArrowUp", 10), ("Home", 0)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.id") == IDS[place] == chosen(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "option"


def test_a_partner_that_is_a_candidate_too_can_be_gone_to(profile):
    page = profile(fragment=f"#{IDS[1]}")
    page.locator("#partners").get_by_role("button", name=IDS[0]).click()
    assert chosen(page) == IDS[0]


def test_how_it_looks_is_remembered(profile):
    page = profile()
    page.get_by_text("raw", exact=True).click()
    page.get_by_label("Colours").select_option("viridis")
    page.get_by_label("Grad-CAM").check()
    page.reload()
    assert sources(page, ".layer") == {f"pictures/{IDS[0]}.raw.webp"}
    assert page.get_by_label("Colours").input_value() == "viridis"
    assert page.get_by_label("Grad-CAM").is_checked()


def test_a_missing_picture_is_told(profile, folder):
    path = folder / f"pictures/{IDS[3]}.flattened.webp"
    content = path.read_bytes()
    path.unlink()
    try:
        page = profile(expected="net::ERR_FILE_NOT_FOUND")
        page.locator("#list li").nth(3).click()
        expect(page.locator(".missing")).to_have_count(6)
        page.keyboard.press("j")
        expect(page.locator(".missing")).to_have_count(0)
    finally:
        path.write_bytes(content)


def test_panels_that_a_store_does_not_hold_are_told_and_not_drawn(profile):
    page = profile()
    expect(page.locator(".not-stored")).to_have_count(0)
    page.get_by_text("denoised (NMF)", exact=True).click()
    wait_for_pictures(page, ".layer")
    expect(page.locator(".off.not-stored")).to_have_count(3)
    expect(page.locator(".on.not-stored")).to_have_count(0)
    expect(page.locator(".off .layer").first).not_to_be_visible()
    expect(page.locator(".off .followed").first).not_to_be_visible()
    expect(page.locator(".on .layer").first).to_be_visible()
    told = "getComputedStyle(document.querySelector('.off .window'), '::after').content"
    assert "not stored" in page.evaluate(told)
    label = page.locator(".panels").get_attribute("aria-label")
    assert "panels 2, 4, 6 are not stored" in label


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_that_shuts_people_out(profile, size, scheme):
    assert faults(profile(size, scheme), size) == []


def test_on_a_phone_nothing_is_wider_than_the_screen_and_verdicts_are_in_reach(profile):
    page = profile(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    expect(page.get_by_role("button", name="Candidate", exact=True)).to_be_in_viewport()
    expect(page.locator("#list")).not_to_be_visible()
    page.get_by_role("button", name="List").click()
    page.locator("#list li").nth(4).click()
    expect(page.locator("#list")).not_to_be_visible()
    assert chosen(page) == IDS[4]


def test_a_screen_reader_finds_landmarks_and_what_the_picture_shows(profile):
    page = profile()
    for role, name in (("banner", None), ("navigation", "Candidates"), ("complementary", "About")):
        expect(page.get_by_role(role, name=name)).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    picture = page.get_by_role("img", name=f"Waterfall of {IDS[0]}, flattened")
    assert "SNR of the line: A ON" in picture.get_attribute("aria-label")
    expect(page.locator("#list").get_by_role("option", selected=True)).to_have_count(1)
