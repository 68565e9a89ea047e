"""HDR and wide colours come out as SDR in BT.709, for cues and reel alike, and mix with SDR."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.cues.pictures import CONSTANTS, PictureMeter
from matchreel.media.colours import HLG, PQ
from matchreel.media.cut import Encoding
from matchreel.reel.cutting import common_encoding
from support.odd_pictures import H264, SCENE, TAGS_709, UNSAID, captured, cut, encode, hdr, probed, seen

TRANSFERS = {HLG: "arib-std-b67", PQ: "smpte2084"}
SDR = ("-vf", TAGS_709, *H264)
PLAIN = ("-vf", UNSAID, *H264)
GRASS, WHITE, RED = (16, 8), (16, 40), (16, 56)


@pytest.mark.parametrize("kind", sorted(TRANSFERS))
def test_it_looks_as_in_sdr(tmp_path: Path, kind: str) -> None:
    path, plain = (
        encode(tmp_path / "a.mkv", SCENE, *hdr(TRANSFERS[kind])),
        encode(tmp_path / "b.mkv", SCENE, *SDR),
    )
    assert probed(path).video.colour == kind  # type: ignore[union-attr]
    mapped, meant = seen(path)[3].astype(int), seen(plain)[3].astype(int)
    for at in (GRASS, RED):
        assert np.abs(mapped[at] - meant[at]).max() <= 6
    assert (mapped[WHITE] > 190).all()
    assert (
        np.abs(seen(path, height=27, width=47)[3][12, 5].astype(int) - meant[GRASS]).max() <= 6
    )  # odd sizes
    cues = [PictureMeter(36, 64, CONSTANTS).measure(seen(p)) for p in (path, plain)]
    assert cues[0].grass_share == pytest.approx(cues[1].grass_share, abs=0.02)
    frame = cut(path, 0.5, 1.5)[3]
    assert frame.format.name == "yuv420p"
    assert (int(frame.color_trc), int(frame.colorspace), int(frame.color_primaries)) == (1, 1, 1)
    assert np.abs(frame.to_ndarray(format="rgb24")[GRASS].astype(int) - meant[GRASS]).max() <= 6


def test_wide_colours_without_hdr(tmp_path: Path) -> None:
    chain = f"{TAGS_709},zscale=p=bt2020:t=bt2020-10:m=2020_ncl,format=yuv420p10le"
    tags = ("-color_primaries", "bt2020", "-color_trc", "bt2020-10", "-colorspace", "bt2020nc")
    path = encode(tmp_path / "a.mkv", SCENE, "-vf", chain, *H264, *tags)
    plain = encode(tmp_path / "b.mkv", SCENE, *SDR)
    for at in (GRASS, WHITE, RED):
        assert np.abs(seen(path)[3][at].astype(int) - seen(plain)[3][at]).max() <= 6
    assert int(cut(path, 0.5, 1.5)[3].colorspace) == 1


def test_ten_bits_of_sdr_stay_as_they_are(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", SCENE, "-vf", f"{TAGS_709},format=yuv420p10le", *H264)
    frame = cut(path, 0.5, 1.5)[3]
    assert (frame.format.name, int(frame.color_trc), int(frame.colorspace)) == ("yuv420p", 1, 1)


def test_metadata_of_hdr_is_not_handed_on(tmp_path: Path) -> None:
    options = hdr(TRANSFERS[PQ])
    light = (
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    )
    x265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"log-level=none:pools=1:{light}")
    path = encode(tmp_path / "a.mkv", SCENE, *options, *x265, seconds=1)
    with av.open(str(path)) as container:
        assert len(list(next(container.decode(video=0)).side_data)) >= 2
    names = {data.type.name for data in cut(path, 0.2, 0.8)[0].side_data}
    assert not names & {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"}


@pytest.mark.parametrize("plain", [SDR, PLAIN], ids=["tagged", "untagged"])
def test_a_recording_of_both(tmp_path: Path, plain: tuple[str, ...]) -> None:
    pieces = [(SCENE, plain, 2), (SCENE, hdr(TRANSFERS[HLG]), 2), (SCENE, plain, 2)]
    path = captured(tmp_path / "a.ts", pieces)
    video = probed(path).video
    assert video is not None
    assert (video.colour, len(video.sdr_spans)) == (HLG, 2)
    levels = seen(path)[:, WHITE[0], WHITE[1]].mean(axis=1)
    assert (levels[[*range(10), *range(20, 29)]] > 240).all()
    assert (levels[10:20] < 230).all()
    assert (seen(path, first_step=15)[:, WHITE[0], WHITE[1]].mean(axis=1) > 240).tolist()[:10] == [
        False
    ] * 5 + [True] * 5
    frames = cut(path, 3, 5, as_bt709=True)
    assert {int(frame.colorspace) for frame in frames} == {1}
    white = [frame.to_ndarray(format="rgb24")[WHITE].mean() > 240 for frame in frames]
    assert white == [False] * 25 + [True] * 25


def test_a_game_of_both_has_clips_that_are_alike(tmp_path: Path) -> None:
    parts = [
        encode(tmp_path / "1.mkv", SCENE, *hdr(TRANSFERS[PQ])),
        encode(tmp_path / "2.mkv", SCENE, *PLAIN),
    ]
    unified = common_encoding(map(probed, parts), Encoding(12, "ultrafast", 128, None, None, 0.0))
    assert unified.as_bt709
    tags = set()
    for path in parts:
        frame = cut(path, 0.5, 1.5, as_bt709=unified.as_bt709)[0]
        tags.add(
            (int(frame.color_trc), int(frame.colorspace), int(frame.color_primaries), int(frame.color_range))
        )
    assert len(tags) == 1
