"""The results of an observation and a frequency or snippet in, what became of it, stage by stage, out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from abacad.observe.observations import Observation, ReadyCadences, read_observation
from abacad.observe.scored import read_shares
from abacad.tables.files import read_table

NEAR = 3  # channels, up to which a line is at the frequency


def follow_frequency(results: str | Path, frequency: float) -> Iterator[str]:
    """A line for each thing that happened to a frequency, MHz.

    results  folder of an observation that was searched
    FileNotFoundError: it has not been searched to its end. ValueError: it is of cadences that were cut
    already, whose frequencies nobody knows.
    """
    results = Path(results)
    observation = read_observation(results / "observation.json")
    if isinstance(observation, ReadyCadences):
        raise ValueError(
            f"{observation.name} is of cadences whose place in the band is unknown; allowed: one of them, as "
            f"{next(iter(observation.paths))}"
        )
    channel, bins = observation.channel, observation.shape.frequency_bins
    yield _place(observation, frequency)
    snippets = [
        row
        for row in read_table(results / "snippets.parquet").to_pylist()
        if row["lowest"] <= frequency + channel / 2 <= row["lowest"] + bins * channel
    ]
    if not snippets:
        yield "it is in no snippet"
    yield from _of_snippets(results, snippets, observation, frequency)
    events = read_table(results / "events.parquet").to_pylist()
    yield from _of_events(
        one for one in events if one["low"] - channel <= frequency <= one["high"] + channel
    )


def follow_snippet(results: str | Path, snippet: str) -> Iterator[str]:
    """A line for each thing that happened to a snippet, or to a cadence that was cut already, by its id.

    results  as for `follow_frequency`; so are the errors. ValueError: there is no such snippet.
    """
    results = Path(results)
    observation = read_observation(results / "observation.json")
    record = read_table(results / "snippets.parquet").to_pylist()
    own = [row for row in record if row["id"] == snippet]
    if not own:
        raise ValueError(
            f"{observation.name} has no snippet {snippet!r}; allowed: {len(record)} ids of "
            f"{results / 'snippets.parquet'}, as {record[0]['id']}"
        )
    yield from _of_snippets(results, own, observation)
    events = read_table(results / "events.parquet").to_pylist()
    yield from _of_events(one for one in events if snippet in one["snippets"])


def _of_snippets(
    results: Path,
    snippets: list[dict],
    observation: Observation | ReadyCadences,
    frequency: float | None = None,
) -> Iterator[str]:
    hits = read_shares(sorted(results.glob("pointed/hits/*.parquet"))).to_pylist()
    for row in snippets:
        own = [hit for hit in hits if hit["id"] == row["id"]]
        yield from _of_snippet(row, own, observation, frequency)


def _of_events(events: Iterable[dict]) -> Iterator[str]:
    near = [*events]
    for one in near:
        told = f"rank {one['rank']}" if one["rank"] else f"excluded: {one['excluded']}"
        yield f"event from {one['low']:.5f} to {one['high']:.5f} MHz: {told}"
    if not near:
        yield "no event is there"


def _place(observation: Observation, frequency: float) -> str:
    band = observation.band
    highest = band.lowest + band.nchans * observation.channel
    inside = "in" if band.lowest <= frequency <= highest else "outside"
    ends = f"{band.lowest:.4f} to {highest:.4f} MHz"
    return f"{frequency} MHz is {inside} the band of {observation.name}, {ends}"


def _of_snippet(
    row: dict,
    hits: list[dict],
    observation: Observation | ReadyCadences,
    frequency: float | None,
) -> Iterator[str]:
    channel = observation.channel
    highest = row["lowest"] + observation.shape.frequency_bins * channel
    ends = f"{row['lowest']:.4f} to {highest:.4f} MHz"
    yield f"snippet {row['id']}, {ends}"
    if row["masked"]:
        yield f"  cut: {row['masked']} of its channels were filled, for the receiver has a spike there"
    if row["why"]:
        yield f"  cut: it is of no use: {row['why']}"
        return
    near = 0
    for hit in hits:
        place = row["lowest"] - channel / 2 + hit["frequency"] / 1e6
        if frequency is None or abs(place - frequency) <= (NEAR + hit["width"]) * channel:
            near += 1
            panels = ", ".join(f"{snr:.1f}" for snr in hit["panel_snr"])
            yield f"  search: a line at {place:.5f} MHz, {hit['drift_rate']:.2f} Hz/s; SNR {panels}"
    if not near:
        yield f"  search: no line is there; {len(hits)} elsewhere in the snippet"
    members = {name: row[name] for name in row if name.startswith("member.")}
    told = ", ".join(
        f"{name.removeprefix('member.')} {value:.3f}" for name, value in members.items()
    )
    yield f"  models: {told}"
    passed = f"it is in event {row['rank']}" if row["rank"] else "it is in no event"
    rate = f"rate of false positives {row['false_positive_rate']:.3g}"
    yield f"  ensemble: score {row['score']:.4f}, {rate}: {passed}"
