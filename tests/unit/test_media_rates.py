"""The measured frame rate: exact for what recordings really have, whatever the header says."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matchreel.media.demux import StreamTimes
from matchreel.media.rates import STANDARD_RATES, measure_rate

MILLISECOND, NTSC = Fraction(1, 1000), Fraction(30000, 1001)


def times(
    seconds: list[Fraction], header: Fraction | None, *, time_base: Fraction = MILLISECOND
) -> StreamTimes:
    pts = np.array([round(moment / time_base) for moment in seconds], dtype=np.int64)
    return StreamTimes(
        codec="h264", time_base=time_base, pts=pts, end_pts=int(pts[-1]) + 1, rate_fps=header,
        sample_rate_hz=0, num_channels=0,
    )  # fmt: skip


def steady(rate: Fraction, count: int) -> list[Fraction]:
    return [index / rate for index in range(count)]


@pytest.mark.parametrize("rate", STANDARD_RATES, ids=str)
@pytest.mark.parametrize("header", [None, Fraction(90000), Fraction(27)], ids=str)
def test_rates_are_read_off_the_packets(rate: Fraction, header: Fraction | None) -> None:
    found = measure_rate(times(steady(rate, 5000), header), is_interlaced=False)
    assert (found.rate_fps, found.is_variable) == (rate, False)


@pytest.mark.parametrize("header", [Fraction(30), NTSC])
def test_too_few_packets_to_tell_trust_the_header(header: Fraction) -> None:
    assert measure_rate(times(steady(header, 40), header), is_interlaced=False).rate_fps == header


@pytest.mark.parametrize("header", [Fraction(30), Fraction(25)])
def test_a_header_near_the_truth_does_not_pass_for_it(header: Fraction) -> None:
    assert measure_rate(times(steady(NTSC, 9000), header), is_interlaced=False).rate_fps == NTSC


def test_an_odd_rate_of_the_header_is_kept() -> None:
    odd = Fraction(18)
    assert measure_rate(times(steady(odd, 900), odd), is_interlaced=False).rate_fps == odd
    assert measure_rate(times(steady(odd, 900), None), is_interlaced=False).rate_fps == odd


def test_lost_pictures_do_not_make_the_rate_variable() -> None:
    kept = [moment for index, moment in enumerate(steady(Fraction(25), 3000)) if index % 100]
    found = measure_rate(times(kept, Fraction(25)), is_interlaced=False)
    assert (found.rate_fps, found.is_variable) == (25, False)


def test_a_phone_that_slows_down_in_the_dark() -> None:
    light, dark = steady(Fraction(30), 900), [30 + moment for moment in steady(Fraction(24), 400)]
    found = measure_rate(times(light + dark, Fraction(28)), is_interlaced=False)
    assert (found.rate_fps, found.is_variable) == (30, True)


@pytest.mark.parametrize(("is_interlaced", "expected"), [(True, 25), (False, 50)])
def test_fields_in_packets_of_their_own(is_interlaced: bool, expected: int) -> None:
    found = measure_rate(times(steady(Fraction(50), 900), Fraction(25)), is_interlaced=is_interlaced)
    assert found.rate_fps == expected


def test_one_picture() -> None:
    assert measure_rate(times([Fraction(0)], None), is_interlaced=False).rate_fps == 25
