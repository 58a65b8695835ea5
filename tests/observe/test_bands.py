"""Promises of reading a band: right frequencies, every channel once, no spikes and no roll-off."""

import numpy as np
import pytest
from made_files import CHANNEL, spectra, write_hdf5, write_sigproc

from abacad.cadences.layout import COMPETITION
from abacad.observe.bands import (
    Band,
    Part,
    equalize,
    gain_within,
    middle_of_coarse,
    parts,
    read_bands,
)
from abacad.observe.observations import observation_of
from abacad.observe.snippets import cut, starts

COARSE = 1024
WIDTH = COMPETITION.frequency_bins  # of a snippet


@pytest.fixture
def observation(tmp_path):
    """Six files of an observation, (time, channel) values in the order of time."""

    def write(values, foff=CHANNEL, writer=write_hdf5, suffix=".h5", **header):
        paths = []
        for number, panel in enumerate(values):
            path = tmp_path / f"{number}{suffix}"
            source = "target" if number % 2 == 0 else f"off{number}"
            header |= {"tstart": 57803 + 0.004 * number, "source_name": source, "foff": foff}
            writer(path, panel, **header)
            paths.append(str(path))
        return observation_of("sky", dict.fromkeys(paths), COMPETITION, "ABACAD")

    return write


def receiver(coarse: int, shift: int = 0, count: int = 279, seed: int = 0) -> np.ndarray:
    """(time, channel): noise with the roll-off and the spike of each coarse channel."""
    place = (np.arange(coarse * COARSE) + shift) % COARSE - COARSE / 2
    gain = 1 / (1 + (np.abs(place) / 480) ** 40)
    values = spectra(count, coarse * COARSE, seed) * gain
    values[:, place == 0] *= 30
    return values.astype(np.float32)


@pytest.mark.parametrize(("writer", "suffix"), [(write_hdf5, ".h5"), (write_sigproc, ".fil")])
@pytest.mark.parametrize("foff", [CHANNEL, -CHANNEL])
def test_channels_are_ascending_and_at_their_frequencies(observation, writer, suffix, foff):
    values = [spectra(279, 700, seed) for seed in range(6)]
    values[2][:, 600] *= 5
    made = observation(values, foff, writer, suffix)
    bands = [*read_bands(made, parts(made, 256, 256))]
    assert [band.panels.shape for band in bands] == [(6, 273, 256)] * 3
    expected = 1500 + 600 * foff
    for band in bands:
        bright = band.panels[2].mean(0) > 3e9
        if bright.any():
            found = band.lowest + int(bright.argmax()) * band.width
            assert found == pytest.approx(expected, abs=1e-9)
    every = np.concatenate([b.lowest + np.arange(b.panels.shape[-1]) * b.width for b in bands])
    np.testing.assert_allclose(
        np.unique(every.round(9)), np.sort(1500 + np.arange(700) * foff), atol=1e-9
    )


@pytest.mark.parametrize("foff", [CHANNEL / 4, -CHANNEL / 4])
def test_a_finer_product_is_read_as_the_means_of_it(observation, foff):
    fine = [spectra(2 * 273 + 1, 4 * 400 + 3, seed) for seed in range(6)]
    fine[4][:, 801] *= 3
    made = observation(fine, foff, tsamp=1.073741824 / 2)
    band = made.band
    assert (band.nchans, band.spectra, band.tsamp) == (400, 273, pytest.approx(1.073741824))
    (whole,) = read_bands(made, parts(made, 256))
    means = fine[4][:546, :1600].reshape(273, 2, 400, 4).mean((1, 3))
    np.testing.assert_allclose(whole.panels[4], means if foff > 0 else means[:, ::-1], rtol=1e-5)
    bright = int(whole.panels[4].mean(0).argmax())
    assert whole.lowest + bright * whole.width == pytest.approx(1500 + 801.5 * foff, abs=1e-9)


def test_parts_overlap_as_snippets_do(observation):
    made = observation([spectra(273, 700, seed) for seed in range(6)])
    assert parts(made, 256, 256) == [Part(0, 256), Part(256, 256), Part(444, 256)]
    assert parts(made, 128, 256) == [Part(0, 256), Part(128, 384), Part(384, 316)]
    assert parts(made, 128) == [Part(0, 700)]


@pytest.mark.parametrize("foff", [CHANNEL, -CHANNEL])
@pytest.mark.parametrize("stride", [100, 128, 256])
def test_snippets_are_those_of_the_band_in_one_piece(observation, foff, stride):
    made = observation([spectra(273, 1024, seed) for seed in range(6)], foff)
    (whole,) = read_bands(made, parts(made, stride))
    whole = {one.id: one for one in cut(whole, WIDTH, stride)}
    every = parts(made, stride, 512)
    for chosen in (every, every[1:]):  # also where the part before is another job's
        found = [one for band in read_bands(made, chosen) for one in cut(band, WIDTH, stride)]
        same = [one for one in found if one.id in whole]
        assert len({one.id for one in found}) == len(found) and same
        for one in same:
            np.testing.assert_array_equal(one.panels, whole[one.id].panels)
            assert one.lowest == pytest.approx(whole[one.id].lowest)
    found = sorted(
        int(one.id) for band in read_bands(made, every) for one in cut(band, WIDTH, stride)
    )
    assert found[0] == 0 and found[-1] == 1024 - 256
    assert max(np.diff(found)) <= stride  # none is left out where parts meet


