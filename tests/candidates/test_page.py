"""The page holds all that it needs in one file, whatever its texts are, and loads nothing from elsewhere."""

import json
import re

from abacad.candidates.page import ASSETS, SCRIPTS, STYLES, Run, key_of, write_page

RUN = Run(
    "demo", "abacad/demo/0", "rank mean", 400, 300, 0.01, {"raw": "raw"}, "pictures", False, 3
)
CANDIDATE = {"id": "a", "path": "</script><script>alert(1)</script>", "score": 0.5}


def written(tmp_path, run: Run = RUN) -> str:
    write_page(tmp_path / "index.html", run, [CANDIDATE])
    return (tmp_path / "index.html").read_text()


def test_the_data_are_in_the_page_and_no_text_ends_them_early(tmp_path):
    (data,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', written(tmp_path)
    )
    told = json.loads(data)
    assert told["candidates"] == [CANDIDATE]
    assert told["run"]["layers"] == {"raw": "raw"} and told["cadence"]["rows"] == 91


def test_layers_stay_in_their_order(tmp_path):
    layers = {"nmf": "denoised", "flattened": "flattened", "raw": "raw"}
    run = Run("demo", "k", "rank mean", 4, 3, 0.01, layers, "pictures", False, 3)
    assert '"layers": {"nmf": "denoised", "flattened": "flattened", "raw": "raw"}' in written(
        tmp_path, run
    )


def test_a_name_is_text_and_no_markup(tmp_path):
    run = Run("<b>", "k", "rank mean", 4, 3, 0.01, {"raw": "raw"}, "pictures", False, 3)
    assert "<title>Candidates · &lt;b&gt;</title>" in written(tmp_path, run)


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
