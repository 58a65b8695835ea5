"""The page holds all that it needs in one file, whatever its texts are, and loads nothing from elsewhere."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from abacad.cadences.layout import COMPETITION
from abacad.candidates.choice import REASONS
from abacad.candidates.page import (
    ASSETS,
    EVENT,
    MEANINGS,
    SCRIPTS,
    STYLES,
    Run,
    key_of,
    write_page,
)

RUN = Run(
    name="demo",
    key="abacad/demo/0",
    collection="test",
    called="test cadences",
    ranked=400,
    partners=True,
    method="rank mean",
    spread="ranks",
    rated_by="training cadences without a needle",
    negatives=300,
    passing=0.01,
    layers={"raw": "raw"},
    stored={"raw": [*range(6)]},
    pictures="pictures",
    grad_cam=False,
    bins_a_row=3,
    shape=COMPETITION,
)
OBSERVED = replace(
    RUN,
    collection="observed",
    called="snippets",
    partners=False,
    spread="scores",
    rated_by="snippets with OFF panels as ON",
)
CANDIDATE = {
    "id": "a",
    "reason": "top",
    "path": "</script><script>alert(1)</script>",
    "score": 0.5,
    "partners": [],
}
FOUND = {"id": "000000512", "reason": "event", "score": 0.5}


def written(tmp_path, run: Run = RUN, rows: Sequence[dict] = (CANDIDATE,)) -> str:
    write_page(tmp_path / "index.html", run, rows)
    return (tmp_path / "index.html").read_text()


def flat(text: str) -> str:
    """A page's text, in one line and without tags."""
    return " ".join(re.sub(r"<[^>]*>", "", text).split())


def test_the_data_are_in_the_page_and_no_text_ends_them_early(tmp_path):
    (data,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', written(tmp_path)
    )
    told = json.loads(data)
    assert told["candidates"] == [CANDIDATE]
    assert told["run"]["layers"] == {"raw": "raw"} and told["cadence"]["rows"] == 91


def test_layers_stay_in_their_order(tmp_path):
    layers = {"nmf": "denoised", "flattened": "flattened", "raw": "raw"}
    run = replace(RUN, layers=layers, stored=dict.fromkeys(layers, [*range(6)]))
    assert '"layers": {"nmf": "denoised", "flattened": "flattened", "raw": "raw"}' in written(
        tmp_path, run
    )


def test_a_name_is_text_and_no_markup(tmp_path):
    page = written(tmp_path, replace(RUN, name="<b>"))
    assert "<title>Candidates · &lt;b&gt;</title>" in page


def test_the_page_names_no_address_and_forbids_all_but_pictures_beside_it(tmp_path):
    page = written(tmp_path).replace("http://www.w3.org/2000/svg", "")  # the name of a format
    assert "http:" not in page and "https:" not in page and "//cdn" not in page
    assert "default-src 'none'; img-src 'self' file:;" in page


def test_every_part_of_the_page_is_in_it(tmp_path):
    assert {path.name for path in ASSETS.iterdir()} == {"index.html", *STYLES, *SCRIPTS}
    page = written(tmp_path)
    for name in (*STYLES, *SCRIPTS):
        assert (ASSETS / name).read_text() in page, name


def test_verdicts_are_kept_by_the_run_and_its_test_cadences():
    assert key_of("demo", ["a", "b"]) == key_of("demo", ["b", "a"])
    keys = {key_of("demo", ["a", "b"]), key_of("sky", ["a", "b"]), key_of("demo", ["a", "c"])}
    assert len(keys) == 3


def test_the_page_says_what_was_ranked_and_what_tells_the_rate(tmp_path):
    page = flat(written(tmp_path))
    assert "1 of 400 test cadences" in page and "its place among 400 test cadences" in page
    assert "The share of training cadences without a needle (300 of them)" in page
    page = flat(written(tmp_path, OBSERVED, [FOUND]))
    assert "1 of 400 snippets" in page and "its place among 400 snippets" in page
    assert "The share of snippets with OFF panels as ON (300 of them)" in page
    assert "if the snippets are noisier" in page and "test cadences" not in page


def test_every_reason_of_a_choice_has_a_meaning():
    assert [*MEANINGS] == [*REASONS, EVENT]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["near_miss", "top"], {"top": "Top", "near_miss": "Near miss"}),
        (["event", "event"], {"event": "Event"}),
    ],
)
def test_only_the_reasons_that_rows_have_are_explained_and_can_be_chosen(tmp_path, given, told):
    page = written(tmp_path, rows=[CANDIDATE | {"reason": reason} for reason in given])
    (options,) = re.findall(r'<select id="filter-reason">(.*?)</select>', page, re.DOTALL)
    assert re.findall(r'value="(.*?)"', options) == ["", *told]
    (help_text,) = re.findall(r"<dt>Why it is here</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert re.findall("<b>(.*?)</b>", help_text) == [*told.values()]
    assert "1 % false positives" in help_text


def test_a_reason_without_a_meaning_is_refused_and_no_page_is_written(tmp_path):
    with pytest.raises(ValueError, match="reason luck; allowed: top, disagreed, near_miss, event"):
        written(tmp_path, rows=[CANDIDATE | {"reason": "luck"}])
    assert not [*tmp_path.iterdir()]


def test_partners_are_told_only_where_somebody_looked_for_them(tmp_path):
    assert "Shared background" in written(tmp_path)
    assert 'placeholder="id, partner, note, path"' in written(tmp_path)
    page = written(tmp_path, OBSERVED, [FOUND])
    assert "Shared background" not in page
    assert 'placeholder="id, note"' in page


def test_facts_of_where_and_when_are_in_the_page_and_can_be_searched_for(tmp_path):
    facts = [["source", "</script>", ""], ["RA", "17h 12m", "J2000"]]
    page = written(tmp_path, OBSERVED, [FOUND | {"facts": facts}])
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert json.loads(data)["candidates"][0]["facts"] == facts
    assert 'placeholder="id, note, where and when"' in page


def test_only_of_a_test_page_one_trains_on_the_verdicts(tmp_path):
    assert "merge_verdicts.py" in written(tmp_path)
    assert "merge_verdicts.py" not in written(tmp_path, OBSERVED, [FOUND])


def test_a_page_without_candidates_says_so_and_offers_nothing_to_do(tmp_path):
    page = written(tmp_path, OBSERVED, [])
    assert "none of 400 snippets is a candidate" in flat(page)
    assert "<button" not in page and "<script" not in page
    assert "nothing to look at" not in written(tmp_path)
