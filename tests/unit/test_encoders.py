"""Which encoder is taken, and what it is told."""

from __future__ import annotations

import pytest

from matchreel.errors import ToolError
from matchreel.media.commands import Encoding, picture_options
from matchreel.media.encoders import AUTO, HARDWARE, SOFTWARE, choose_encoder, encoder_options, encodes

PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)


@pytest.mark.parametrize(
    ("working", "expected"),
    [
        (set(), SOFTWARE),
        ({"h264_nvenc", "h264_qsv"}, "h264_nvenc"),
        ({"h264_vaapi", "h264_qsv"}, "h264_qsv"),
        ({"h264_videotoolbox"}, "h264_videotoolbox"),
    ],
)
def test_auto_takes_the_first_that_works(working, expected):
    tried = []

    def works(encoder, ffmpeg):
        tried.append(encoder)
        return encoder in working

    assert choose_encoder(AUTO, ffmpeg="bundled", works=works) == expected
    assert tried == list(HARDWARE[: len(tried)])
    assert choose_encoder(SOFTWARE, ffmpeg="bundled", works=works) == SOFTWARE


def test_a_named_one_that_does_not_work_is_one_line():
    with pytest.raises(ToolError, match=r"h264_nvenc does not work on this machine\. Set reel.encoder: auto"):
        choose_encoder("h264_nvenc", ffmpeg="bundled", works=lambda *_: False)
    assert choose_encoder("h264_nvenc", ffmpeg="bundled", works=lambda *_: True) == "h264_nvenc"


def test_trying_is_a_real_encode():
    assert encodes(SOFTWARE, "bundled")
    assert not encodes("h264_nvenc", "/nowhere/ffmpeg")


@pytest.mark.parametrize("encoder", [SOFTWARE, *HARDWARE])
@pytest.mark.parametrize("preset", PRESETS)
def test_quality_and_preset_reach_every_encoder(encoder, preset):
    better, worse = (encoder_options(encoder, crf=crf, preset=preset) for crf in (10, 40))
    assert better["c:v"] == encoder and better != worse
    told = picture_options(Encoding(20, preset, 128, None, None, 0.0, encoder=encoder), 25)
    assert told["g"] == 50
