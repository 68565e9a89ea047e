"""What stands beside a rendered video: labels in SoccerNet's layout, the truth about the pictures."""

from __future__ import annotations

from typing import Any

from matchreel.synthetic.stadium import Stadium
from matchreel.synthetic.story import Label, Story
from matchreel.timeline import clock_text


def labels_document(story: Story, game: str, stadium: Stadium) -> dict[str, Any]:
    """Labels-v2.json of part 1."""
    goals = [label.side for label in story.labels if label.label == "Goal"]
    return {
        "UrlLocal": f"{game}/",
        "UrlYoutube": "",
        "annotations": [_annotation(label) for label in story.labels],
        "gameAwayTeam": stadium.names["away"],
        "gameDate": "2030-01-01 - 20:00",
        "gameHomeTeam": stadium.names["home"],
        "gameScore": f"{goals.count('home')} - {goals.count('away')}",
    }


def _annotation(label: Label) -> dict[str, str]:
    return {
        "gameTime": f"1 - {clock_text(label.seconds)}",
        "label": label.label,
        "position": str(round(label.seconds * 1000)),
        "team": label.side,
        "visibility": label.visibility,
    }


def truth_document(
    told: Story, shown: Story, ball_track: list[tuple[float, float, float]], facts: dict[str, Any]
) -> dict[str, Any]:
    """Everything known about the pictures. Times in seconds, pixels of the 398x224 picture."""
    views = [
        {"start_seconds": round(v.start_seconds, 3), "end_seconds": round(v.end_seconds, 3), "kind": v.kind}
        for v in shown.views
    ]
    return {
        **facts,
        "duration_seconds": told.duration_seconds,
        "views": views,
        "cuts_seconds": [view["start_seconds"] for view in views[1:]],
        "replays": [
            {
                "start_seconds": round(v.start_seconds, 3),
                "end_seconds": round(v.end_seconds, 3),
                "shows_seconds": round(v.world_start_seconds, 3),
                "speed": round(v.speed, 3),
            }
            for v in shown.views
            if v.kind == "replay"
        ],
        "score_changes": [{"seconds": round(at, 3), "team": side} for at, side in shown.score_changes],
        "captions": [
            {
                "start_seconds": round(c.start_seconds, 3),
                "end_seconds": round(c.end_seconds, 3),
                "kind": c.kind,
            }
            for c in shown.captions
        ],
        "distractors": [{"seconds": round(at, 3), "kind": kind} for at, kind in shown.distractors],
        "ball": [{"seconds": s, "x": x, "y": y} for s, x, y in ball_track],
    }
