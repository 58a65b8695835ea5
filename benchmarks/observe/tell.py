"""The finished search of a wide observation in, a table of what each stage took out.

    python benchmarks/observe/tell.py --run results/observe_benchmark \\
        --observations results/benchmarks/observe
"""

import argparse
import csv
from pathlib import Path

import pyarrow.parquet as pq

STAGES = ("cut_snippets", "prepare_snippets", "search_snippets", "predict_bundle")


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--run", type=Path, required=True, help="results of the run that searched it"
    )
    parser.add_argument("--observations", type=Path, required=True, help="folder of the files")
    arguments = parser.parse_args()
    (folder,) = (arguments.run / "observations").iterdir()
    snippets = pq.read_metadata(folder / "snippets.parquet").num_rows
    size = sum(path.stat().st_size for path in arguments.observations.glob("*/*.h5")) / 1e9
    minutes = (mtime(folder / "index.html") - mtime(folder / "observation.json")) / 60
    print(
        "| stage | seconds of its jobs | ms a snippet | most memory, MB |\n| --- | ---: | ---: | ---: |"
    )
    for stage in STAGES:
        paths = (arguments.run / "benchmarks/observations" / folder.name / stage).rglob("*.tsv")
        rows = [row for path in paths for row in read_tsv(path)]
        seconds = sum(float(row["s"]) for row in rows)
        memory = max(float(row["max_rss"]) for row in rows)
        print(f"| `{stage}` | {seconds:.0f} | {1000 * seconds / snippets:.0f} | {memory:.0f} |")
    (peer,) = read_tsv(arguments.observations / "turbo_seti.tsv")
    (used,) = read_tsv(arguments.observations / "turbo_seti.benchmark.tsv")
    whole = float(peer["seconds"]) * int(peer["files"])
    memory = float(used["max_rss"])
    each = 1000 * whole / snippets
    print(f"| turboSETI, its search of the six files | {whole:.0f} | {each:.0f} | {memory:.0f} |")
    events = pq.read_table(folder / "events.parquet").to_pylist()
    truth = read_tsv(arguments.observations / "truth.tsv")
    (needle,) = (row for row in truth if row["kind"] == "needle")
    at = [
        event["rank"]
        for event in events
        if event["low"] <= float(needle["frequency"]) <= event["high"]
    ]
    print(
        f"\n{size:.1f} GB, {snippets:,} snippets: {minutes:.1f} minutes from the first header to the page. "
        f"{len(events)} events; the needle is event {', '.join(map(str, at)) or 'none'}. In one file, "
        f"turboSETI lists {peer['hits']} lines."
    )


def mtime(path: Path) -> float:
    return path.stat().st_mtime


def read_tsv(path: Path) -> list[dict[str, str]]:
    with open(path) as file:
        return [*csv.DictReader(file, delimiter="\t")]


if __name__ == "__main__":
    main()
