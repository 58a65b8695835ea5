"""What a receiver got in a scan in, the file that a telescope writes of it out.

Source: Lebofsky et al. 2019, PASP 131, 124505 (the products of Breakthrough Listen); Price et al. 2019, JOSS
4, 1554 (the layout of the files, blimpy); Price 2016, arXiv:1607.03579 (polyphase filterbanks).
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abacad.cadences.layout import COMPETITION
from abacad.simulate.interference import COARSE_CHANNEL
from abacad.tables.files import whole_file

with warnings.catch_warnings():  # blimpy, which setigen uses, still needs pkg_resources
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    import setigen
    from astropy.coordinates import Angle
    from setigen.voltage.polyphase_filterbank import PolyphaseFilterbank

GBT = {"telescope_id": 6, "machine_id": 20}
TAPS = 8  # of the filter that splits the band into coarse channels
DC = COARSE_CHANNEL // 2 - 1  # where a spike is in a coarse channel; the middle one from above


@dataclass(frozen=True)
class Pointing:
    """Where and when a scan is made: ra in hours, dec in degrees, mjd of its first spectrum."""

    source: str
    ra: float
    dec: float
    mjd: float


def coarse_response(count: int) -> np.ndarray:
    """How strongly each channel of `count` coarse channels responds, at most 1: (channel,).

    It falls to a half at the edges of each coarse channel.
    """
    filterbank = PolyphaseFilterbank(num_taps=TAPS, num_branches=COARSE_CHANNEL)
    response = filterbank.tile_response(count, COARSE_CHANNEL)
    return response / response.max()


def write_scan(path: Path, spectra: np.ndarray, lowest: float, pointing: Pointing) -> None:
    """Write an .h5 file in blimpy's layout, the highest frequency first, as at GBT.

    spectra  (time, channel), float32, the lowest frequency first
    lowest   middle of the first channel, Hz
    """
    frame = setigen.Frame(
        data=spectra,
        df=COMPETITION.frequency_bin,
        dt=COMPETITION.time_bin,
        fch1=lowest + (spectra.shape[1] - 1) * COMPETITION.frequency_bin,
        ascending=False,
        mjd=pointing.mjd,
        source_name=pointing.source,
    )
    place = {"src_raj": Angle(pointing.ra, "hourangle"), "src_dej": Angle(pointing.dec, "deg")}
    frame.get_waterfall().header.update(GBT | place)
    with whole_file(path) as temporary:
        frame.save_hdf5(str(temporary))
