"""A backbone that only looks, made cheaper: fewer passes over its maps, the same numbers but for rounding.

Each normalisation after a convolution goes into that convolution's weights, and EfficientNet-Lite's zero
borders, which its package writes into copies of the maps, go into the convolutions as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# SOURCE: what runs after what in the forward() of these classes of torchvision and efficientnet_lite_pytorch.
_PAIRS_BY_CLASS = {
    "ResNet": (("conv1", "bn1"),),
    "BasicBlock": (("conv1", "bn1"), ("conv2", "bn2")),
    "Bottleneck": (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")),
    "BasicConv2d": (("conv", "bn"),),
    "EfficientNet": (("_conv_stem", "_bn0"), ("_conv_head", "_bn1")),
    "MBConvBlock": (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")),
}
_LITE_CONVOLUTION = "Conv2dStaticSamePadding"


def fold(network: nn.Module) -> nn.Module:
    """Change a network in evaluation mode in place, for inference alone; returns it.

    Its tensors are other ones afterwards: take its digest before. Outputs differ by rounding (float32: about
    1e-6 of the largest).
    """
    for module in list(network.modules()):
        for convolution, norm in _pairs(module):
            joined = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
            setattr(module, convolution, joined.requires_grad_(False))
            setattr(module, norm, nn.Identity())
    for module in network.modules():
        if type(module).__name__ == _LITE_CONVOLUTION:
            _take_up_border(module)
        elif isinstance(module, nn.ReLU6):
            module.inplace = True  # what it is given is a convolution's output, which nobody else reads
    return network


def _pairs(module: nn.Module) -> Iterator[tuple[str, str]]:
    """Names of a convolution and the normalisation that follows it, inside a module."""
    if isinstance(module, nn.Sequential):
        names = list(dict(module.named_children()))
        candidates = tuple(pairwise(names))
    else:
        candidates = _PAIRS_BY_CLASS.get(type(module).__name__, ())
    for convolution, norm in candidates:
        first, second = getattr(module, convolution, None), getattr(module, norm, None)
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            yield convolution, norm


def _take_up_border(convolution: nn.Module) -> None:
    """Even borders on both sides are the convolution's own padding; uneven ones stay copies."""
    border = convolution.static_padding
    if not isinstance(border, nn.ZeroPad2d):
        return
    left, right, top, bottom = border.padding
    if left == right and top == bottom:
        convolution.padding = (top, left)  # type: ignore[assignment]
        convolution.static_padding = nn.Identity()
