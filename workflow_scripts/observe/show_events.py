"""Show the events of an observation on a page that opens from the disk.

Their best snippets are cut anew from the telescope's files, so that no store has to be kept.

    python workflow_scripts/observe/show_events.py --observation HIP1/observation.json \\
        --events HIP1/events.parquet --record HIP1/snippets.parquet --hits HIP1/hits/*.parquet \\
        --bundle bundle --stride 128 --false-positive-rate 0.01 --most 100 --workers 4 \\
        --pictures HIP1/pictures --page HIP1/index.html
"""

import argparse
import os
import sys
from pathlib import Path

import pyarrow.compute as pc

from abacad.bundle.calibration import read_calibration
from abacad.bundle.contents import read_bundle
from abacad.bundle.folder import BadBundle
from abacad.cadences.layout import OBSERVED, PANELS_OF_SIDE
from abacad.candidates.album import draw_candidates
from abacad.candidates.page import Run, key_of, write_page
from abacad.candidates.pictures import bins_a_row
from abacad.observe.listing import BadObservation
from abacad.observe.observations import read_observation
from abacad.observe.scored import read_shares
from abacad.observe.showing import layers_of, page_rows, read_events
from abacad.observe.stores import store_function
from abacad.tables.files import read_table

NULL = (
    "Parquet files of predict_bundle.py, of snippets with OFF panels first, if these tell the rates"
)


def main() -> None:
    """Read the command line and show the events."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--observation", type=Path, required=True, help="JSON of check_observation.py")
    add("--events", required=True, help="Parquet of rank_events.py")
    add("--record", required=True, help="Parquet of rank_events.py, a row a snippet")
    add("--hits", nargs="+", required=True, help="Parquet files of search_drift.py")
    add("--null", nargs="*", default=[], help=NULL)
    add("--bundle", type=Path, required=True, help="folder of pack_ensemble.py")
    add("--stride", type=int, required=True, help="with which snippets were cut")
    rate_help = "up to which a snippet passed, as of rank_events.py"
    add("--false-positive-rate", type=float, required=True, help=rate_help)
    add("--most", type=int, required=True, help="largest number of events on the page")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    recovery_help = "figure of the needles that would be found, to which the page links"
    add("--recovery", type=Path, nargs="?", help=recovery_help)
    add("--pictures", type=Path, required=True, help="folder to write the pictures to")
    add("--page", type=Path, required=True, help="HTML to write")
    arguments = parser.parse_args()
    try:
        show(arguments)
    except (BadBundle, BadObservation) as error:
        sys.exit(f"show_events: {error}")


def show(arguments: argparse.Namespace) -> None:
    """Draw the pictures and write the page that the command line names."""
    bundle = read_bundle(arguments.bundle)
    observation = read_observation(arguments.observation)
    table = read_table(arguments.events)
    events = table.filter(pc.is_valid(table["rank"])).slice(0, arguments.most).to_pylist()
    record = read_table(arguments.record, ["id", "lowest", "score"])
    lowest = dict(zip(record["id"].to_pylist(), record["lowest"].to_pylist(), strict=True))
    scored = record.filter(pc.is_valid(record["score"]))["id"].to_pylist()

    layers = layers_of(bundle.stores)
    functions = {name: store_function(name, bundle.preprocess) for name in layers if name != "raw"}
    bins = bins_a_row(len(events) * len(layers))
    views = read_events(observation, events, arguments.stride, functions)
    draw_candidates(arguments.pictures, views, len(events), bins, arguments.workers)
    if arguments.null:
        rated_by, negatives = "snippets with OFF panels as ON", len(read_shares(arguments.null))
    else:
        rated_by = "training cadences without a needle"
        negatives = int((read_calibration(arguments.bundle, bundle).target == 0).sum())
    folder = arguments.page.parent
    run = Run(
        name=observation.name,
        key=key_of(observation.name, lowest),
        collection=OBSERVED,
        called="snippets",
        ranked=len(scored),
        partners=False,
        method=bundle.ensemble["method"].replace("_", " "),
        spread="scores",
        rated_by=rated_by,
        negatives=negatives,
        passing=arguments.false_positive_rate,
        layers=layers,
        stored=dict.fromkeys(layers, PANELS_OF_SIDE["all"]),
        pictures=os.path.relpath(arguments.pictures, folder),
        grad_cam=False,
        bins_a_row=bins,
        shape=observation.shape,
        recovery=arguments.recovery and os.path.relpath(arguments.recovery, folder),
    )
    hits = read_shares(arguments.hits).to_pylist()
    write_page(arguments.page, run, page_rows(events, hits, lowest, observation.channel))


if __name__ == "__main__":
    main()
