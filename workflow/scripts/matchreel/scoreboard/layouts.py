"""Where the score bug is: texts that come back around a clock that runs with the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matchreel.scoreboard.bug import Box, BugLayout
from matchreel.scoreboard.text_reader import Text
from matchreel.scoreboard.texts import ClockText, find_clock, find_goals, find_minute, find_score, without

# A clock runs with the recording if it keeps within this of it; one without seconds within a minute more.
_TOLERANCE_SECONDS = 2.0
_MINUTE_TOLERANCE_SECONDS = 60.0
_MIN_PICTURES, _MIN_SPAN_SECONDS, _MIN_MINUTES, _MIN_PLAIN_MINUTES = 3, 4.0, 3, 5
# Of the clock's height: how far places of one clock differ, and what rows and gaps belong to the bug.
_SAME_PLACE, _ROWS_REACH, _GAP = 1.0, 2.4, 4.5
_RECURS_SHARE = 0.3  # of the pictures with that clock: what comes back so often is part of the bug
_MAX_LAYOUTS, _MAX_LINES = 3, 4
_WIDER = 2.5  # of its height: how much further a row of names is read where no figures were found
_CLOCK_MARGIN = 0.2
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
    is_marked: bool  # written as a clock; else a plain number that may be one of minutes
    is_whole: bool  # a text of its own


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
                is_whole = len(text.text.strip()) - (clock.end - clock.start) <= 1
                place = _piece(text, clock)
                rows.append(_Candidate(index, picture.seconds, clock, place, True, is_whole))
                continue
            numbers = {find_minute(text.text, is_last=is_last) for is_last in (True, False)}
            for minute in sorted((number for number in numbers if number), key=lambda number: number.start):
                rows.append(_Candidate(index, picture.seconds, minute, _piece(text, minute), False, False))
    return rows


def _piece(text: Text, clock: ClockText) -> Text:
    """Where in a line the clock is: letters are taken for equally wide."""
    unit = text.width / max(len(text.text), 1)
    return replace(text, x=text.x + unit * clock.start, width=max(unit * (clock.end - clock.start), unit))


def _same_places(rows: Sequence[_Candidate]) -> list[list[_Candidate]]:
    groups = list[list[_Candidate]]()
    for row in rows:
        near = (
            group
            for group in groups
            if _is_near(row.place, group[0].place) and row.clock.has_seconds == group[0].clock.has_seconds
        )
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
    is_exact = group[0].clock.has_seconds
    tolerance = _TOLERANCE_SECONDS if is_exact else _MINUTE_TOLERANCE_SECONDS
    left, kept = list(group), list[_Candidate]()
    while left:
        ahead = np.array([row.clock.seconds - row.seconds for row in left])
        near = np.abs(ahead[:, None] - ahead[None, :]) <= tolerance
        best = int(near.sum(axis=1).argmax())
        run = [row for row, is_near in zip(left, near[best], strict=True) if is_near]
        if not _is_run(run, is_exact=is_exact):
            break
        kept += run
        left = [row for row, is_near in zip(left, near[best], strict=True) if not is_near]
    if not is_exact:
        # Goals and shirt numbers do not go on by one a minute.
        is_marked = sum(row.is_marked for row in kept) * 2 > len(kept)
        if len({row.clock.seconds for row in kept}) < (_MIN_MINUTES if is_marked else _MIN_PLAIN_MINUTES):
            return []
    return sorted(kept, key=lambda row: row.index)


def _is_run(run: Sequence[_Candidate], *, is_exact: bool) -> bool:
    times = {row.seconds for row in run}
    if len(times) < _MIN_PICTURES or max(times) - min(times) < _MIN_SPAN_SECONDS:
        return False
    return is_exact or len({row.clock.seconds for row in run}) >= 2


def _layout_around(running: Sequence[_Candidate], searched: Sequence[Searched]) -> tuple[BugLayout, bool]:
    """The layout, and whether a score was among its texts."""
    clock = _median_box([row.place for row in running])
    members = sorted({row.index for row in running})
    size = searched[members[0]]
    mask = _recurring(clock, [searched[index] for index in members])
    texts = [text for index in members for text in searched[index].texts if _covered(text, mask) >= 0.5]
    lines = _lines(texts, mask, clock)
    has_score = any(_has_score(text) for text in texts)
    if not has_score:
        # Figures in boxes of their own are seldom found: they may be at either end of the rows of names.
        lines = [box if _holds(box, clock) else _wider(box) for box in lines]
    if sum(row.is_whole for row in running) * 2 > len(running):
        pieces = [_around_clock(box, clock) if _holds(box, clock) else [box] for box in lines]
        lines = [box for row in pieces for box in row]
    shares = [_as_share(box, size) for box in lines]
    is_exact = running[0].clock.has_seconds
    layout = BugLayout(_around(shares), _as_share(clock, size), tuple(shares), len(members), is_exact)
    return layout, has_score


def _around_clock(row: Box, clock: Box) -> list[Box]:
    """The clock, and what is left and right of it in its row: each is read alone, and only if it changed."""
    x, y, width, height = row
    margin = _CLOCK_MARGIN * clock[3]
    left, right = clock[0] - margin, clock[0] + clock[2] + margin
    pieces = [(left, y, right - left, height)]
    pieces += [(x, y, left - x, height)] if left - x > height else []
    pieces += [(right, y, x + width - right, height)] if x + width - right > height else []
    return pieces


def _has_score(text: Text) -> bool:
    rest = without(text.text, find_clock(text.text))
    return find_score(rest) is not None or find_goals(rest) is not None


def _holds(box: Box, inner: Box) -> bool:
    """Whether the middle of one box is in another."""
    x, y = inner[0] + inner[2] / 2, inner[1] + inner[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def _wider(box: Box) -> Box:
    x, y, width, height = box
    return x - _WIDER * height, y, width + 2 * _WIDER * height, height


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
    boxes = _apart(boxes)
    middle_y = clock[1] + clock[3] / 2
    boxes.sort(key=lambda box: (not _holds(box, clock), abs(box[1] + box[3] / 2 - middle_y)))
    return boxes[:_MAX_LINES] or [clock]


def _apart(boxes: Sequence[Box]) -> list[Box]:
    """Rows, from the top down, that end where the next one begins: half way between their middles."""
    cut = list(boxes)
    for upper in range(len(cut)):
        for lower in range(upper + 1, len(cut)):
            (x, y, width, height), (low_x, low_y, low_width, low_height) = cut[upper], cut[lower]
            if low_y >= y + height or low_x >= x + width or x >= low_x + low_width:
                continue
            border = (y + height / 2 + low_y + low_height / 2) / 2
            cut[upper] = x, y, width, border - y
            cut[lower] = low_x, border, low_width, low_y + low_height - border
    return cut


def _as_share(box: Box, size: Searched) -> Box:
    x, y, width, height = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + width, size.width), min(y + height, size.height)
    return left / size.width, top / size.height, (right - left) / size.width, (bottom - top) / size.height


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
