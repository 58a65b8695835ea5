"""Join the scored snippets of an observation to events, and rank them.

Order of review: the score, then how far an event lies from the rest of the observation, then how far apart
the members' scores are. Events in excluded bands are listed last, without a rank. See events_table in
abacad/observe/ranking.py for the columns.

    python workflow_scripts/observe/rank_events.py --observation HIP1/observation.json \\
        --snippets HIP1/snippets/*.parquet --predictions HIP1/predictions/*.parquet \\
        --hits HIP1/hits/*.parquet --statistics HIP1/statistics/*.parquet --bundle bundle \\
        --false-positive-rate 0.01 --events HIP1/events.parquet --csv HIP1/events.csv \\
        --record HIP1/snippets.parquet
"""

import argparse
import sys
from pathlib import Path

import pyarrow.compute as pc

from abacad.bundle.calibration import read_calibration
from abacad.bundle.contents import read_bundle
from abacad.bundle.folder import BadBundle
from abacad.observe.events import events_of
from abacad.observe.listing import BadObservation
from abacad.observe.observations import read_observation
from abacad.observe.ranking import csv_rows, events_table, read_excluded, snippets_table
from abacad.observe.scored import read_shares, scored_snippets
from abacad.tables.files import write_csv, write_table

NULL = """Parquet files of predict_bundle.py, of snippets with OFF panels first, which tell the rate of false
    positives; without, the bundle tells it"""


def main() -> None:
    """Read the command line and rank."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--observation", type=Path, required=True, help="JSON of check_observation.py")
    add("--snippets", nargs="+", required=True, help="Parquet files of cut_snippets.py")
    add("--predictions", nargs="+", required=True, help="Parquet files of predict_bundle.py")
    add("--hits", nargs="+", required=True, help="Parquet files of search_drift.py")
    add("--statistics", nargs="+", required=True, help="Parquet files of search_drift.py")
    add("--null", nargs="*", default=[], help=NULL)
    add("--excluded", nargs="?", help="TSV with the columns low, high (MHz), why")
    add("--bundle", type=Path, required=True, help="folder of pack_ensemble.py")
    add("--false-positive-rate", type=float, required=True, help="up to which a snippet passes")
    add("--events", type=Path, required=True, help="Parquet to write")
    add("--csv", type=Path, required=True, help="CSV to write, of those that are not excluded")
    add("--record", type=Path, required=True, help="Parquet to write, a row a snippet")
    arguments = parser.parse_args()
    try:
        excluded = read_excluded(arguments.excluded) if arguments.excluded else []
        bundle = read_bundle(arguments.bundle)
        calibration = read_calibration(arguments.bundle, bundle)
    except (BadObservation, BadBundle) as error:
        sys.exit(f"rank_events: {error}")
    observation = read_observation(arguments.observation)
    channel = observation.channel
    cut = read_shares(arguments.snippets)
    scored = scored_snippets(
        cut,
        read_shares(arguments.predictions),
        read_shares(arguments.hits),
        read_shares(arguments.statistics),
        read_shares(arguments.null) if arguments.null else None,
        calibration,
        channel,
    )
    rate = arguments.false_positive_rate
    step = bundle.search["step"]
    bins, seconds = observation.shape.frequency_bins, observation.seconds
    events = events_of(scored, rate, channel, bins, step, seconds, observation.one_band)
    members = [member.name for member in bundle.members]
    table = events_table(events, observation, members, excluded, len(scored))
    write_table(arguments.events, table)
    write_table(arguments.record, snippets_table(cut, scored, table, members))
    shown = table.filter(pc.is_valid(table["rank"])).drop_columns("excluded")
    write_csv(arguments.csv, csv_rows(shown), shown.column_names)
    print(
        f"{observation.name}: {len(scored)} snippets, {len(shown)} events and "
        f"{len(table) - len(shown)} excluded ones"
    )


if __name__ == "__main__":
    main()
