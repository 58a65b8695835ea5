"""Panels of a cadence in, small pictures of them out: six panels, one below another, in grey.

The page colours them. They keep few levels of brightness and so take few bytes without any loss from there
on: what a lossy picture of noise makes up could pass for a line.
"""

from io import BytesIO

import numpy as np
from PIL import Image

LEVELS = 16  # of brightness
SHADES = (20, 99.8)  # percentiles of a cadence that are drawn darkest and brightest: noise is dark

# Time bins that are averaged to a row. In 13 bins a line of 157 Hz/s, the steepest that is searched, moves by
# less than a bin of frequency, so no line is smeared.
FINE, COARSE = 3, 7
MOST_FINE = (
    4_500  # pictures; these take some 60 kB each, coarse ones 27 kB: below 300 MB up to 11,000
)

GUARD = 1  # rows beside each panel that repeat its first and last one: a browser mixes neighbours at an edge

OVERLAY = (255, 106, 61)  # red, green, blue
OPAQUE = 0.72  # where a map is 1


def bins_a_row(pictures: int) -> int:
    """How many time bins are averaged to one row of so many pictures."""
    return FINE if pictures <= MOST_FINE else COARSE


def rows_of(time_bins: int, bins: int) -> int:
    """How many rows a panel of so many time bins has, `bins` of them a row, or some more."""
    return max(1, time_bins // bins)


def waterfall(panels: np.ndarray, bins: int) -> bytes:
    """A lossless WebP of (panel=6, time, frequency) panels, `bins` time bins a row, see `rows_of`.

    Frequency runs to the right and time downwards; the panels follow one another, `GUARD` rows around each,
    and share one scale of brightness. Panels of NaN are as dark as can be.
    """
    panels = np.asarray(panels, np.float32)
    pieces = np.array_split(panels, rows_of(panels.shape[1], bins), axis=1)
    rows = np.stack([piece.mean(axis=1) for piece in pieces], axis=1)
    low, high = np.nanpercentile(rows, SHADES)
    shade = np.nan_to_num((rows - low) / max(high - low, np.finfo(np.float32).tiny)).clip(0, 1)
    grey = np.round(shade * (LEVELS - 1)) * (255 // (LEVELS - 1))
    return _webp(Image.fromarray(_guarded(grey)).convert("RGB"))


def overlay(weights: np.ndarray) -> bytes:
    """A WebP of (panel=6, time, frequency) weights, 0 to 1, to lie over a waterfall: 0 is clear."""
    opacity = np.asarray(weights, np.float32).clip(0, 1) * OPAQUE
    opacity = _guarded(np.round(opacity * (LEVELS - 1)) * (255 // (LEVELS - 1)))
    colour = np.broadcast_to(np.array(OVERLAY, np.uint8), (*opacity.shape, 3))
    return _webp(Image.fromarray(np.dstack([colour, opacity])))


def _guarded(panels: np.ndarray) -> np.ndarray:
    """Panels (panel, row, frequency) one below another, with `GUARD` rows around each, as bytes."""
    guarded = np.pad(panels, ((0, 0), (GUARD, GUARD), (0, 0)), mode="edge")
    return guarded.reshape(-1, panels.shape[-1]).astype(np.uint8)


def _webp(image: Image.Image) -> bytes:
    content = BytesIO()
    image.save(content, "WEBP", lossless=True, exact=True)
    return content.getvalue()
