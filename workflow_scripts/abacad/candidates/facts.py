"""The chosen candidates and the tables about them in, all that is known of each out, a row a candidate."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import PANELS, POINTINGS
from abacad.search.veto import contrast

MOST_HITS = 5  # of a candidate that are told
MOST_PARTNERS = 20

OF_HIT = ("drift_rate", "frequency", "snr", "width")
OF_PANELS = tuple(f"snr_{number + 1}{name}" for number, name in enumerate(POINTINGS))

Row = dict[str, Any]


def members_of(chosen: pa.Table) -> list[str]:
    """The ensemble's members, by the columns of choose_candidates.py."""
    return [name.removesuffix(".rank") for name in chosen.column_names if name.endswith(".rank")]


def candidate_rows(
    chosen: pa.Table, hits: pa.Table, pairs: pa.Table | None, paths: Mapping[str, str]
) -> list[Row]:
    """What is known of each candidate, in the order of `chosen`.

    hits   of search_candidates.py
    pairs  of find_overlaps.py, or None where nobody looked for overlaps
    paths  of the raw files, by id of test

    The columns of `chosen`, with those of the members under `members`; `hits`, the most like a needle first
    by `contrast`; `partners`, the cadences that share background, the most first; and `path`.
    """
    members = members_of(chosen)
    hits_of: dict[str, list[Row]] = {}
    for hit in hits.to_pylist():
        hits_of.setdefault(hit["id"], []).append(hit)
    partners_of = _partners({*chosen["id"].to_pylist()}, pairs)
    rows = []
    for columns in chosen.to_pylist():
        row = {name: value for name, value in columns.items() if "." not in name}
        row["members"] = [
            {"name": name}
            | {key: columns[f"{name}.{key}"] for key in ("score", "rank", "false_positive_rate")}
            for name in members
        ]
        own = sorted(hits_of.get(row["id"], []), key=lambda hit: -contrast(hit["panel_snr"]))
        row["hits"] = [{key: hit[key] for key in (*OF_HIT, "panel_snr")} for hit in own[:MOST_HITS]]
        row["partners"] = partners_of.get(row["id"], [])[:MOST_PARTNERS]
        row["path"] = paths[row["id"]]
        rows.append(row)
    return rows


def table_columns(members: Sequence[str]) -> list[str]:
    """The columns of `table_rows`."""
    of_members = [
        f"{name}.{key}" for name in members for key in ("score", "rank", "false_positive_rate")
    ]
    front = ["rank", "collection", "id", "reason", "score", "false_positive_rate", "spread"]
    return [*front, *of_members, *OF_HIT, *OF_PANELS, "partners", "path"]


def table_rows(rows: Sequence[Row]) -> list[Row]:
    """The same as flat rows of a TSV: the best hit alone, empty where there is none; partners by id."""
    flat = []
    for row in rows:
        line = {key: row[key] for key in table_columns([]) if key in row and key != "partners"}
        for member in row["members"]:
            line |= {f"{member['name']}.{key}": member[key] for key in member if key != "name"}
        for hit in row["hits"][:1]:
            line |= {key: hit[key] for key in OF_HIT}
            line |= dict(zip(OF_PANELS, hit["panel_snr"], strict=True))
        line["partners"] = " ".join(f"{one['collection']}/{one['id']}" for one in row["partners"])
        flat.append(line)
    return flat


def seen_panels(weights: np.ndarray) -> list[int]:
    """Which panels the models of a Grad-CAM, (panel=6, time, frequency), have seen: others are 0."""
    return [panel for panel in range(PANELS) if np.any(weights[panel])]


def _partners(ids: set[str], pairs: pa.Table | None) -> dict[str, list[Row]]:
    """With what each of these test cadences shares background, the most columns first."""
    partners: dict[str, list[Row]] = {}
    columns = ["collection_a", "id_a", "collection_b", "id_b", "shared_columns"]
    if pairs is None:
        return partners
    of = pa.array(ids, pa.string())
    concerned = pc.or_(pc.is_in(pairs["id_a"], of), pc.is_in(pairs["id_b"], of))
    for pair in pairs.select(columns).filter(concerned).to_pylist():
        for one, other in ("ab", "ba"):
            if pair[f"collection_{one}"] == "test" and pair[f"id_{one}"] in ids:
                partner = {key: pair[f"{key}_{other}"] for key in ("collection", "id")}
                partner["shared_columns"] = pair["shared_columns"]
                partners.setdefault(pair[f"id_{one}"], []).append(partner)
    for found in partners.values():
        found.sort(key=lambda one: (-one["shared_columns"], one["id"]))
    return partners
