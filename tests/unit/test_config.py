"""config.yaml is closed, checked once, and handed on key by key."""

import copy
import json
import subprocess
import sys

import pytest
import yaml

from matchreel.config import checked_config, step_settings
from matchreel.errors import ConfigError
from matchreel.step_settings import STEP_SETTINGS


@pytest.fixture(scope="module")
def raw(root):
    return yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema_path(root):
    return root / "config/schemas/config.schema.yaml"


def changed(raw, path, value):
    held = copy.deepcopy(raw)
    *above, last = path.split(".")
    node = held
    for word in above:
        node = node[word]
    node[last] = value
    return held


def test_the_shipped_config_is_valid(raw, schema_path):
    assert checked_config(raw, schema_path=schema_path)["classes"][0] == "Goal"


def test_the_config_is_short(root):
    assert len((root / "config/config.yaml").read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("clip", 1, ["'clip'", "unknown key"]),
        ("clips.befor_seconds", 10, ["config, clips", "'befor_seconds'", "before_seconds"]),
        ("clips.before_seconds", "ten", ["clips.before_seconds", "'ten' is text"]),
        ("clips.before_seconds", -1, ["clips.before_seconds"]),
        ("models.clip_classifier.learning_rate", "1e-3", ["learning_rate", "0.001, not 1e-3"]),
        ("models.clip_classifier.feature_set", "none", ["no feature set 'none'", "default"]),
        ("models.spotter.learning_rate", "1e-3", ["models.spotter.learning_rate", "0.001, not 1e-3"]),
        ("models.spotter.hidden", 30, ["models.spotter.hidden", "multiple of 4"]),
        ("models.spotter.hidden", 2564, ["models.spotter.hidden", "maximum of 2560"]),
        ("models.spotter.layers", 21, ["models.spotter.layers", "maximum of 20"]),
        ("models.clip_classifier.video_hidden", 10**6, ["video_hidden", "maximum of 5120"]),
        ("feature_sets.default.num_mels", 641, ["feature_sets.default.num_mels", "maximum of 640"]),
        ("models.spotter.temporal", "lstm", ["models.spotter.temporal", "bigru"]),
        ("models.spotter.video_hidden", 30, ["models.spotter", "unknown key 'video_hidden'", "modalities"]),
        ("models.spotter.hard_share", 0.95, ["models.spotter", "1.05 together", "Lower one"]),
        ("spotting.threshold", "auto", ["spotting.threshold"]),
        ("games_table", "a{b}.tsv", ["config, games_table", "cannot be used as a path", "without braces"]),
        ("models.spotter.checkpoint", "a\0b", ["models.spotter.checkpoint", "control signs"]),
        ("clips.before_seconds", float("nan"), ["config, clips.before_seconds", "nan", "finite"]),
        ("evaluation.reel_minutes", [3, float("inf")], ["evaluation.reel_minutes.1", "inf", "finite"]),
        ("scoring.stride_seconds", 1e-300, ["scoring.stride_seconds", "less than the minimum"]),
        ("excitement.break_before_seconds", 1e308, ["break_before_seconds", "greater than the maximum"]),
        ("scorers.local", "spotted", ["no scorer 'spotted'", "excitement"]),
        ("classes", ["Goal", "Goals"], ["'Goals' is not a SoccerNet label", "Penalty"]),
        ("feature_sets.default.frame_rate_fps", 3, ["feature_sets.default", "not a whole number"]),
        ("feature_sets.cues", {}, ["feature_sets.cues"]),
        ("reel.height", 223, ["reel.height"]),
        ("seed", None, ["seed"]),
        ("evaluation.compare", ["nobody"], ["evaluation.compare", "no model 'nobody'", "demo_classifier"]),
        (
            "models.clip_classifier.window_before_seconds",
            2,
            ["window_before_seconds", "two ends", "Give both"],
        ),
    ],
)
def test_a_wrong_key_is_named(raw, schema_path, path, value, words):
    with pytest.raises(ConfigError) as error:
        checked_config(changed(raw, path, value), schema_path=schema_path)
    text = str(error.value)
    assert "\n" not in text
    for word in words:
        assert word in text


