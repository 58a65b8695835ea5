"""The pages of the report tell what the tables hold."""

import re

from abacad.report.page import sortable_page
from abacad.report.summary import summary

SCORES = [
    {"model": "b3", "round": "0", "auc": "0.75", "test_auc": "", "test_recall": ""},
    {"model": "b5", "round": "1", "auc": "0.875", "test_auc": "", "test_recall": ""},
    {"model": "ensemble, rank mean", "round": "", "auc": "0.9", "test_auc": "", "test_recall": ""},
]
SCORES = [row | {"auc_low": "0.5", "auc_high": "0.95", "recall": "0.25"} for row in SCORES]
SHIFTS = [{"store": "raw", "auc": "0.625"}, {"store": "nmf", "auc": ""}]
RUN = {"name": "sky", "root": "data/sky", "simulated": False, "members": ["b3", "b5"]}
RUN |= {"experiments": ["b3", "b5"], "folds": "grouped", "rounds": 1}


def told(**changes) -> str:
    return summary(RUN | changes, SCORES, SHIFTS, (1500, 700), 600)


def test_the_summary_tells_data_run_and_scores_in_about_ten_lines():
    text = told()
    assert text.startswith("abacad: sky\n===========\n")
    for said in (
        "1,500 training cadences, 700 of them with a needle, and 600 test cadences, from ``data/sky``",
        "2 experiments, grouped folds, a round of pseudo-labels. The ensemble is of b3 and b5",
        "AUC 0.900 (0.500 to 0.950), recall 0.250 at 1 % false positives",
        "out of fold: b5, round 1",
        "nobody knows the labels",
        "the store raw, with an AUC of 0.625",
    ):
        assert said in text, said
    assert 8 <= len(re.findall(r"^ *- ", text, flags=re.MULTILINE)) <= 12


def test_of_simulated_cadences_the_summary_tells_the_score_on_test():
    scores = [row | {"test_auc": "0.8", "test_recall": "0.1"} for row in SCORES]
    text = summary(RUN | {"simulated": True}, scores, [SHIFTS[1]], (10, 5), 6)
    assert "by the simulator's truth: AUC 0.800, recall 0.100" in text
    assert "test cadences, simulated" in text and "Train against test" not in text


def test_a_page_shows_every_cell_and_keeps_its_value_to_sort_by():
    rows = [
        {"name": "<b3>", "auc": "0.123456"},
        {"name": "b5", "auc": ""},
        {"name": "c", "auc": "5.2"},
    ]
    page = sortable_page("Scores & more", ["name", "auc"], rows)
    assert "<title>Scores &amp; more</title>" in page
    assert "&lt;b3&gt;</td>" in page and "<b3>" not in page
    assert 'data-value="0.123456"' in page and ">0.1235</td>" in page
    assert ">5.2</td>" in page and page.count("<tr>") == 4 and page.count("<button") == 2
    assert not re.search(r"(src|href)=", page)  # it needs nothing else
