"""Injected needles are as bright as they should be, only in ON panels; backgrounds come only from OFF
panels."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from abacad.cadences.arrangement import off_panels_alone
from abacad.cadences.layout import COMPETITION
from abacad.images.composition import standardize
from abacad.images.injection import (
    arrange,
    check_channels,
    check_sides,
    inject,
    noise_of,
    rendered,
)
from abacad.images.panel_batch import PanelBatch, generators
from abacad.needles.kinds import KINDS
from abacad.needles.traces import Needles, draw_needles

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

NEEDLES = {
    "straight": {"width": ["uniform", 1, 2]},
    "squiggle": {"width": ["uniform", 1, 2], "jitter": ["uniform", 0.2, 1]},
    "dashed": {"width": 1, "period": ["log_uniform", 10, 150], "duty": ["uniform", 0.2, 0.6]},
    "dot": {"width": ["uniform", 1, 4], "centre": ["uniform", 0, 1], "duration": 8},
    "s_shape": {"width": 1, "period": ["log_uniform", 1, 6], "amplitude": ["uniform", 4, 32]},
}
SETTINGS = {
    "snr": ["uniform", 30, 90],
    "drift_rate": ["uniform", -157, 157],
    "partial": {"fewer_panels": 0.4, "shorter": 0.4},
    "needles": NEEDLES,
}
WHOLE = {"fewer_panels": 0, "shorter": 0}
BOTH = ("flattened.on", "flattened.off")
CPU = torch.device("cpu")


def drawn(count: int, kinds: Sequence[str] = KINDS, seed: int = 0, **changed) -> Needles:
    rng = np.random.default_rng(seed)
    return draw_needles(kinds, SETTINGS | changed, COMPETITION, [rng] * count)


def noise(rows: int, channels: Sequence[str] = BOTH, dtype=torch.float32) -> PanelBatch:
    panels = 6 if any(name.endswith(".all") for name in channels) else 3
    generator = torch.Generator().manual_seed(1)
    values = torch.randn(rows, len(channels), panels, TIME_BINS, 256, generator=generator)
    return PanelBatch(values.to(dtype), torch.full((rows,), 0.5), tuple(channels))


def added(
    batch: PanelBatch, rows: Sequence[int], needles: Needles, highest: float = 1e4
) -> torch.Tensor:
    """What injection adds to the batch's panels, float32."""
    before = batch.panels.clone()
    inject(batch, rows, needles, highest)
    return batch.panels.float() - before.float()


def alone(needles: Needles) -> torch.Tensor:
    """The needles over the noise, (row, panel=3, time, frequency)."""
    columns, intensity = rendered(needles, FREQUENCY_BINS, CPU)
    assert (columns.diff(dim=-1) == 1).all()  # so that none is there twice
    return torch.zeros(len(needles), 3, TIME_BINS, 256).scatter_add(-1, columns, intensity)


def snr_of(signal: torch.Tensor) -> np.ndarray:
    return signal.flatten(1).norm(dim=1).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_each_needle_has_its_snr_partial_or_not(kind):
    needles = drawn(20, [kind])
    np.testing.assert_allclose(snr_of(alone(needles)), needles.snr, rtol=1e-5)


def test_a_needle_shines_at_its_path_as_wide_as_it_is_and_nowhere_where_it_is_dark():
    # The middles of bins tell the moments of a Gaussian that is two bins wide or more.
    wide = {kind: shape | {"width": ["uniform", 2, 4]} for kind, shape in NEEDLES.items()}
    needles = drawn(30, needles=wide)
    signal = alone(needles)
    assert not signal[torch.from_numpy(needles.brightness == 0)].any()
    lit = needles.brightness > 0.1
    in_bins = signal.sum(-1)
    centre = (signal * torch.arange(256)).sum(-1) / in_bins
    np.testing.assert_allclose(centre.numpy()[lit], needles.path[lit], atol=0.01)
    spread = ((torch.arange(256) - centre[..., None]) ** 2 * signal).sum(-1) / in_bins
    widths = np.broadcast_to(needles.width[:, None, None], lit.shape)[lit]
    np.testing.assert_allclose(spread.sqrt().numpy()[lit] * 2.3548, widths, rtol=0.01)


