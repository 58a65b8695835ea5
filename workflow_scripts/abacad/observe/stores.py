"""The preprocessing that a bundle was trained with in, the function that makes each of its stores out."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level
from abacad.preprocess.nmf import denoise
from abacad.preprocess.nmf_numpy import factorize
from abacad.preprocess.normalize import normalize, off_normalize, zscore
from abacad.preprocess.shards import PanelFunction
from abacad.preprocess.unsharp import unsharp_mask

RAW = "raw"
OF_RAW = {
    "zscored": zscore,
    "normalized": normalize,
    "off_normalized": off_normalize,
    "levelled": level,
    "flattened": flatten,
}


def store_function(store: str, preprocess: Mapping[str, Any]) -> PanelFunction:
    """From raw panels (panel=6, time, frequency) to those of a store.

    preprocess  of the bundle: clip, nmf, sharpen
    ValueError: the store is not made of one cadence alone. Of new sky, partners that share background would
    be of the same pointing and hold the same transmitter, so `residual` would take it away.
    """
    clip = tuple(preprocess["clip"])
    if store in OF_RAW:
        return partial(OF_RAW[store], clip=clip)
    if store == "nmf":
        own = preprocess["nmf"]
        names = ("basis", "rank", "iterations", "seeding")
        # The other backends make the same store, but for rounding.
        return partial(
            denoise, clip=clip, factorize=factorize, **{name: own[name] for name in names}
        )
    if store == "sharpened":
        return partial(_sharpened, clip=clip, **preprocess["sharpen"])
    allowed = ", ".join((*OF_RAW, "nmf", "sharpened"))
    raise ValueError(f"the store {store!r} cannot be made of new sky; allowed: {allowed}")


def off_first(function: PanelFunction) -> PanelFunction:
    """The same function of panels whose ON and OFF have changed places, each with the next one.

    What is in the target alone is in OFF panels then, so whatever still looks like a needle is none.
    """
    return partial(_off_first, function)


def _off_first(function: PanelFunction, panels: np.ndarray) -> np.ndarray:
    order = [panel for pair in zip(OFF_PANELS, ON_PANELS, strict=True) for panel in pair]
    return function(panels[order])


def _sharpened(
    panels: np.ndarray, clip: tuple[float, float], direction: str, amount: float
) -> np.ndarray:
    return unsharp_mask(flatten(panels, clip), direction, amount)