SECRETS = [
    "https://user:hunter2@mirror.example/{name}",
    "https://hunter2@mirror.example/a.pth",
    "https://user:hunter2/x@mirror.example/a.pth",
    "https:user:hunter2@mirror.example/a.pth",
    "user:hunter2@mirror.example/a.pth",
    "https://mirror.example/a.pth?token=hunter2",
    "https://mirror.example/a.pth?X-Amz-Signature=hunter2",
    "https://mirror.example/a.pth#access_token=hunter2",
    " https://user:hunter2@mirror.example/a.pth",
]


@pytest.mark.parametrize(
    "path", ["download.weights_url", "games_table", "models.spotter.checkpoint", "ffmpeg"]
)
@pytest.mark.parametrize("address", SECRETS)
def test_an_address_with_a_password_is_refused_and_not_said(raw, schema_path, path, address):
    if path != "download.weights_url" and "://" not in address:
        return  # a path may hold an @
    with pytest.raises(ConfigError, match="user name, password or key") as error:
        checked_config(changed(raw, path, address), schema_path=schema_path)
    assert f"config, {path}" in str(error.value) and "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080/a.pth",
        "https://cdn.example/npm/pkg@1.2/a-11ad3fa6.pth",
        "file:///srv/a@b/a.pth",
    ],
)
def test_an_address_without_a_password_is_fine(raw, schema_path, address):
    held = changed(raw, "download.weights_url", address)
    assert checked_config(held, schema_path=schema_path)["download"]["weights_url"] == address
    with pytest.raises(ConfigError, match="weights_url"):
        checked_config(changed(raw, "download.weights_url", "mirror"), schema_path=schema_path)


def test_reserved_names_are_refused(raw, schema_path):
    held = changed(raw, "models.excitement", raw["models"]["clip_classifier"])
    with pytest.raises(ConfigError, match="taken"):
        checked_config(held, schema_path=schema_path)


def test_a_missing_section_is_named(raw, schema_path):
    held = {key: value for key, value in raw.items() if key != "reel"}
    with pytest.raises(ConfigError, match="reel"):
        checked_config(held, schema_path=schema_path)


@pytest.mark.parametrize("step", sorted(STEP_SETTINGS))
def test_settings_exist_for_every_step(raw, step):
    names = {"feature_set": "default", "model": "spotter" if "spotter" in step else "clip_classifier"}
    held = json.loads(step_settings(raw, step, **names))
    assert set(held) == set(STEP_SETTINGS[step])


def test_settings_see_a_swap_but_not_an_order(raw):
    before = step_settings(raw, "slice_clips")
    swapped = changed(changed(raw, "clips.before_seconds", 5), "clips.after_seconds", 10)
    assert step_settings(swapped, "slice_clips") != before
    reordered = raw | {"clips": dict(reversed(raw["clips"].items()))}
    assert step_settings(reordered, "slice_clips") == before
    assert step_settings(changed(raw, "reel.crf", 1), "slice_clips") == before


def test_a_models_own_windows_stand_before_the_common_ones(raw, schema_path):
    own = changed(raw, "models.demo_classifier.window_before_seconds", 2)
    own = changed(
        changed(own, "models.demo_classifier.window_after_seconds", 1),
        "models.demo_classifier.stride_seconds",
        0.4,
    )
    checked_config(own, schema_path=schema_path)
    for model, before, after, stride in (("demo_classifier", 2, 1, 0.4), ("clip_classifier", 10, 5, 3)):
        trained = json.loads(step_settings(own, "train_model", model=model))
        assert (trained["window_before_seconds"], trained["window_after_seconds"]) == (before, after)
        assert json.loads(step_settings(own, "score_windows", model=model))["stride_seconds"] == stride
    tuned = changed(own, "models.demo_classifier.finetune", True)
    with pytest.raises(ConfigError, match="whole training clips"):
        checked_config(tuned, schema_path=schema_path)


def test_every_key_reaches_a_step_and_the_page_is_in_step(root):
    """A key without a row, a unit, a meaning or a step that reads it fails; so does a page out of date."""
    command = [sys.executable, "workflow/commands/config_readme.py", "--check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [
        line.split(" | ")
        for line in (root / "config/README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.count(" | ") == 4
    ]
    assert len(rows) > 50
    for row in rows:
        assert all(cell.strip(" |") for cell in row), f"{row[0]}: a cell is empty"
