"""The published reel: captions burned in, a title card, crossfades between copied bodies, a copied reel beside it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.errors import InputError
from matchreel.graphics.words import GameNames
from matchreel.match_clock import MatchClock
from matchreel.media.commands import Encoding
from matchreel.media.loudness import LoudnessGoal
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.reel.finish import LOSSLESS_NAME, Finish, FinishedReel, make_reel
from matchreel.reel.layout import Layout, planned_layout
from support.media import read_number, read_shown
from support.odd_media import encode
from support.reels import FACTS, HIGHLIGHTS, PLAN, cut, make_parts

PLAIN = Encoding(18, "ultrafast", 96, None, None, 0.01)
AS_IT_IS = Finish(0.0, "en", 0.0, 0.0, LoudnessGoal(None, -1.5), False)
KNOWN = {"kickoff_seconds": {"1": 0.0}, "score_seconds": {"1": [[0.5, "1-0"]]}}
NAMES = GameNames("한양 유나이티드", "Łódź – Malmö", "2030-04-12", MatchClock.load(KNOWN))
WIDTH, HEIGHT = 320, 180


def highlight(part: str, start: float, end: float, label: str = "Goal") -> PlannedHighlight:
    return PlannedHighlight(part, start, end, None, label, 1.0, {})


def make(
    folder: Path, videos: dict[str, Path], rows: list[PlannedHighlight], finish: Finish, **how: object
) -> FinishedReel:
    folder.mkdir()
    probes = {part: probe_file(path, game="derby", part=part) for part, path in videos.items()}
    told = {"names": NAMES, "encoding": PLAIN, "threads": 2, **how}
    return make_reel(
        highlights=rows, videos=videos, probes=probes, folder=folder, finish=finish, ffmpeg="bundled", **told
    )  # type: ignore[arg-type]


def frames(path: Path) -> list[np.ndarray]:
    """(H, W, 3) uint8 of every frame, as they are coded (no conversion of colour)."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """Ten seconds of plain mid-green in BT.709 with a tone, in a folder that is hard to name."""
    path = tmp_path_factory.mktemp("-a game's ⚽ %d – 경기") / "1.mkv"
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-y", "-f", "lavfi", "-i"]
    command += [
        f"color=0x308040:s={WIDTH}x{HEIGHT}:r=25:d=10,format=yuv420p,{tags}",
        "-f",
        "lavfi",
        "-i",
        "sine=d=10",
    ]
    command += [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "60",
        "-threads",
        "1",
        "-c:a",
        "aac",
        f"file:{path}",
    ]
    subprocess.run(command, check=True)
    return path


def test_a_caption_is_shown_for_its_time_and_changes_nothing_else(video, tmp_path):
    rows = [highlight("1", 1, 7)]
    made = make(tmp_path / "out", {"1": video}, rows, replace(AS_IT_IS, lower_third_seconds=2.0))
    plain = make(tmp_path / "plain", {"1": video}, rows, AS_IT_IS)
    shown, bare = frames(made.clips[0].clip_path), frames(plain.clips[0].clip_path)
    assert len(shown) == len(bare) == 150
    changed = [np.abs(a[:HEIGHT].astype(int) - b[:HEIGHT]) > 12 for a, b in zip(shown, bare, strict=True)]
    seen = [bool(mask.any()) for mask in changed]
    first, last = seen.index(True), len(seen) - 1 - seen[::-1].index(True)
    assert first in range(10, 14) and last in range(56, 60), "from 0.4 s for 2 s, faded at both ends"
    rows_changed, columns = np.nonzero(changed[35])
    assert rows_changed.min() > HEIGHT * 0.6 and columns.min() >= 15 and columns.max() < WIDTH * 0.95
    assert int(shown[35][:HEIGHT].max()) > 200 > int(bare[35][:HEIGHT].max()), "white letters"
    for a, b in ((shown[35][:90], bare[35][:90]), (shown[100], bare[100])):
        assert np.abs(a.astype(int) - b).max() <= 3, "the picture's own colours stay"


@pytest.mark.slow
def test_title_card_and_captions_through_the_step(tmp_path):
    (tmp_path / "parts").mkdir()
    paths = make_parts(tmp_path / "parts")
    facts = {**FACTS, "away": "한양 유나이티드"}
    told = cut(
        paths,
        PLAN,
        tmp_path / "tiny",
        facts=facts,
        title_card_seconds=1.5,
        lower_third_seconds=2,
        language="ko",
    )
    starts = [row["reel_start_seconds"] for row in told["highlights"]]
    lengths = [row["end_seconds"] - row["start_seconds"] for row in told["highlights"]]
    assert starts == pytest.approx([1.5 + sum(lengths[:k]) for k in range(3)], abs=0.04)
    assert told["reel_seconds"] == pytest.approx(1.5 + sum(lengths), abs=0.04)
    with av.open(str(tmp_path / "tiny/reel.mp4")) as container:
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
        second = float(container.chapters()[1]["start"] * container.chapters()[1]["time_base"])
    assert titles == ["하이라이트", "골 00:07, 전반", "주요 장면 00:20, 전반", "유효 슈팅 00:36, 후반"]
    assert second == pytest.approx(starts[0], abs=0.001)
    with pytest.raises(InputError, match=r"the names of tiny: .* the fonts have no SOCCER BALL"):
        cut(paths, PLAN, tmp_path / "ball", facts=FACTS, title_card_seconds=1.5)
    assert not (tmp_path / "ball").exists()
    assert cut(paths, replace(PLAN, highlights=HIGHLIGHTS[:1]), tmp_path / "none", facts=FACTS)["highlights"]


def test_crossfades_touch_only_their_own_frames(tmp_path):
    path = encode(tmp_path / "1.mp4", num_frames=300, options=("-c:a", "aac"))
    rows = [highlight("1", 0.6, 2.6), highlight("1", 4.5, 6.1), highlight("1", 9, 11.04)]
    finish = replace(AS_IT_IS, crossfade_seconds=0.4, title_card_seconds=1.6)
    made = make(tmp_path / "out", {"1": path}, rows, finish)
    make(tmp_path / "again", {"1": path}, rows, finish, threads=1)
    reel = frames(tmp_path / "out/reel.mp4")
    assert len(reel) == 40 + 50 + 40 + 51 - 3 * 10 == round(made.duration_seconds * 25)
    assert made.starts_seconds == pytest.approx([1.2, 2.8, 4.0])
    for start, clip, (head, tail) in zip(
        made.starts_seconds, made.clips, [(10, 10), (10, 10), (10, 0)], strict=True
    ):
        own, first = frames(clip.clip_path), round(start * 25)
        for k in range(head, len(own) - tail):
            assert np.array_equal(reel[first + k], own[k]), (
                f"frame {k} of {clip.clip_path.name} was encoded again"
            )
    middle = reel[round(made.starts_seconds[1] * 25) + 5].astype(int)
    before, after = (frames(made.clips[k].clip_path)[n].astype(int) for k, n in ((0, 45), (1, 5)))
    assert np.abs(middle - (before + after) / 2).mean() < 6
    shown = read_shown(tmp_path / "out/reel.mp4")
    # Clicks at 1 and 2 s of the first clip's source, 5 and 6 of the second's, 10 and 11 of the third's.
    assert shown.clicks == pytest.approx([1.6, 2.6, 3.32, 4.32, 5.0, 6.0], abs=0.011)
    assert (tmp_path / "out/reel.mp4").read_bytes() == (tmp_path / "again/reel.mp4").read_bytes()


@pytest.mark.parametrize(
    ("lengths", "seconds", "fades", "starts"),
    [
        ([100, 100, 100], 0.4, (10, 10), (0, 90, 180)),
        ([100, 12, 100], 0.4, (4, 4), (0, 96, 104)),
        ([100, 5, 100], 0.4, (0, 0), (0, 100, 105)),
        ([100, 100], 0.0, (0,), (0, 100)),
        ([100], 2.0, (), (0,)),
    ],
)
def test_layout(lengths, seconds, fades, starts):
    layout = planned_layout(lengths, fade_seconds=seconds, rate_fps=Fraction(25))
    assert (layout.fade_frames, layout.starts_frames) == (fades, starts)
    assert layout.total_frames == starts[-1] + lengths[-1]
    with pytest.raises(ValueError, match="joints"):
        Layout((5, 5), (), Fraction(25))


def test_a_copied_reel_holds_the_recordings_own_frames(tmp_path):
    keyframes = ("-g", "50", "-bf", "2", "-c:a", "aac")
    videos = {part: encode(tmp_path / f"{part}.mkv", num_frames=300, options=keyframes) for part in "12"}
    made = make(
        tmp_path / "out",
        videos,
        [highlight("1", 3, 5), highlight("2", 8.5, 9.9)],
        replace(AS_IT_IS, lossless=True),
    )
    assert tuple(notice.text for notice in made.notices) == (
        f"{LOSSLESS_NAME} is copied without encoding: its clips start at keyframes, up to 1.0 s early",
    )
    shown = read_shown(tmp_path / "out" / LOSSLESS_NAME)
    numbers = list(shown.numbers)
    assert numbers[0] == 50 and set(range(50, 125)) <= set(numbers)
    second = numbers.index(200)
    assert set(range(200, 247)) <= set(numbers[second:]) and second - 75 <= 3
    own = frames(videos["1"])
    assert np.array_equal(frames(tmp_path / "out" / LOSSLESS_NAME)[30], own[80])
    assert shown.clicks[0] == pytest.approx(1.0, abs=0.03), (
        "the click of second 3, one second after the keyframe"
    )


def test_parts_that_differ_give_no_copied_reel_and_a_note(tmp_path):
    videos = {
        "1": encode(tmp_path / "1.mkv", num_frames=100, options=("-c:a", "aac")),
        "2": encode(tmp_path / "2.mkv", num_frames=100, options=("-vf", "scale=128:72", "-c:a", "aac")),
    }
    rows = [highlight("1", 1, 2), highlight("2", 1, 2)]
    made = make(tmp_path / "out", videos, rows, replace(AS_IT_IS, lossless=True))
    assert [notice.code for notice in made.notices] == ["lossless_parts_differ"]
    assert made.notices[0].text.startswith(f"There is no {LOSSLESS_NAME}: the parts differ")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"clips", "reel.mp4"}


@pytest.mark.slow
def test_fifty_clips_of_three_kinds_do_not_drift(tmp_path):
    """Rates, sizes, sample rates and missing sound mixed: every click and frame within 25 ms of its place."""
    videos = {
        "1": encode(tmp_path / "1.mp4", num_frames=250, options=("-c:a", "aac")),
        "2": encode(tmp_path / "2.mkv", rate_fps=Fraction(30000, 1001), num_frames=300, num_channels=1, options=("-vf", "scale=128:72:flags=neighbor", "-ar", "44100", "-c:a", "aac")),
        "full": encode(tmp_path / "full.mp4", rate_fps=Fraction(50), num_frames=500, sound=False),
    }  # fmt: skip
    rates = {"1": 25.0, "2": 30000 / 1001, "full": 50.0}
    rows = []
    for index in range(50):
        start = 0.55 + index * 0.1537 % 7.7
        rows.append(highlight(("1", "2", "full")[index % 3], start, start + 0.9 + index % 7 * 0.0431))
    made = make(tmp_path / "out", videos, rows, replace(AS_IT_IS, title_card_seconds=0.5))
    shown = read_shown(tmp_path / "out/reel.mp4")
    clicks = []
    for at, clip in zip(made.starts_seconds, made.clips, strict=True):
        part, inside = clip.highlight.part, clip.interval
        middle = shown.pictures[np.searchsorted(shown.seconds, at + 0.4 - 0.001)]
        source = read_number(middle) / rates[part]
        assert source == pytest.approx(inside.start_seconds + 0.4, abs=0.025 + 1 / rates[part])
        seconds = [s for s in range(1, 10) if inside.start_seconds + 0.02 < s < inside.end_seconds - 0.02]
        clicks += [] if part == "full" else [at + s - inside.start_seconds for s in seconds]
    heard = shown.clicks
    assert len(clicks) > 25
    offsets = [min(abs(heard - click)) for click in clicks]
    assert max(offsets) <= 0.025, f"worst {max(offsets) * 1000:.0f} ms"