def test_a_path_that_leaves_the_band_is_seen_in_the_band_alone():
    path = np.linspace(-40, 300, 3 * TIME_BINS, dtype=np.float32).reshape(1, 3, TIME_BINS)
    one = np.ones(1, np.float32)
    needles = Needles(path, np.ones_like(path), one, 50 * one)
    signal = alone(needles)
    assert snr_of(signal) == pytest.approx(50)
    outside = torch.from_numpy((path < -2) | (path > 257))
    assert signal[outside].max() < 1e-4 * signal.max()
    inside = (path > 1) & (path < 254)
    np.testing.assert_allclose(signal.argmax(-1).numpy()[inside], path[inside], atol=0.5001)


def test_a_batch_is_its_rows_one_by_one():
    rng = np.random.default_rng(5)
    one_by_one = [alone(draw_needles(KINDS, SETTINGS, COMPETITION, [rng]))[0] for _ in range(10)]
    torch.testing.assert_close(torch.stack(one_by_one), alone(drawn(10, seed=5)))


def test_equal_seeds_change_a_batch_equally():
    first, again, other = (added(noise(4), range(4), drawn(4, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_on_panels_of_these_rows_get_a_needle_and_nothing_else_does():
    channels = ("zscored.on", "zscored.off", "residual.mask", "off_normalized.on")
    batch = noise(5, channels)
    change = added(batch, [3, 1], needles := drawn(2))
    assert not change[[0, 2, 4]].any()
    assert not change[:, 1:3].any()
    for channel in (0, 3):
        np.testing.assert_allclose(snr_of(change[[3, 1], channel]), needles.snr, rtol=0.1)
    assert batch.labels.tolist() == [0.5, 1, 0.5, 1, 0.5]


def test_of_six_panels_the_off_panels_stay_as_they_are():
    change = added(noise(3, ["zscored.all", "off_normalized.all"]), range(3), needles := drawn(3))
    assert not change[:, :, 1::2].any()
    np.testing.assert_allclose(snr_of(change[:, 1, ::2]), needles.snr, rtol=0.1)


def test_float16_panels_are_as_float32_panels_but_for_rounding():
    whole, half = noise(4), noise(4, dtype=torch.float16)
    for batch in (whole, half):
        inject(batch, range(4), drawn(4), 20)
    assert half.panels.dtype == torch.float16
    torch.testing.assert_close(half.panels.float(), whole.panels, atol=0.02, rtol=0.002)


def test_snr_is_against_the_noise_of_each_panel():
    batch = noise(40, ["off_normalized.on"])
    factors = torch.tensor([0.5, 1, 2])[:, None, None]
    batch.panels[:, 0] *= factors
    change = added(batch, range(40), needles := drawn(40, partial=WHOLE))[:, 0] / factors
    for panel in range(3):
        ratio = snr_of(change[:, panel]) / snr_of(alone(needles)[:, panel])
        np.testing.assert_allclose(ratio, 1, atol=0.12)  # 3.5 errors
        assert ratio.mean() == pytest.approx(1, abs=0.02)


def test_noise_is_told_beside_rfi_and_is_none_in_blank_time_bins():
    panels = noise(20).panels[:, 0] * 0.3
    panels[..., 60:64] += 30 * torch.rand(20, 3, TIME_BINS, 1)  # a carrier
    panels += 5 * torch.randn(20, 3, TIME_BINS, 1)  # a gain that drifts
    panels += torch.sin(torch.arange(256) / 5)  # ripple of the band
    panels[:, 1, 7:12] = 0
    level = noise_of(panels[[3, 7, 9, 11, 13]])
    assert level.shape == (5, 3, TIME_BINS, 1)
    blank = torch.zeros(5, 3, TIME_BINS, 1, dtype=torch.bool)
    blank[:, 1, 7:12] = True
    assert not level[blank].any()
    np.testing.assert_allclose(level[~blank], 0.3, rtol=0.12)
    assert level[~blank].mean() == pytest.approx(0.3, rel=0.03)


def test_nothing_is_brighter_than_what_stores_are_clipped_to():
    batch = noise(4)
    inject(batch, range(4), drawn(4, ["dot"], snr=500), 20)
    assert batch.panels[:, 0].amax(dim=(1, 2, 3)).tolist() == [20] * 4


def test_a_zscored_panel_does_not_tell_by_its_mean_and_deviation_that_it_has_a_needle():
    batch = noise(4, ["zscored.all", "flattened.all"])
    batch.panels = standardize(batch.panels, (3, 4))
    needles = drawn(4, ["straight"], partial=WHOLE)
    expected = noise_of(batch.panels[:, 0, ::2]) * alone(needles)
    change = added(batch, range(4), needles)
    mean, deviation = batch.panels.mean((3, 4)), batch.panels.std((3, 4), correction=0)
    assert mean[:, 0].abs().max() < 1e-6
    assert (deviation[:, 0] - 1).abs().max() < 1e-6 and deviation[:, 1, ::2].min() > 1.001
    assert not change[:, :, 1::2].any()
    # Yet the needle is there.
    matched = (change[:, 0, ::2] * expected).sum((1, 2, 3)) / expected.square().sum((1, 2, 3))
    np.testing.assert_allclose(matched, 1, atol=0.03)


def test_as_many_needles_as_rows_are_needed_and_none_is_no_mistake():
    with pytest.raises(ValueError, match="2 needles for 3 rows"):
        inject(noise(3), range(3), drawn(2), 20)
    assert not added(noise(3), [], drawn(0)).any()


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        (["flattened.on", "nmf.on"], "channel nmf.on: .* allowed: flattened, off_normalized, z"),
        (["normalized.all"], "channel normalized.all: "),
        (["flattened.on", "residual.off"], "channel residual.off: "),
        (["flattened.off", "residual.mask"], "flattened.off, residual.mask: none shows the ON"),
    ],
)
def test_channels_that_no_needle_can_be_added_to_are_refused(channels, message):
    with pytest.raises(ValueError, match=message):
        check_channels(channels)
    with pytest.raises(ValueError, match=message):
        inject(noise(1, channels), [0], drawn(1), 20)


def cadences(rows: int, store: str = "flattened") -> tuple[PanelBatch, PanelBatch]:
    """The same cadences as one channel of six panels, and as a channel of ON panels and one of OFF panels."""
    six = noise(rows, [f"{store}.all"])
    sides = torch.stack([six.panels[:, 0, 0::2], six.panels[:, 0, 1::2]], 1)
    return six, PanelBatch(sides, six.labels.clone(), (f"{store}.on", f"{store}.off"))


def test_an_arrangement_of_off_panels_is_that_of_the_injected_cadences():
    for batch in cadences(5):
        six = cadences(5)[0].panels[:, 0].numpy()
        batch.generators = generators(2, range(5))
        arrange(batch, [4, 0])
        for row in (4, 0):
            six[row] = off_panels_alone(TIME_BINS, generators(2, [row])[0]).of(six[row])
        panels = batch.panels
        if len(batch.channels) == 2:
            panels = torch.stack([panels[:, 0], panels[:, 1]], 2).flatten(1, 2)[:, None]
        np.testing.assert_array_equal(panels[:, 0], six)
        assert batch.labels.tolist() == [0, 0.5, 0.5, 0.5, 0]


def test_all_channels_are_arranged_alike_and_masks_stay():
    on, off = cadences(3)[1].panels.unbind(1)
    panels = torch.stack([on, on, torch.ones_like(on), off, off], 1)
    channels = ("zscored.on", "flattened.on", "residual.mask", "flattened.off", "zscored.off")
    batch = PanelBatch(panels.clone(), torch.ones(3), channels, generators(0, range(3)))
    arrange(batch, range(3))
    assert torch.equal(batch.panels[:, 0], batch.panels[:, 1])
    assert not torch.equal(batch.panels[:, 0], on)
    assert torch.equal(batch.panels[:, 2:], panels[:, 2:])


def test_without_the_off_panels_of_a_store_nothing_is_arranged():
    channels = ["zscored.all", "flattened.on", "off_normalized.off"]
    with pytest.raises(ValueError, match="channel flattened.on: .* need flattened.off too; .*all"):
        check_sides(channels)
    check_sides([*BOTH, "zscored.all", "residual.mask"])
    batch = noise(1, ["flattened.on"])
    before = batch.panels.clone()
    with pytest.raises(ValueError, match="channel flattened.on"):
        arrange(batch, [0])
    arrange(batch, [])
    assert torch.equal(batch.panels, before)
