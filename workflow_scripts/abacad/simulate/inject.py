"""Backgrounds without needles in, the same with injected needles out: training cadences with known truth.

A background is an unchanged negative training cadence, or the OFF panels of any training or test
cadence, rearranged as a cadence. OFF panels never hold a needle, so no label is needed, and models can
learn from the noise of the test side. Some backgrounds of each sort get no needle, so that only the
needle reveals the label of a made cadence.

No two panels of an arrangement are equal: an ON panel is an OFF panel rolled in time. This keeps the
band, the carriers that stand still and, for the store residual, what partners share. On 300 simulated
cadences, a logistic regression on the correlations of panels, pixel by pixel, tells an arrangement from
the true order with an AUC of 0.53 (with unrolled neighbouring copies: 1.00). If it also sees the
correlations of the columns' medians, the AUC is 1.00; if an ON panel is pieced together from several
panels, it is still 0.97.

Source: the competition's first place (an S-shaped kind that only the test side shows, injected
into training) and a ninth place's generator of needles over OFF panels.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.arrangement import AS_IT_IS, Arrangement, off_panels_alone
from abacad.cadences.cadence import panel_statistics, read_cadence
from abacad.cadences.layout import CADENCE_DTYPE, PANELS, PanelShape
from abacad.cadences.manifest import MANIFEST_SCHEMA
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.needles.distributions import draw
from abacad.needles.kinds import KINDS
from abacad.needles.presence import Partial, extent, presence
from abacad.preprocess.noise import noise_of
from abacad.preprocess.normalize import zscore
from abacad.seeds import seed_of
from abacad.simulate.needles import needle
from abacad.tables.files import whole_file

# When ON and OFF panels are swapped, the background's own needle is in OFF panels, where it does not count.
SWAPPED = Arrangement((1, 0, 3, 2, 5, 4), (0,) * PANELS)

NEEDLE_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("snr", pa.float32()),
        ("drift_rate", pa.float32()),
        ("panels", pa.list_(pa.int8())),
        ("time_bins", pa.int16()),
    ]
)
INJECTED_SCHEMA = pa.schema(
    [
        *MANIFEST_SCHEMA,
        *NEEDLE_SCHEMA,
        ("background_collection", pa.string()),
        ("background_id", pa.string()),
        ("background_panels", pa.list_(pa.int8())),
        ("background_rolls", pa.list_(pa.int16())),
    ]
)


@dataclass(frozen=True)
class Injection:
    """One cadence to make: its background, how it is made from that (see `arrange`), and the kind of
    its needle (None: no needle)."""

    number: int
    collection: str
    background_id: str
    path: str
    made_of: str
    kind: str | None


def plan_injections(
    settings: Mapping[str, Any], manifests: Mapping[str, pa.Table]
) -> list[Injection]:
    """Deal kinds, in equal shares, to backgrounds. Each background is used once before any is used twice.

    settings   count, blank (share without a needle), off_panels (share of backgrounds that are OFF
               panels), seed; swapped, if true: these backgrounds are whole cadences instead, of which ON
               and OFF panels change places. A needle of their own is then in OFF panels, and so is none;
               and lines of interference go on from panel to panel, which copies of three panels break
    manifests  of whatever has OFF panels; of train, where it is among them, negatives are used as they are
    ValueError: negatives are asked for, but there are none.
    """
    count = settings["count"]
    rng = np.random.default_rng(seed_of(settings["seed"], "plan"))
    of_off_panels = round(count * settings["off_panels"])
    train = {name: table for name, table in manifests.items() if name == "train"}
    negative = {name: table.filter(pc.equal(table["target"], 0)) for name, table in train.items()}
    negatives = _backgrounds(negative, "cadence")
    everything = _backgrounds(manifests, "swapped" if settings.get("swapped") else "off_panels")
    if of_off_panels < count and not negatives:
        raise ValueError(
            "inject: there is no negative training cadence to inject into; off_panels: 1 takes "
            "only OFF panels"
        )
    backgrounds = [
        *_dealt(negatives, count - of_off_panels, rng),
        *_dealt(everything, of_off_panels, rng),
    ]
    blank = round(count * settings["blank"])
    kinds = np.array([None] * blank + [*islice(cycle(KINDS), count - blank)], object)
    rng.shuffle(kinds)
    return [
        Injection(number, *background, kind)
        for number, (background, kind) in enumerate(zip(backgrounds, kinds, strict=True))
    ]


def _backgrounds(manifests: Mapping[str, pa.Table], made_of: str) -> list[tuple]:
    return [
        (collection, cadence_id, path, made_of)
        for collection, manifest in manifests.items()
        for cadence_id, path, ok in zip(
            *(manifest[name].to_pylist() for name in ("id", "path", "ok")), strict=True
        )
        if ok
    ]


def _dealt(backgrounds: list[tuple], count: int, rng: np.random.Generator) -> Iterator[tuple]:
    """`count` of the backgrounds, shuffled; from the first one again when they run out."""
    shuffled = [backgrounds[place] for place in rng.permutation(len(backgrounds))]
    return islice(cycle(shuffled), count)


def arrange(made_of: str, time_bins: int, rng: np.random.Generator) -> Arrangement:
    """How a cadence is made from its background: unchanged, with ON and OFF panels swapped, or from
    off_panels alone, which stay in place."""
    if made_of == "off_panels":
        return off_panels_alone(time_bins, rng)
    return {"cadence": AS_IT_IS, "swapped": SWAPPED}[made_of]


def inject(
    panels: np.ndarray,
    kind: str,
    snr: float,
    drift_rate: float,
    parameters: Mapping[str, Any],
    shines: np.ndarray,
    shape: PanelShape,
    rng: np.random.Generator,
) -> np.ndarray:
    """Add a needle to a cadence of background, both (panel=6, time, frequency) of this shape.

    It is where it `shines`, see `presence`. `snr` is relative to the noise of this background. Each
    panel was scaled by an unknown factor. Since the receiver noise is really the same in all panels,
    its measured value gives the factors.
    """
    panels = panels.astype(np.float32)
    signal = needle(kind, snr, 1, drift_rate, parameters, shines, shape, rng)
    return panels + signal * noise_of(panels)[:, np.newaxis, np.newaxis]


def inject_drawn(
    panels: np.ndarray, kind: str, settings: Mapping[str, Any], rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    """Add a needle of a kind to a cadence of background, see `inject`.

    settings  snr, drift_rate, partial, needles and shape, as for `inject_needles`
    Returns the cadence, float32, and what the needle is: kind, snr, drift_rate (Hz/s), panels (those that
    hold it) and time_bins (of each of these).
    """
    snr, drift_rate = (draw(settings[name], rng) for name in ("snr", "drift_rate"))
    shape = PanelShape(**settings["shape"])
    shines = presence(kind, Partial(**settings["partial"]), shape.time_bins, rng)
    held, time_bins = extent(shines)
    parameters = settings["needles"][kind]
    injected = inject(panels, kind, snr, drift_rate, parameters, shines, shape, rng)
    drawn = (kind, snr, drift_rate, held, time_bins)
    return injected, dict(zip(NEEDLE_SCHEMA.names, drawn, strict=True))


def inject_needles(
    settings: Mapping[str, Any], manifests: Mapping[str, pa.Table], folder: Path, workers: int
) -> pa.Table:
    """Write the injected cadences below `folder`, which is emptied first. Returns their manifest.

    settings   as for `plan_injections`; snr, drift_rate (Hz/s) and needles, {kind: {parameter: ...}},
               are distributions, see `draw`; partial has what `Partial` has, and shape what `PanelShape` has
    manifests  by collection: id, path, target, ok
    The manifest has the columns of every manifest, so the injected cadences pass through the rules like
    any collection. For the needle it has kind, snr, drift_rate (Hz/s), panels (those that hold it) and
    time_bins (of each of these); they are null without a needle. For the background it has the
    collection, the id and, for each panel of the cadence, which of the background's panels it is and by
    how many time bins it is rolled.
    """
    shutil.rmtree(folder, ignore_errors=True)
    injections = plan_injections(settings, manifests)
    write = partial(_write, settings, folder)
    written = ordered_map(write, injections, workers)
    rows = [*progress(written, "Injecting needles", len(injections), "cadences")]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["id"]), INJECTED_SCHEMA)


def _write(settings: Mapping[str, Any], folder: Path, injection: Injection) -> dict[str, Any]:
    seed = seed_of(settings["seed"], injection.number)
    rng = np.random.default_rng(seed)
    background = read_cadence(injection.path)
    arrangement = arrange(injection.made_of, background.shape[1], rng)
    panels = arrangement.of(background)
    drawn = dict.fromkeys(NEEDLE_SCHEMA.names)
    if injection.kind is not None:
        panels, drawn = inject_drawn(panels, injection.kind, settings, rng)
    panels = zscore(panels).astype(CADENCE_DTYPE)
    cadence_id = f"{injection.number:06d}"
    path = folder / cadence_id[-2:] / f"{cadence_id}.npy"
    with whole_file(path) as temporary, open(temporary, "wb") as file:
        np.save(file, panels)
    means, deviations = panel_statistics(panels)
    status = path.stat()
    return {
        "id": cadence_id,
        "path": str(path),
        "target": int(injection.kind is not None),
        "bytes": status.st_size,
        "modified": status.st_mtime_ns,
        "panel_mean": means,
        "panel_std": deviations,
        "ok": True,
        "why": "",
        **drawn,
        "background_collection": injection.collection,
        "background_id": injection.background_id,
        "background_panels": arrangement.panels,
        "background_rolls": arrangement.rolls,
    }
