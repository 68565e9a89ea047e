"""What whoever asked for a reel must know: a code and the values that it speaks of, said in two languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# Words that somebody wrote, which nobody can say in another language.
OWN_WORDS = "own_words"
NOTHING_FOUND = "nothing_found"
PROBE_OTHER = "probe_other"
# Code -> English, Korean. {names} are a notice's values, written as they are read.
TEXTS: Mapping[str, tuple[str, str]] = {
    OWN_WORDS: ("{text}", "{text}"),
    "no_sound": (
        "no sound in part {part}: judged by picture alone",
        "파트 {part}에 소리가 없어 화면만으로 판단했습니다",
    ),
    "sound_track": (
        "part {part}: sound track {silent} is silent, so track {track} of {count} is used",
        "파트 {part}: 음성 트랙 {silent}은(는) 소리가 없어 {count}개 중 {track}번 트랙을 썼습니다",
    ),
    "sound_default": (
        "part {part} has {count} sound tracks: track {track} is used, the recording's default",
        "파트 {part}에 음성 트랙이 {count}개 있어 녹화의 기본값인 {track}번 트랙을 썼습니다",
    ),
    "sound_changes": (
        "part {part}: the sound's track or format changes (places: {count}); it is used throughout",
        "파트 {part}: 도중에 음성 트랙이나 형식이 {count}번 바뀌며, 끝까지 모두 썼습니다",
    ),
    "sound_inverted": (
        "part {part}: the two sound channels are opposite and would cancel out: one was turned",
        "파트 {part}: 두 음성 채널의 위상이 반대여서 서로 상쇄되므로 한쪽을 뒤집었습니다",
    ),
    "shape_changes": (
        "part {part}: the picture has another size or shape for {seconds} s: shown there with black borders",
        "파트 {part}: {seconds}초 동안 화면의 크기나 비율이 달라 그 부분에는 검은 테두리를 넣었습니다",
    ),
    "hdr": (
        "part {part} is recorded in HDR or wide colours: shown in ordinary colours (SDR, BT.709)",
        "파트 {part}은(는) HDR 또는 넓은 색 영역으로 녹화되어 일반 색(SDR, BT.709)으로 바꿨습니다",
    ),
    "picture_damaged": (
        "part {part}: the picture is damaged at {at}; everything else is used as it is",
        "파트 {part}: {at}의 화면이 손상되어 있으며, 나머지는 그대로 썼습니다",
    ),
    "no_picture": (
        "no picture of play in part {part}: judged by sound alone",
        "파트 {part}에 경기 화면이 없어 소리만으로 판단했습니다",
    ),
    "below_threshold": (
        "no highlight: nothing reaches the threshold {threshold} (the best moment scores {best})",
        "하이라이트 없음: 기준 점수 {threshold}에 이른 장면이 없습니다(가장 높은 점수 {best})",
    ),
    "below_own_threshold": (
        "no highlight: nothing reaches its class's threshold (the best moment scores {best})",
        "하이라이트 없음: 종류별 기준 점수에 이른 장면이 없습니다(가장 높은 점수 {best})",
    ),
    "not_in_play": (
        "{count} moments left out: nothing is played then",
        "경기가 진행되지 않을 때의 장면 {count}개를 뺐습니다",
    ),
    "weaker_left_out": (
        "{count} weaker moments left out: the reel is limited to {limit} s",
        "영상 길이가 {limit}초로 제한되어 순위가 낮은 장면 {count}개를 뺐습니다",
    ),
    "goals_over_limit": (
        "the goals alone last {length} s even at their shortest: {over} s more than the {limit} s asked for",
        "골 장면만 가장 짧게 담아도 {length}초로, 요청한 {limit}초보다 {over}초 깁니다",
    ),
    "no_room": (
        "no highlight: there is no room for one in {limit} s",
        "하이라이트 없음: {limit}초에는 장면 하나도 담을 수 없습니다",
    ),
    "shown_twice": (
        "highlights {first} and {second} overlap: {seconds} s are shown twice",
        "{first}번과 {second}번 장면이 겹쳐 {seconds}초가 두 번 나옵니다",
    ),
    "edit_over_limit": (
        "edited by hand and longer than asked for: {length} instead of {limit}",
        "직접 편집한 영상이 요청한 길이보다 깁니다: {limit} 대신 {length}",
    ),
    "trained_on_this": (
        "{scorer} was trained on this very game, so it does better here than elsewhere",
        "{scorer}은(는) 바로 이 경기로 학습했으므로 다른 경기보다 결과가 좋게 나옵니다",
    ),
    "trained_elsewhere": (
        "{scorer} was trained on {learnt} games only and is used here on a {source} game",
        "{scorer}은(는) {learnt} 경기로만 학습했는데 여기서는 {source} 경기에 쓰였습니다",
    ),
    NOTHING_FOUND: (
        "No highlights: nothing in this game passed the selection, so there is no reel",
        "하이라이트 없음: 선택 기준을 넘은 장면이 없어 영상을 만들지 않았습니다",
    ),
    "no_kick_off": (
        "no kick-off seen after this goal: it may have been ruled out (VAR)",
        "이 골 뒤에 킥오프가 보이지 않아 취소된 골(VAR)일 수 있습니다",
    ),
    "play_went_on": (
        "play seems to have gone on after this goal: it may not have counted",
        "이 골 뒤에도 경기가 이어진 것으로 보여 인정되지 않은 골일 수 있습니다",
    ),
    "score_unchanged": (
        "the score on the screen does not change after this goal: it may not have counted",
        "이 골 뒤에도 화면의 점수가 바뀌지 않아 인정되지 않은 골일 수 있습니다",
    ),
    "loudness_missed": (
        "The reel's loudness is {measured} LUFS instead of {goal}: the sound is too quiet to be raised"
        " further (at most {gain} dB, peaks at most {peak} dBTP)",
        "영상의 음량이 {goal} 대신 {measured} LUFS입니다. 소리가 너무 작아 더 높일 수 없습니다"
        "(최대 {gain} dB, 피크 최대 {peak} dBTP)",
    ),
    "lossless_parts_differ": (
        "There is no {file}: the parts differ in codec, size, rate or sound, and copying keeps them",
        "파트마다 코덱, 크기, 프레임 수 또는 소리가 달라 그대로 복사할 수 없으므로 {file} 파일이 없습니다",
    ),
    "lossless_no_picture": (
        "There is no {file}: the recording has no picture",
        "녹화에 화면이 없어 {file} 파일이 없습니다",
    ),
    "damaged_here": (
        "the recording's picture is damaged here, from {start} to {end}",
        "{start}부터 {end}까지 녹화 화면이 손상되어 있습니다",
    ),
    "lossless_clock": (
        "There is no {file}: the recording's clock starts again in it, and copied packets keep their times",
        "녹화의 시계가 중간에 다시 시작해 패킷을 그대로 복사할 수 없으므로 {file} 파일이 없습니다",
    ),
    "lossless_failed": (
        "There is no {file}: its packets cannot be copied ({error})",
        "패킷을 복사할 수 없어 {file} 파일이 없습니다({error})",
    ),
    "lossless_early": (
        "{file} is copied without encoding: its clips start at keyframes, up to {seconds} s early",
        "{file}은(는) 인코딩하지 않고 복사해 장면이 키프레임에서 최대 {seconds}초 일찍 시작합니다",
    ),
    "events_not_shown": (
        "{count} events left out: the recording does not show them",
        "녹화에 나오지 않는 이벤트 {count}개를 뺐습니다",
    ),
    "keys_ignored": ("ignored: {keys}", "쓰지 않은 항목: {keys}"),
    "labels_unknown": (
        "no known label, so worth a Moment: {labels}",
        "모르는 종류라서 주요 장면으로 칩니다: {labels}",
    ),
    "probe_end_missing": (
        "part {part}: the last {seconds} s that the header promises are missing",
        "파트 {part}: 헤더에 적힌 마지막 {seconds}초가 없습니다",
    ),
    "probe_no_picture": ("part {part}: no picture", "파트 {part}: 화면이 없습니다"),
    "probe_gap": (
        "part {part}: no new picture for {seconds} s at {at}",
        "파트 {part}: {at}부터 {seconds}초 동안 새 화면이 없습니다",
    ),
    "probe_no_sound": ("part {part}: no sound", "파트 {part}: 소리가 없습니다"),
    "probe_sound_late": (
        "part {part}: sound starts {seconds} s after the picture",
        "파트 {part}: 소리가 화면보다 {seconds}초 늦게 시작합니다",
    ),
    "probe_sound_early": (
        "part {part}: sound starts {seconds} s before the picture",
        "파트 {part}: 소리가 화면보다 {seconds}초 먼저 시작합니다",
    ),
    "probe_sound_ends": (
        "part {part}: sound ends {seconds} s before the picture",
        "파트 {part}: 소리가 화면보다 {seconds}초 먼저 끝납니다",
    ),
    "probe_variable_rate": (
        "part {part}: variable frame rate",
        "파트 {part}: 프레임 속도가 일정하지 않습니다",
    ),
    "probe_interlaced": ("part {part}: interlaced", "파트 {part}: 인터레이스 영상입니다"),
    "probe_aspect": (
        "part {part}: pixels are not square ({aspect})",
        "파트 {part}: 픽셀이 정사각형이 아닙니다({aspect})",
    ),
    "probe_rotated": (
        "part {part}: rotated by {degrees} degrees",
        "파트 {part}: {degrees}도 회전된 영상입니다",
    ),
    "probe_clock_back": (
        "part {part}: its clock goes back by {back} at {at}: what follows there is put after what was before",
        "파트 {part}: {at}에 녹화의 시계가 {back}만큼 되돌아가므로 그 뒤를 앞에 이어 붙였습니다",
    ),
    "probe_clock_more": (
        "part {part}: {count} more such places",
        "파트 {part}: 이런 곳이 {count}군데 더 있습니다",
    ),
    # What has no row of its own yet, in its own words.
    PROBE_OTHER: ("part {part}: {problem}", "파트 {part}: {problem}"),
}


@dataclass(frozen=True)
class Notice:
    """One thing to know. values: what its text's {names} stand for. text: the same in English."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        """ValueError for an unknown code, and for a value that is no text or whole number or is missing."""
        if self.code not in TEXTS or not all(isinstance(value, str | int) for value in self.values.values()):
            raise ValueError(f"notice {self.code!r} is none that can be said")
        try:
            text = TEXTS[self.code][0].format_map(self.values)
        except KeyError as error:
            raise ValueError(f"notice {self.code!r} lacks {error}") from None
        object.__setattr__(self, "text", text)

    @classmethod
    def of(cls, raw: object) -> Notice:
        """From a file: an object with code and values, or a person's own words; ValueError for others."""
        if isinstance(raw, str):
            return cls(OWN_WORDS, {"text": raw})
        if not isinstance(raw, dict) or not isinstance(raw.get("values", {}), dict):
            raise ValueError(f"{str(raw)[:80]!r} is no notice")
        return cls(str(raw.get("code")), raw.get("values", {}))

    @classmethod
    def of_problem(cls, part: str, problem: str) -> Notice:
        """What probe_media noted of a part's recording: the row of TEXTS whose words it is."""
        for code, pattern in _problem_patterns().items():
            if match := pattern.fullmatch(problem):
                return cls(code, {"part": part, **match.groupdict()})
        return cls(PROBE_OTHER, {"part": part, "problem": problem})

    def coded(self) -> dict[str, Any]:
        """Code and values, as files and page have them beside the text."""
        return {"code": self.code, "values": dict(self.values)}


@cache
def _problem_patterns() -> dict[str, re.Pattern[str]]:
    """Code -> what a problem's words look like, without the part, values by name."""
    patterns = {}
    for code, (english, _korean) in TEXTS.items():
        if code.startswith("probe_") and code != PROBE_OTHER:
            words = re.split(r"\{(\w+)\}", english.removeprefix("part {part}: "))
            literal = (re.escape(word) if at % 2 == 0 else f"(?P<{word}>.+)" for at, word in enumerate(words))
            patterns[code] = re.compile("".join(literal))
    return patterns