@pytest.mark.parametrize("shift", [0, 300])
def test_spikes_and_roll_off_go_wherever_a_file_begins(shift):
    panels = np.stack([receiver(8, shift, 60, seed) for seed in range(6)])
    masked = equalize(panels, COARSE)
    middles = (np.arange(8 * COARSE) + shift) % COARSE == COARSE // 2
    assert masked[middles].all() and masked.sum() == 5 * 8
    level = panels.mean((0, 1))
    around = np.median(level.reshape(-1, 64), axis=1)
    assert np.abs(level / np.repeat(around, 64) - 1).max() < 0.15  # the band's own ripple


@pytest.mark.parametrize("beside", [-7, -6, -5, -3, 3, 5])
def test_a_line_beside_a_spike_is_there_once(beside):
    panels = np.stack([receiver(8, 0, 60, seed) for seed in range(6)])
    middle = 3 * COARSE + COARSE // 2
    half = slice(0, 30)  # of each ON panel
    panels[::2, half, middle + beside] *= 2
    masked = equalize(panels, COARSE)
    (filled,) = np.nonzero(masked[middle - 20 : middle + 20])
    around = panels[..., middle - 20 : middle + 20]
    level = np.median(around.mean(1), axis=-1)
    for channel in filled:
        assert around[..., channel].mean(1) == pytest.approx(level, rel=0.05)
        halves = [around[::2, part, channel].mean() for part in (half, slice(30, 60))]
        assert halves[0] == pytest.approx(halves[1], rel=0.05)


def test_what_is_in_one_coarse_channel_alone_stays():
    panels = np.stack([receiver(8, 0, 60, seed) for seed in range(6)])
    panels[::2, :, 3 * COARSE + 100] *= 1.5
    equalize(panels, COARSE)
    line = panels[::2, :, 3 * COARSE + 100].mean() / panels[1::2, :, 3 * COARSE + 100].mean()
    assert line == pytest.approx(1.5, rel=0.02)


def test_a_band_without_spikes_is_left_as_it_is():
    panels = np.stack([spectra(60, 8 * COARSE, seed) for seed in range(6)])
    before = panels.copy()
    assert not equalize(panels, COARSE).any()
    np.testing.assert_array_equal(panels, before)
    assert middle_of_coarse(panels.mean((0, 1)), COARSE) is None


def test_too_few_coarse_channels_tell_nothing():
    panels = np.stack([receiver(3, 0, 20, seed) for seed in range(6)])
    assert not equalize(panels, COARSE).any()


def test_the_gain_is_one_where_the_filter_is_flat():
    gain = gain_within(receiver(16).mean(0), COARSE)
    assert np.median(gain) == pytest.approx(1, abs=0.03)


def test_snippets_cover_the_band_and_the_last_ends_with_it():
    assert starts(256, WIDTH, 256) == [0] and starts(255, WIDTH, 256) == []
    assert starts(1000, WIDTH, 256) == [0, 256, 512, 744] and starts(512, WIDTH, 128) == [
        0,
        128,
        256,
    ]


def test_a_snippet_holds_what_float16_can_hold_and_knows_its_frequency():
    panels = np.stack([spectra(273, 700, seed) for seed in range(6)])
    panels[0, :, 400] *= 2
    band = Band(panels, 1000, 1400.0, 0.0025, np.zeros(700, bool))
    snippets = [*cut(band, WIDTH, 256)]
    assert [snippet.lowest for snippet in snippets] == pytest.approx([1400, 1400.64, 1401.11])
    assert [snippet.id for snippet in snippets] == ["000001000", "000001256", "000001444"]
    for snippet in snippets:
        assert snippet.panels.shape == (6, 273, 256) and snippet.panels.dtype == np.float16
        assert np.isfinite(snippet.panels).all()
    assert snippets[1].panels[0].astype(np.float32).mean(0).argmax() == 400 - 256
    assert snippets[2].panels[0].astype(np.float32).mean(0).max() < 3  # the line is below this one


def test_a_snippet_that_is_blank_says_so_and_the_others_are_cut():
    panels = np.stack([spectra(273, 512, seed) for seed in range(6)])
    panels[3, :, :256] = 0
    blank, good = cut(Band(panels, 0, 1400.0, 0.0025, np.zeros(512, bool)), WIDTH, 256)
    assert blank.panels is None and "constant panel 3" in blank.why
    assert good.panels is not None and good.why == ""
