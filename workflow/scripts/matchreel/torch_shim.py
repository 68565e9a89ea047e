"""The only door to torchvision and torchaudio, and torch set up to repeat itself.

The two packages' public wheels are built for CUDA. Beside a CPU-only torch their import fails in one known
way each; only then are the missing compiled operators declared. Models, weights, transforms and spectrograms
do not need them.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import sys
import types
from functools import lru_cache
from typing import Any

import torch

log = logging.getLogger("matchreel")

# SOURCE: torchvision's own schemas of the two operators that it registers at import.
_VISION_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_NO_NMS = "operator torchvision::nms does not exist"
_NO_AUDIO_LIBRARY = ("Could not load this library", "libc10_cuda.so")
# SOURCE: malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# Declared operators live as long as the object that declared them.
_kept_libraries: list[Any] = []


@lru_cache(maxsize=1)
def import_torchvision() -> Any:
    """The module torchvision; nms and image codecs are absent beside a CPU-only torch."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if _NO_NMS not in str(error):
            raise
    _forget("torchvision")
    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _VISION_SCHEMAS.values():
        library.define(schema)
    _kept_libraries.append(library)
    return importlib.import_module("torchvision")


@lru_cache(maxsize=1)
def import_torchaudio() -> Any:
    """The module torchaudio with its transforms; compiled alignment is absent beside a CPU-only torch."""
    try:
        audio = importlib.import_module("torchaudio")
    except OSError as error:
        if not any(words in str(error) for words in _NO_AUDIO_LIBRARY):
            raise
        _forget("torchaudio")
        sys.modules["torchaudio._extension"] = _without_extension()
        audio = importlib.import_module("torchaudio")
    importlib.import_module("torchaudio.transforms")
    return audio


def _without_extension() -> types.ModuleType:
    stub = types.ModuleType("torchaudio._extension")
    facts = {"_IS_TORCHAUDIO_EXT_AVAILABLE": False, "_IS_ALIGN_AVAILABLE": False, "_IS_RNNT_AVAILABLE": False}
    stub.__dict__.update(facts, fail_if_no_align=_as_it_is, fail_if_no_rnnt=_as_it_is)
    return stub


def _as_it_is(function: Any) -> Any:
    return function


def _forget(package: str) -> None:
    """Drop the half-imported modules of a package, so that it can be imported afresh."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def set_up_torch(*, threads: int, gpu: int, seed: int) -> torch.device:
    """Fix threads, seeds and deterministic algorithms; the device: cuda where gpu > 0 and there is one."""
    # cuBLAS repeats itself only with a workspace of fixed size, read when its first handle is made.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(max(1, threads))
    # As use_deterministic_algorithms(True, warn_only=True), but that loads torch's compiler: two seconds.
    torch.set_deterministic_debug_mode("warn")
    # Nothing here reads memory that it has not written: to fill it first takes a third of a network's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    torch.manual_seed(seed)
    _keep_freed_memory()
    return _device(gpu)


def _keep_freed_memory() -> None:
    """Let glibc hand large freed blocks to the next layer instead of to the kernel, which would zero them.

    That costs a third of a convolutional network's time. Elsewhere than on glibc nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 2**30)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _device(gpu: int) -> torch.device:
    if gpu > 0 and torch.cuda.is_available():
        return torch.device("cuda")
    if gpu > 0:
        log.info("no CUDA device is visible to torch: working on the CPU")
    return torch.device("cpu")
