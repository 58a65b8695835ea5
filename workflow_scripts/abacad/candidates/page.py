"""What is known of the candidates in, a page to look at them out: one HTML file that needs no network."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from abacad.cadences.layout import MAP_SHAPE, ON_PANELS, PANELS, POINTINGS, PanelShape
from abacad.candidates.pictures import GUARD, rows_of
from abacad.tables.files import whole_file

ASSETS = Path(__file__).with_name("page")
STYLES = ("page.css",)
SCRIPTS = ("csv.js", "verdicts.js", "waterfall.js", "facts.js", "list.js", "main.js")

EVENT = "event"  # the reason of a signal that was found in an observation

MEANINGS = {  # of each reason; rate is that of the false positives at which a cadence passes
    "top": "the highest scores",
    "disagreed": "at {rate} false positives one member lets it pass and another does not",
    "near_miss": "the ensemble just does not let it pass at {rate} false positives",
    EVENT: "it passes at {rate} false positives, and no snippet of a higher score shows the same signal",
}


@dataclass(frozen=True)
class Run:
    """What the page says of the run.

    name           of the run
    key            what the browser keeps verdicts by, see `key_of`
    collection     that the candidates are of: test or observed
    called         what was ranked, in the plural: "test cadences" or "snippets"
    ranked         how many of these there were
    partners       whether anybody looked for cadences that share background
    method         how the members are combined
    spread         what of the members tells how far they disagree: "ranks" or "scores"
    rated_by       what tells the false-positive rate, in the plural: "training cadences without a needle"
    negatives      how many of these there are
    passing        the rate at which a cadence passes
    layers         {name: title} of the stores that are shown, and raw
    stored         {name: numbers of the panels that it holds} of the same
    pictures       folder of the pictures, beside the page
    grad_cam       whether there are overlays
    bins_a_row     how many time bins a row of the pictures is
    shape          of the panels
    recovery       a figure of which needles would be found, beside the page, if there will be one
    """

    name: str
    key: str
    collection: str
    called: str
    ranked: int
    partners: bool
    method: str
    spread: str
    rated_by: str
    negatives: int
    passing: float
    layers: Mapping[str, str]
    stored: Mapping[str, Sequence[int]]
    pictures: str
    grad_cam: bool
    bins_a_row: int
    shape: PanelShape
    recovery: str | None = None


def key_of(name: str, ids: Iterable[str]) -> str:
    """What the browser keeps the verdicts of a run by: its name, and which cadences were ranked.

    Pages that are opened from a disk share one storage, whatever folder they are in. A run that is trained
    again ranks the same cadences, and so finds the verdicts again.
    """
    digits = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:12]
    return f"abacad/{name}/{digits}"


def write_page(path: str | Path, run: Run, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the page.

    rows  as of `abacad.candidates.facts.candidate_rows`, with `seen`, the panels that a Grad-CAM tells of,
          if there are overlays. `partners`, if nobody looked for them, and `path` may be missing; so may
          `rank` and `false_positive_rate` of members, in all rows. A row may have `facts` of where and
          when it was seen, [name, value, unit or remark] each, and a hit `mhz`, its frequency amid the
          cadence
    ValueError: a reason that has no meaning here.
    """
    reasons = _reasons(run, rows)
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # layers are in their order
    template = environment.from_string((ASSETS / "index.html").read_text())
    rows_a_panel = rows_of(run.shape.time_bins, run.bins_a_row)
    cadence = {
        "pointings": [*POINTINGS],
        "on": [*ON_PANELS],
        "panels": PANELS,
        "panelSeconds": run.shape.seconds,
        "bandHz": run.shape.band,
        "binHz": run.shape.frequency_bin,
        "bins": run.shape.frequency_bins,
        "rows": rows_a_panel,
        "mapRows": MAP_SHAPE[1],
        "guard": GUARD,
        "rowSeconds": run.shape.seconds / rows_a_panel,
    }
    page = template.render(
        run=asdict(run),
        cadence=cadence,
        reasons=reasons,
        found_by=_found_by(run, rows),
        data={"run": asdict(run), "cadence": cadence, "candidates": [*rows]},
        styles=Markup("\n".join((ASSETS / name).read_text() for name in STYLES)),
        scripts=Markup("\n".join((ASSETS / name).read_text() for name in SCRIPTS)),
    )
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _reasons(run: Run, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The reasons that rows have, and what each means."""
    given = {row["reason"] for row in rows}
    if unknown := given - {*MEANINGS}:
        told = ", ".join(sorted(unknown))
        raise ValueError(f"candidates have the reason {told}; allowed: {', '.join(MEANINGS)}")
    rate = f"{100 * run.passing:g} %"
    return {name: text.format(rate=rate) for name, text in MEANINGS.items() if name in given}


def _found_by(run: Run, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What of the candidates can be searched for."""
    known = {
        "id": True,
        "partner": run.partners,
        "note": True,
        "path": any(row.get("path") for row in rows),
        "where and when": any(row.get("facts") for row in rows),
    }
    return [name for name, there in known.items() if there]
