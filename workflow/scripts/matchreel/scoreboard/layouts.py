"""Where the score bug is: texts that come back around a clock that runs with the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matchreel.scoreboard.bug import Box, BugLayout
from matchreel.scoreboard.text_reader import Text
from matchreel.scoreboard.texts import ClockText, find_clock, find_score, without

# A clock runs with the recording if it keeps within this of it; one without seconds within a minute more.
_TOLERANCE_SECONDS = 2.0
_MIN_PICTURES, _MIN_SPAN_SECONDS, _MIN_MINUTES = 3, 4.0, 3
# Of the clock's height: how far places of one clock differ, and what rows and gaps belong to the bug.
_SAME_PLACE, _ROWS_REACH, _GAP = 1.0, 2.4, 4.5
_RECURS_SHARE = 0.3  # of the pictures with that clock: what comes back so often is part of the bug
_MAX_LAYOUTS, _MAX_LINES = 3, 4
_WITH_SCORE = 1.5  # what a score beside it counts for, of two clocks in the same pictures


@dataclass(frozen=True)
class Searched:
    """All text found in one picture of the part, in pixels of width x height."""

    seconds: float
    texts: tuple[Text, ...]
    width: int
    height: int


@dataclass(frozen=True)
class _Candidate:
    index: int  # of the picture
    seconds: float
    clock: ClockText
    place: Text  # of the clock alone


def find_layouts(searched: Sequence[Searched]) -> list[BugLayout]:
    """The layouts of the bug, that of most pictures first; none where no clock runs with the recording."""
    places = list[tuple[float, list[_Candidate], BugLayout]]()
    for group in _same_places(_candidates(searched)):
        running = _running(group)
        if running:
            layout, has_score = _layout_around(running, searched)
            places.append((len(running) * (_WITH_SCORE if has_score else 1.0), running, layout))
    chosen, taken = list[BugLayout](), set[int]()
    for _, running, layout in sorted(places, key=lambda row: -row[0]):
        pictures = {row.index for row in running}
        # Another clock beside the match's is none of it; the same clock at another place is.
        if len(pictures & taken) * 2 <= len(pictures) and len(chosen) < _MAX_LAYOUTS:
            chosen.append(layout)
            taken |= pictures
    return chosen


def _candidates(searched: Sequence[Searched]) -> list[_Candidate]:
    rows = list[_Candidate]()
    for index, picture in enumerate(searched):
        for text in picture.texts:
            clock = find_clock(text.text)
            if clock:
                rows.append(_Candidate(index, picture.seconds, clock, _piece(text, clock)))
    return rows


def _piece(text: Text, clock: ClockText) -> Text:
    """Where in a line the clock is: letters are taken for equally wide."""
    unit = text.width / max(len(text.text), 1)
    return replace(text, x=text.x + unit * clock.start, width=max(unit * (clock.end - clock.start), unit))


def _same_places(rows: Sequence[_Candidate]) -> list[list[_Candidate]]:
    groups = list[list[_Candidate]]()
    for row in rows:
        near = (group for group in groups if _is_near(row.place, group[0].place))
        group = next(near, None)
        if group is None:
            groups.append([row])
        else:
            group.append(row)
    return groups


def _is_near(one: Text, other: Text) -> bool:
    reach = _SAME_PLACE * min(one.height, other.height)
    (x, y), (other_x, other_y) = one.centre, other.centre
    is_like = max(one.height, other.height) <= 1.6 * min(one.height, other.height)
    return is_like and abs(y - other_y) <= reach / 2 and abs(x - other_x) <= 2 * reach


def _running(group: Sequence[_Candidate]) -> list[_Candidate]:
    """Those whose clock runs with the recording: each half, each cut, is a run of its own."""
    left, kept = list(group), list[_Candidate]()
    while left:
        tolerances = [_TOLERANCE_SECONDS + (0 if row.clock.has_seconds else 58) for row in left]
        ahead = np.array([row.clock.seconds - row.seconds for row in left])
        near = np.abs(ahead[:, None] - ahead[None, :]) <= np.array(tolerances)[None, :] / 1.0
        best = int(near.sum(axis=1).argmax())
        run = [row for row, is_near in zip(left, near[best], strict=True) if is_near]
        if not _is_run(run):
            break
        kept += run
        left = [row for row, is_near in zip(left, near[best], strict=True) if not is_near]
    return sorted(kept, key=lambda row: row.index)


def _is_run(run: Sequence[_Candidate]) -> bool:
    times = {row.seconds for row in run}
    if len(times) < _MIN_PICTURES or max(times) - min(times) < _MIN_SPAN_SECONDS:
        return False
    is_exact = sum(row.clock.has_seconds for row in run) * 2 > len(run)
    return is_exact or len({row.clock.seconds for row in run}) >= _MIN_MINUTES


def _layout_around(running: Sequence[_Candidate], searched: Sequence[Searched]) -> tuple[BugLayout, bool]:
    """The layout, and whether a score was among its texts."""
    clock = _median_box([row.place for row in running])
    members = sorted({row.index for row in running})
    size = searched[members[0]]
    mask = _recurring(clock, [searched[index] for index in members])
    texts = [text for index in members for text in searched[index].texts if _covered(text, mask) >= 0.5]
    lines = _lines(texts, mask, clock)
    has_score = any(find_score(without(text.text, find_clock(text.text))) for text in texts)
    shares = [_as_share(box, size) for box in lines]
    return BugLayout(_around(shares), _as_share(clock, size), tuple(shares), len(members)), has_score


def _median_box(places: Sequence[Text]) -> Box:
    rows = np.array([(text.x, text.y, text.width, text.height) for text in places])
    x, y, width, height = (float(value) for value in np.median(rows, axis=0))
    return x, y, width, height


def _recurring(clock: Box, members: Sequence[Searched]) -> npt.NDArray[np.bool_]:
    """(H, W) bool: pixels of text that comes back, in rows near the clock and linked to it by small gaps."""
    x, y, width, height = clock
    counts = np.zeros((members[0].height, members[0].width), dtype=np.int32)
    for member in members:
        covered = np.zeros(counts.shape, dtype=np.bool_)
        for text in member.texts:
            is_beside = abs(text.centre[1] - (y + height / 2)) <= _ROWS_REACH * height
            if is_beside and 0.4 * height <= text.height <= 2.5 * height:
                covered[_slices(text)] = True
        counts += covered
    counts[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1] = len(members)
    mask: npt.NDArray[np.bool_] = counts >= max(2, _RECURS_SHARE * len(members))
    # What is linked: columns reached from the clock over gaps.
    filled = np.flatnonzero(mask.any(axis=0))
    middle = x + width / 2
    right, left = (_reach(filled, middle, _GAP * height), -_reach(-filled[::-1], -middle, _GAP * height))
    mask[:, : max(int(left), 0)] = False
    mask[:, int(right) + 1 :] = False
    return mask


def _reach(filled: npt.NDArray[np.int64], start: float, gap: float) -> float:
    """How far to the right columns go on without a larger gap."""
    end = start
    for column in filled[filled >= start]:
        if column - end > gap:
            break
        end = float(column)
    return end


def _slices(text: Text) -> tuple[slice, slice]:
    top, left = max(int(text.y), 0), max(int(text.x), 0)
    return slice(top, int(text.y + text.height) + 1), slice(left, int(text.x + text.width) + 1)


def _covered(text: Text, mask: npt.NDArray[np.bool_]) -> float:
    piece = mask[_slices(text)]
    return float(piece.mean()) if piece.size else 0.0


def _lines(texts: Sequence[Text], mask: npt.NDArray[np.bool_], clock: Box) -> list[Box]:
    """The bug's rows of text, the nearest to the clock first: boxes in pixels."""
    rows = list[list[Text]]()
    for text in sorted(texts, key=lambda text: text.centre[1]):
        last = rows[-1] if rows else None
        middle = None if last is None else float(np.mean([row.centre[1] for row in last]))
        if last is not None and middle is not None and text.centre[1] - middle <= 0.5 * text.height:
            last.append(text)
        else:
            rows.append([text])
    boxes = list[Box]()
    for row in rows:
        _, top, _, height = _median_box(row)
        columns = np.flatnonzero(mask[int(top + height * 0.4) : int(top + height * 0.6) + 1].any(axis=0))
        if len(columns):
            margin = 0.25 * height
            left, right = columns[0] - margin, columns[-1] + 1 + margin
            boxes.append((float(left), top - margin / 2, float(right - left), height + margin))
    middle_y = clock[1] + clock[3] / 2
    boxes.sort(key=lambda box: abs(box[1] + box[3] / 2 - middle_y))
    return boxes[:_MAX_LINES] or [clock]


def _as_share(box: Box, size: Searched) -> Box:
    x, y, width, height = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + width, size.width), min(y + height, size.height)
    return left / size.width, top / size.height, (right - left) / size.width, (bottom - top) / size.height


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
