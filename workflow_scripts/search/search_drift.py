"""Search one shard of a store for drifting lines that ON panels show; nothing is trained.

Two tables come out. Of hits, a row each, the strongest of a cadence first: collection, id, frequency (Hz
from the snippet's lower edge, amid the cadence), drift_rate (Hz/s), snr (of the three ON panels together),
panel_snr (of each of the six), width (bins). Of cadences, a row each: collection, id, and the statistics
that abacad/search/statistics.py explains.

    python workflow_scripts/search/search_drift.py --settings '{"largest": 157, "step": 3.3}' \\
        --store results/stores/levelled/test/0-of-16.arrow --threads 4 \\
        --hits results/search/hits/test/0-of-16.parquet \\
        --statistics results/search/statistics/test/0-of-16.parquet
"""

import argparse
import json

from abacad.devices.device import prepare_device
from abacad.search.dat import write_dat
from abacad.search.job import hits_table, search_shard, statistics_table
from abacad.search.settings import Search
from abacad.tables.files import write_table

SETTINGS = "JSON, as the config's key search; what is missing has its default"
DAT = """file to write the hits to as well, with the columns of turboSETI's .dat: each cadence is a
    coarse channel, by its number in the shard; frequencies in MHz from its lower edge"""


def main() -> None:
    """Read the command line and search."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, default={}, help=SETTINGS)
    add("--store", required=True, help="store file to search")
    add("--hits", required=True, help="Parquet to write: see above")
    add("--statistics", required=True, help="Parquet to write: see above")
    add("--dat", metavar="FILE", help=DAT)
    add("--threads", type=int, default=1, help="CPU threads (default: %(default)s)")
    arguments = parser.parse_args()

    try:
        search = Search.of(arguments.settings)
    except ValueError as error:
        parser.error(str(error))
    found = search_shard(arguments.store, search, prepare_device(arguments.threads))
    hits = [hits for hits, _ in found.hits]
    write_table(arguments.hits, hits_table(found.shard.collection, found.ids, hits))
    write_table(arguments.statistics, statistics_table(found))
    if arguments.dat:
        shard = found.shard
        name = f"{shard.collection}_{shard.index}-of-{shard.count}"
        write_dat(arguments.dat, name, found.hits, search)


if __name__ == "__main__":
    main()
