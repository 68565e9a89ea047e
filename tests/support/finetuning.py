"""Parts, settings and probes of recordings on which a backbone learns."""

from __future__ import annotations

from matchreel.training.spotter.decoded import PictureReader
from matchreel.training.spotter.finetune import load_probes
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.settings import SpotterSettings
from support.recordings import (
    FEATURE_SET,
)

T = 16  # steps of a window of 8 s


READER = PictureReader(FEATURE_SET["height"], FEATURE_SET["width"], FEATURE_SET["fit"], "bundled")


def parts_of(games):
    return load_parts(
        features_paths=games.features_paths,
        labels_paths=games.paths("games/{game}/Labels-v2.json"), truth_paths={}, classes=["Goal"],
        dilation_seconds=0.4,
    )  # fmt: skip


def settings_of(arguments):
    held = {name: arguments[name] for name in SpotterSettings.__dataclass_fields__}
    return SpotterSettings(**{**held, "classes": ("Goal",)})


def probes_of(games):
    return load_probes(games.probe_paths, games.video_paths, games.features_paths)
