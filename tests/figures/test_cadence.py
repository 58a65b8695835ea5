"""The needle to draw is the one that is ranked highest, raw and in the stores that there are."""

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import open_stores, write_store
from abacad.figures.cadence import best_needle, draw_cadence, views_of


def test_the_cadence_to_draw_is_the_positive_that_is_ranked_highest():
    out_of_fold = {
        "id": ["a", "b", "c", "d"],
        "target": [1, 0, 1, 1],
        "rank_mean": [0.5, 1, 0.75, 0.75],
    }
    assert best_needle(pa.table(out_of_fold)) == "c"


def test_a_cadence_is_shown_raw_and_in_each_store_that_there_is(tmp_path):
    panels = [np.full(COMPETITION.of_cadence, value, np.float16) for value in (1, 2)]
    np.save(tmp_path / "b.npy", panels[0])
    shards = []
    for store, collection in (("nmf", "train"), ("sharpened", "test")):
        shards.append(tmp_path / f"{store}.arrow")
        write_store(shards[-1], Shard(store, collection, 0, 1), ["a", "b"], panels)
    views = views_of("b", tmp_path / "b.npy", open_stores(shards))
    assert [*views] == ["raw", "denoised (NMF)"]
    assert (views["raw"] == 1).all() and (views["denoised (NMF)"] == 2).all()


def test_a_column_is_drawn_for_each_view_and_a_row_for_each_panel(texts):
    panels = np.random.default_rng(0).normal(size=COMPETITION.of_cadence).astype(np.float16)
    figure = draw_cadence("c", {"raw": panels, "whitened": panels + 1}, COMPETITION)
    images = [axis.images[0].get_array() for axis in figure.axes]
    assert len(images) == 12
    np.testing.assert_array_equal(images[2 * 3 + 1], (panels + 1)[3])
    written = texts(figure)
    assert written.count("frequency (kHz)") == 2
    sides = [text.split()[1] for text in written if text.endswith("time (s)")]
    assert sides == ["(ON)", "(OFF)"] * 3


def test_panels_that_a_store_does_not_hold_are_empty_and_say_so(tmp_path, texts):
    panels = np.random.default_rng(0).normal(size=COMPETITION.of_cadence).astype(np.float16)
    np.save(tmp_path / "b.npy", panels)
    shard = Shard("nmf", "train", 0, 1, "on", "int8")
    write_store(tmp_path / "nmf.arrow", shard, ["b"], [shard.kept(panels)])
    views = views_of("b", tmp_path / "b.npy", open_stores([tmp_path / "nmf.arrow"]))
    figure = draw_cadence("b", views, COMPETITION)
    assert texts(figure).count("not stored") == 3
    said = [axis.texts[0].get_text() if axis.texts else "" for axis in figure.axes]
    assert said == ["", "", "", "not stored"] * 3  # raw and nmf, side by side
    low, high = figure.axes[1].images[0].get_clim()
    assert -4 < low < high < 4
