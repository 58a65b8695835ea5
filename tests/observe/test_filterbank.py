"""Files of telescopes are read to the numbers that they hold, or refused with what is wrong and allowed."""

import warnings

import numpy as np
import pytest
from made_files import CHANNEL, HEADER, SPECTRUM, spectra, write_hdf5, write_sigproc

from abacad.observe.filterbank import open_filterbank, read_header
from abacad.observe.listing import BadObservation

WRITERS = {".h5": write_hdf5, ".fil": write_sigproc}


@pytest.fixture(params=WRITERS)
def suffix(request) -> str:
    return request.param


def test_a_slice_holds_what_was_written_and_the_header_says_where(tmp_path, suffix):
    values = spectra()
    path = WRITERS[suffix](tmp_path / f"a{suffix}", values)
    with open_filterbank(path) as (header, data):
        assert data.shape == values.shape
        np.testing.assert_array_equal(data[3:20, 100:356], values[3:20, 100:356])
    assert (header.fch1, header.foff, header.tsamp) == (1500, CHANNEL, SPECTRUM)
    assert (header.spectra, header.nchans, header.tstart) == (279, 512, 57803)
    assert (header.source, header.telescope) == ("Voyager1", "GBT")
    assert header.ra == pytest.approx(17.21) and header.dec == pytest.approx(12.4)
    assert header.lowest == pytest.approx(1500 + 511.5 * CHANNEL)


def test_the_lowest_edge_is_half_a_channel_below_the_first_if_frequencies_rise(tmp_path, suffix):
    path = WRITERS[suffix](tmp_path / f"a{suffix}", spectra(), foff=-CHANNEL)
    assert read_header(path).lowest == pytest.approx(1500 + CHANNEL / 2)


def test_strings_may_be_bytes(tmp_path):
    assert read_header(write_hdf5(tmp_path / "a.h5", spectra(), as_bytes=True)).source == "Voyager1"


@pytest.mark.parametrize(("bits", "dtype"), [(8, "u1"), (16, "u2"), (32, "f4")])
def test_sigproc_files_of_8_16_and_32_bits(tmp_path, bits, dtype):
    values = np.random.default_rng(0).integers(0, 200, (30, 64)).astype(np.float32)
    with open_filterbank(write_sigproc(tmp_path / "a.fil", values, nbits=bits)) as (_, data):
        assert data.dtype == dtype
        np.testing.assert_array_equal(data[:, :], values)


def test_what_blimpy_reads_and_writes_is_the_same(tmp_path, suffix):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of pkg_resources
        from blimpy import Waterfall
    values = spectra(16, 64)
    path = WRITERS[suffix](tmp_path / f"a{suffix}", values)
    theirs = Waterfall(str(path))
    with open_filterbank(path) as (header, data):
        np.testing.assert_array_equal(data[:, :], theirs.data[:, 0])
        assert header.fch1 == theirs.header["fch1"] and header.foff == theirs.header["foff"]
    for written in ("b.h5", "b.fil"):
        getattr(theirs, {"b.h5": "write_to_hdf5", "b.fil": "write_to_fil"}[written])(
            str(tmp_path / written)
        )
        with open_filterbank(tmp_path / written) as (header, data):
            np.testing.assert_array_equal(data[:, :], values)
            assert header.source == "Voyager1"
            assert header.ra == pytest.approx(17.21, abs=1e-4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fch1": None}, "its header has no fch1"),
        ({"foff": 0.0}, "foff is 0.0; allowed: other than 0 MHz"),
        ({"tsamp": -1.0}, "tsamp is -1.0; allowed: above 0 seconds"),
        ({"fch1": float("nan")}, "fch1 is nan; allowed: a number"),
        ({"tstart": float("inf")}, "tstart is inf; allowed: a number"),
        ({"nifs": 4}, "nifs is 4; allowed: 1"),
        ({"nbeams": 13}, "nbeams is 13; allowed: 1"),
        ({"nchans": 0}, "nchans is 0; allowed: at least 1"),
    ],
)
def test_headers_that_cannot_be_right_are_refused(tmp_path, suffix, changed, said):
    path = WRITERS[suffix](tmp_path / f"a{suffix}", spectra(20, 64), **changed)
    with pytest.raises(BadObservation) as refused:
        read_header(path)
    assert f"{path}: {said}" in str(refused.value)


def test_other_files_are_refused(tmp_path):
    for name, content, said in (
        ("a.txt", b"", "ends with '.txt'; allowed: .h5, .hdf5, .fil"),
        ("a.h5", b"nonsense", "no HDF5 file, or cut off"),
        ("a.fil", b"nonsense and more of it", "no SIGPROC header"),
        ("b.fil", b"", "cut off within its header"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadObservation, match=said):
            read_header(tmp_path / name)
    with pytest.raises(BadObservation, match="missing.fil: No such file"):
        read_header(tmp_path / "missing.fil")


def test_a_file_that_is_cut_off_anywhere_is_refused_or_has_fewer_whole_spectra(tmp_path, suffix):
    whole = WRITERS[suffix](tmp_path / f"whole{suffix}", spectra(20, 64)).read_bytes()
    random = np.random.default_rng(1)
    for length in random.integers(0, len(whole), 60):
        path = tmp_path / f"cut{suffix}"
        path.write_bytes(whole[:length])
        try:
            with open_filterbank(path) as (header, data):
                data[:, :]
                assert suffix == ".fil" and header.spectra < 20
        except BadObservation as error:
            assert str(path) in str(error)


def test_a_header_with_any_wrong_bytes_ends_in_a_header_or_a_clear_refusal(tmp_path, suffix):
    whole = bytearray(WRITERS[suffix](tmp_path / f"whole{suffix}", spectra(20, 64)).read_bytes())
    random = np.random.default_rng(2)
    for _ in range(200):
        broken = bytearray(whole)
        for place in random.integers(0, min(len(whole), 2000), random.integers(1, 6)):
            broken[place] = random.integers(256)
        path = tmp_path / f"broken{suffix}"
        path.write_bytes(broken)
        try:
            with open_filterbank(path) as (_, data):
                data[:, :]
        except BadObservation as error:
            assert str(path) in str(error)


def test_keys_that_are_not_needed_may_be_missing(tmp_path, suffix):
    needed = {"fch1", "foff", "nchans", "tsamp", "tstart"} | (
        {"nbits"} if suffix == ".fil" else set()
    )
    path = WRITERS[suffix](
        tmp_path / f"a{suffix}",
        spectra(20, 64),
        **{key: None for key in HEADER if key not in needed},
    )
    header = read_header(path)
    assert (header.source, header.ra, header.telescope) == ("", None, "telescope 0")
