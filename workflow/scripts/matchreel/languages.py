"""The languages that people read a reel in, and what its moments are called in them."""

from __future__ import annotations

from collections.abc import Mapping

from matchreel.labels import CHANCE, MOMENT, RULED_OUT

LANGUAGES = ("en", "ko")
# Label -> what people call it, in LANGUAGES' order.
LABEL_WORDS: Mapping[str, tuple[str, str]] = {
    "Goal": ("Goal", "골"),
    "Penalty": ("Penalty", "페널티킥"),
    "Shots on target": ("Shot on target", "유효 슈팅"),
    "Shots off target": ("Shot off target", "빗나간 슈팅"),
    "Red card": ("Red card", "퇴장"),
    "Yellow->red card": ("Second yellow card", "경고 누적 퇴장"),
    "Yellow card": ("Yellow card", "경고"),
    "Ball out of play": ("Ball out of play", "볼 아웃"),
    "Clearance": ("Clearance", "클리어링"),
    "Corner": ("Corner", "코너킥"),
    "Direct free-kick": ("Direct free kick", "직접 프리킥"),
    "Foul": ("Foul", "파울"),
    "Indirect free-kick": ("Indirect free kick", "간접 프리킥"),
    "Kick-off": ("Kick-off", "킥오프"),
    "Offside": ("Offside", "오프사이드"),
    "Substitution": ("Substitution", "선수 교체"),
    "Throw-in": ("Throw-in", "스로인"),
    MOMENT: ("Moment", "주요 장면"),
    CHANCE: ("Chance", "득점 기회"),
    RULED_OUT: ("Goal ruled out", "골 취소"),
}
