"""The student project's way, re-implemented from what is known of it, for timing only: it finds nothing.

    python benchmarks/speed/seed_way.py --video FILE --seconds 120 --out FOLDER

All pictures are decoded one by one; every fifth becomes a normalised 224 x 224 tensor through PIL, and all of
them one tensor in memory. Windows of 15 s every 3 s go through the whole network each: ResNet-50 logits of 75
pictures and a bidirectional GRU, beside a small network over the log-mel spectrum. The best windows are cut
with -ss after -i. Weights are random.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.media.tools import ffmpeg_path  # noqa: E402
from matchreel.torch_shim import import_torchaudio, import_torchvision  # noqa: E402

WINDOW_SECONDS, STRIDE_SECONDS, PICTURES_PER_SECOND, NUM_CUTS = 15, 3, 5, 3
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class SeedNetwork(nn.Module):
    """Pictures (1, T, 3, 224, 224) and log-mel (1, 64, L) -> one logit."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: Any = import_torchvision().models.resnet50(weights=None)
        self.over_time = nn.GRU(1000, 256, batch_first=True, bidirectional=True)
        self.sound = nn.Sequential(
            nn.Conv1d(64, 128, 5, stride=2), nn.ReLU(), nn.MaxPool1d(4),
            nn.Conv1d(128, 128, 5, stride=2), nn.ReLU(), nn.MaxPool1d(4),
        )  # fmt: skip
        self.sound_over_time = nn.GRU(128, 128, batch_first=True, bidirectional=True)
        self.joined = nn.Sequential(nn.Linear(768, 768), nn.ReLU(), nn.Linear(768, 1))

    def forward(self, pictures: torch.Tensor, logmel: torch.Tensor) -> torch.Tensor:
        """(1, 1)."""
        seen = self.over_time(self.pictures(pictures[0])[None])[0][:, -1]
        heard = self.sound_over_time(self.sound(logmel).transpose(1, 2))[0][:, -1]
        logit: torch.Tensor = self.joined(torch.cat([seen, heard], dim=1))
        return logit


def all_pictures(video: Path, seconds: int) -> torch.Tensor:
    """(T, 3, 224, 224) float32, every fifth of all decoded pictures."""
    capture = cv2.VideoCapture(str(video))
    every = int(capture.get(cv2.CAP_PROP_FPS) / PICTURES_PER_SECOND)
    held, index = list[torch.Tensor](), 0
    while len(held) < seconds * PICTURES_PER_SECOND:
        is_there, picture = capture.read()
        if not is_there:
            break
        if index % every == 0:
            image = Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).resize((224, 224))
            values = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
            held.append((values - MEAN[:, None, None]) / STD[:, None, None])
        index += 1
    return torch.stack(held)


def ffmpeg(video: Path, *arguments: str) -> None:
    """Run it with these arguments after the input."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-y", "-i", f"file:{video}"]
    subprocess.run([*command, *arguments], check=True)


def all_logmel(video: Path, folder: Path, seconds: int) -> torch.Tensor:
    """(64, L) float32 of the whole sound, 100 columns a second at 16 kHz."""
    path = folder / "sound.wav"
    ffmpeg(video, "-t", str(seconds), "-ac", "1", "-ar", "16000", str(path))
    with wave.open(str(path)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
    mel = import_torchaudio().transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=64)
    values: torch.Tensor = torch.log(mel(torch.from_numpy(samples / 32768).float()) + 1e-6)
    return values


def main() -> None:
    """Decode, score, cut."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    network = SeedNetwork().eval()
    pictures = all_pictures(options.video, options.seconds)
    logmel = all_logmel(options.video, options.out, options.seconds)
    starts = range(0, options.seconds - WINDOW_SECONDS + 1, STRIDE_SECONDS)
    logits = list[float]()
    with torch.inference_mode():
        for start in starts:
            first, last = start * PICTURES_PER_SECOND, (start + WINDOW_SECONDS) * PICTURES_PER_SECOND
            heard = logmel[None, :, start * 100 : (start + WINDOW_SECONDS) * 100]
            logits.append(float(network(pictures[None, first:last], heard)))
    best = sorted(range(len(starts)), key=lambda index: -logits[index])[:NUM_CUTS]
    for number, index in enumerate(best):
        place = ("-ss", str(starts[index]), "-t", str(WINDOW_SECONDS))
        coding = ("-c:v", "libx264", "-crf", "23", "-c:a", "aac", "-b:a", "128k")
        ffmpeg(options.video, *place, *coding, f"{options.out}/{number}.mp4")


if __name__ == "__main__":
    main()
