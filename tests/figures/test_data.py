"""Figures of overlaps, needles, embeddings and maps show what their tables hold."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store, write_store
from abacad.figures.embeddings import draw_embeddings, principal_components, read_embedded
from abacad.figures.grad_cam import draw_grad_cam, read_examples
from abacad.figures.overlaps import draw_overlaps, group_sizes, leaks_of_splits
from abacad.figures.recovery import draw_recovery, parsed
from abacad.figures.truth import targets_on_test

TRUTH = pa.table(
    {"collection": ["train", "test", "test"], "id": ["a", "s", "t"], "target": [1, 1, 0]}
)


def test_groups_are_counted_by_size():
    groups = pa.table({"group": [0, 0, 0, 0, 1, 2, 3, 3]})
    assert group_sizes(groups) == {1: 2, 2: 1, 4: 1}


def test_leaks_are_told_of_each_split(texts):
    start = "validation rows with a partner in their training folds, "
    rows = [
        {"what": f"{start}plain stratified split", "count": "3", "of": "4"},
        {"what": f"{start}folds", "count": "0", "of": "4"},
        {"what": "columns of train that a partner shares", "count": "9", "of": "9"},
    ]
    splits = leaks_of_splits(rows)
    assert splits == {
        "plain stratified split": {"in their training folds": 0.75},
        "folds": {"in their training folds": 0.0},
    }
    written = texts(draw_overlaps({1: 2, 4: 1}, splits))
    assert {"75 %", "plain stratified split", "the folds of this run"} <= {*written}


def recovery_row(kind: str, snr: str, drift: str, **more: str) -> dict[str, str]:
    row = {"model": "b3", "left_out": "", "rows": "train", "folds": "held out", "kind": kind}
    row |= {"snr_low": snr, "snr_high": snr and "50", "drift_low": drift}
    row |= {"drift_high": drift and "inf", "drift_rate_low": drift and "9.8"}
    row |= {"drift_rate_high": drift and "inf", "needles": "7", "negatives": "100"}
    row |= {"recall": "0.5", "recall_low": "0.25", "recall_high": "0.75"}
    return row | {"bound": "0.9", "search_bound": "0.8"} | more


RECOVERY = [
    recovery_row(kind, snr, drift)
    for kind in ("", "dot")
    for snr, drift in (("10", ""), ("", "1"), ("10", "1"))
]


def test_recall_is_drawn_by_snr_and_by_drift_of_each_kind(texts):
    figure = draw_recovery(parsed(RECOVERY))
    written = texts(figure)
    assert {"all kinds (out of fold)", "dot (out of fold)", "b3", "10-50\nn = 7"} <= {*written}
    assert "> 1\n> 10\nn = 7" in written
    assert len(figure.axes) == 4


def test_a_model_that_never_saw_a_kind_is_drawn_for_that_kind_alone(texts):
    without = [
        recovery_row("dot", snr, drift, left_out="dot", recall="0.1")
        for snr, drift in (("10", ""), ("", "1"))
    ]
    figure = draw_recovery(parsed([*RECOVERY, *without]))
    assert "b3, without a label of it" in texts(figure)
    lines = [[str(c.get_label()) for c in axis.containers] for axis in figure.axes]
    assert ["without a label" in " ".join(names) for names in lines] == [False, False, True, True]


@pytest.mark.parametrize("bound", ["bound", "search_bound"])
def test_each_bound_is_drawn(bound):
    shown = draw_recovery(parsed([row | {bound: "0.375"} for row in RECOVERY]))
    drawn = [line.get_ydata().tolist() for line in shown.axes[0].lines]
    assert [0.375] in [[*values] for values in drawn]


def test_of_an_observation_its_own_rate_and_what_passes_without_a_needle_are_drawn(texts):
    of_sky = {
        "rows": "observed",
        "folds": "all",
        "already": "0.0625",
        "false_positive_rate": "0.002",
    }
    figure = draw_recovery(parsed([row | of_sky for row in RECOVERY]))
    drawn = [[*line.get_ydata()] for line in figure.axes[0].lines]
    assert [0.0625] in drawn
    written = {*texts(figure)}
    assert {"recall at 0.2 % FP", "dot (injected into the observation)"} <= written
    assert "the same snippets without a needle" in written
    assert "recall at 1 % FP" in texts(draw_recovery(parsed(RECOVERY)))
    assert "the same snippets without a needle" not in texts(draw_recovery(parsed(RECOVERY)))


def test_principal_components_keep_distances_in_a_plane():
    random = np.random.default_rng(0)
    flat = random.normal(size=(50, 2)) * [3, 1]
    turned = flat @ np.linalg.qr(random.normal(size=(6, 6)))[0][:2]
    places, shares = principal_components(turned)
    assert shares.sum() == pytest.approx(1) and shares[0] > shares[1]

    def distances(points):
        return np.linalg.norm(points[:, None] - points[None], axis=-1)

    np.testing.assert_allclose(distances(places), distances(flat), atol=1e-6)


@pytest.fixture
def embedded_files(tmp_path):
    """Embeddings and predictions of a training and two test cadences, folds and truth."""
    names = {"collection": ["train", "test", "test"], "id": ["a", "s", "t"]}
    embedding = pa.array([[0.0, 1, 2], [3, 4, 5], [8, 7, 6]], pa.list_(pa.float32(), 3))
    tables = {
        "embeddings": pa.table(names | {"embedding": embedding}),
        "predictions": pa.table(names | {"prediction": pa.array([0.5, 1, 0], pa.float32())}),
        "folds": pa.table({"id": ["a"], "target": [1]}),
        "truth": TRUTH,
    }
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    return [tmp_path / f"{name}.parquet" for name in tables]


def test_embeddings_are_told_with_labels_where_they_are_known(embedded_files, texts):
    embedded = read_embedded(*embedded_files)
    assert embedded.target.tolist() == [1, 1, 0] and embedded.vectors.shape == (3, 3)
    unlabelled = read_embedded(*embedded_files[:3], None)
    assert np.isnan(unlabelled.target).tolist() == [False, True, True]
    written = texts(draw_embeddings("b3, fold 0", unlabelled))
    assert {"by label", "by score", "by collection", "not known", "b3, fold 0"} <= {*written}
    assert "not known" not in texts(draw_embeddings("b3, fold 0", embedded))


def test_predictions_of_other_cadences_are_refused(embedded_files):
    embeddings, predictions, folds, truth = embedded_files
    with pytest.raises(ValueError, match="are not of the same cadences"):
        pq.write_table(pq.read_table(predictions).slice(0, 2), predictions)
        read_embedded(embeddings, predictions, folds, truth)


def test_test_rows_that_the_truth_lacks_are_named(tmp_path):
    pq.write_table(TRUTH, tmp_path / "truth.parquet")
    assert targets_on_test(tmp_path / "truth.parquet", ["t", "s"]).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"truth\.parquet: 1 rows \(a\) of test"):
        targets_on_test(tmp_path / "truth.parquet", ["a"])  # of train


def test_maps_are_drawn_over_the_cadences_that_they_are_of(tmp_path, texts):
    ids = ["a", "b"]
    panels = [np.full(COMPETITION.of_cadence, value, np.float16) for value in (1, 2)]
    write_store(tmp_path / "s.arrow", Shard("nmf", "train", 0, 1), ids, panels)
    maps = np.zeros((2, 6, 39, 64), np.float16)
    maps[1, 2, 20, 30] = 1  # of b
    values = pa.FixedSizeListArray.from_arrays(pa.array(maps.ravel()), 6 * 39 * 64)
    pq.write_table(pa.table({"id": ids, "map": values}), tmp_path / "maps.parquet")
    chosen = pa.table({"id": ["b"], "reason": ["missed"]})
    pq.write_table(chosen, tmp_path / "examples.parquet")
    out_of_fold = pa.table({"id": ids, "target": [0, 1], "rank_mean": [0.5, 0.25]})
    files = (tmp_path / "examples.parquet", tmp_path / "maps.parquet", out_of_fold)
    (example,) = read_examples(*files, Store([tmp_path / "s.arrow"]))
    assert example.map[2, 20, 30] == 1 and example.map.sum() == 1 and example.panels.max() == 2
    assert example.title == "missed\n(needle,\nrank 0.25)"
    assert "missed\n(needle,\nrank 0.25)" in texts(draw_grad_cam("nmf", [example], COMPETITION))


def test_an_example_without_a_map_is_named(tmp_path):
    values = pa.array([], pa.list_(pa.float16(), 6 * 39 * 64))
    pq.write_table(
        pa.table({"id": pa.array([], pa.string()), "map": values}), tmp_path / "m.parquet"
    )
    pq.write_table(pa.table({"id": ["b"], "reason": ["missed"]}), tmp_path / "e.parquet")
    out_of_fold = pa.table({"id": ["b"], "target": [1], "rank_mean": [0.25]})
    with pytest.raises(ValueError, match=r"m\.parquet: no map of 1 rows \(b\)"):
        read_examples(tmp_path / "e.parquet", tmp_path / "m.parquet", out_of_fold, None)
