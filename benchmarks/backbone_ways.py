"""A backbone in several arithmetics and compiled, by turns: pictures a second, and how near to fp32 it stays.

    python benchmarks/backbone_ways.py [--backbone resnet50 --weights FILE] [--rounds 5]

Compiling needs a C++ compiler. int8 is torch's own post-training quantization, calibrated on the very
pictures it is judged on. Pictures are blurred noise: only the figures' order means something.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from matchreel.backbones import EFFICIENTNET_LITE0, Backbone, load_backbone
from matchreel.folding import fold
from matchreel.torch_shim import set_up_torch

BATCH, PIXELS, REPEATS = 16, 224, 3
Way = Callable[[torch.Tensor], torch.Tensor]


def pictures() -> torch.Tensor:
    """(16, 224, 224, 3) uint8 of seeded noise, smoothed so that it has shapes."""
    noise = torch.nn.functional.avg_pool2d(torch.rand(BATCH, 3, PIXELS, PIXELS), 17, stride=1, padding=8)
    spread = (noise - noise.mean()) / noise.std() * 60 + 120
    return spread.clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def with_arithmetic(network: torch.nn.Module, *, is_bf16: bool) -> Way:
    """The network under autocast, or as it is."""

    def run(batch: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
            vectors: torch.Tensor = network(batch)
            return vectors

    return run


def quantized(backbone: Backbone, batch: torch.Tensor) -> Way:
    """The network inside in int8, its weights by channel."""
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    def pixels(given: torch.Tensor) -> torch.Tensor:
        return (given.permute(0, 3, 1, 2).float() - backbone.mean) / backbone.std

    torch.backends.quantized.engine = "x86"
    observed = prepare_fx(backbone.network, get_default_qconfig_mapping("x86"), (pixels(batch),))
    observed(pixels(batch))
    network = convert_fx(observed)
    return lambda given: network(pixels(given)).flatten(1)


def ways(name: str, weights: Path | None, batch: torch.Tensor) -> dict[str, Callable[[], Way]]:
    """Name -> what builds it, each from a network of its own."""

    def folded() -> Backbone:
        backbone, _ = load_backbone(name, weights)
        fold(backbone)
        return backbone

    def compiled() -> torch.nn.Module:
        module: torch.nn.Module = torch.compile(folded())
        return module

    return {
        "fp32": lambda: with_arithmetic(folded(), is_bf16=False),
        "bf16": lambda: with_arithmetic(folded(), is_bf16=True),
        "fp32 compiled": lambda: with_arithmetic(compiled(), is_bf16=False),
        "bf16 compiled": lambda: with_arithmetic(compiled(), is_bf16=True),
        "int8": lambda: quantized(folded(), batch),
    }


def main() -> None:
    """Build each, then run all by turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backbone", default=EFFICIENTNET_LITE0)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    set_up_torch(threads=2, gpu=0, seed=0)
    batch = pictures()
    rates: dict[str, list[float]] = {}
    with torch.inference_mode():
        built: dict[str, tuple[Way, float, torch.Tensor]] = {}
        for name, build in ways(told.backbone, told.weights, batch).items():
            began = time.monotonic()
            way = build()
            vectors = way(batch).float()
            built[name] = (way, time.monotonic() - began, vectors)
        for _ in range(told.rounds):
            for name, (way, _, _) in built.items():
                began = time.monotonic()
                for _ in range(REPEATS):
                    way(batch)
                rates.setdefault(name, []).append(REPEATS * BATCH / (time.monotonic() - began))
    exact = built["fp32"][2]
    print("| way | pictures/s (median) | least and most | first batch | cosine to fp32, least |")
    print("| --- | --- | --- | --- | --- |")
    for name, (_, seconds, vectors) in built.items():
        cosine = float(torch.nn.functional.cosine_similarity(exact, vectors).min())
        held = rates[name]
        print(
            f"| {name} | {statistics.median(held):.1f} | {min(held):.1f}, {max(held):.1f} "
            f"| {seconds:.1f} s | {cosine:.4f} |"
        )


if __name__ == "__main__":
    main()
