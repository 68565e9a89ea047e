"""Weights of torchvision backbones: where they lie, their checksum, and a download that can be resumed."""

from __future__ import annotations

import http.client
import logging
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from matchreel.addresses import check_address
from matchreel.errors import ConfigError, InputError, ToolError
from matchreel.provenance import file_sha256
from matchreel.torch_shim import import_torchvision

log = logging.getLogger("matchreel")

LOGITS_SUFFIX = "_logits"
_TIMEOUT_SECONDS = 60
_BLOCK_BYTES = 1 << 20


def torchvision_name(backbone: str) -> str:
    """The torchvision model behind a backbone's name: `resnet50_logits` is resnet50 with its 1000 logits."""
    return backbone.removesuffix(LOGITS_SUFFIX)


def default_weights(backbone: str) -> Any:
    """torchvision's entry of a backbone's default weights (url, transforms, meta), or ConfigError."""
    models = import_torchvision().models
    name = torchvision_name(backbone)
    if name not in models.list_models(module=models):
        raise ConfigError(
            f"{backbone!r} is no torchvision classification model",
            where="config, feature_sets, backbone",
            remedy="Choose efficientnet_lite0, or resnet50, regnet_y_400mf or another that torchvision lists",
        )
    return models.get_model_weights(name).DEFAULT


def sha256_prefix(url: str) -> str | None:
    """The start of the SHA-256 that torchvision writes into its file names, e.g. resnet50-11ad3fa6.pth."""
    found = re.search(r"-([0-9a-f]{8,64})\.pth$", url)
    return found.group(1) if found else None


def download_weights(*, backbone: str, weights_path: Path, url: str | None, attempts: int) -> None:
    """Fetch a backbone's weights to weights_path, whole and checked, or leave nothing there.

    url is for a mirror; without it torchvision's own address is used. The checksum is in the file's name.
    A broken transfer goes on where it stopped, also in the next run.
    Raises ToolError when all attempts fail, InputError when the file's checksum is wrong.
    """
    if url:
        check_address(url, where="config, download.weights_url")
    own_url = str(default_weights(backbone).url)
    source = url or own_url
    prefix = sha256_prefix(source) or sha256_prefix(own_url)
    weights_path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = weights_path.with_name(f".{weights_path.name}.part")
    _fetch_with_retries(source, partial_path, attempts)
    _verify(partial_path, prefix, source)
    partial_path.replace(weights_path)


def _fetch_with_retries(url: str, partial_path: Path, attempts: int) -> None:
    for attempt in range(1, attempts + 1):
        try:
            _fetch(url, partial_path)
            return
        except (OSError, http.client.HTTPException) as error:
            reason = _reason(error)
            if attempt == attempts or (
                isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404)
            ):
                raise ToolError(
                    f"the weights could not be downloaded ({reason})",
                    where=url,
                    remedy=f"Check the network and run again, or put the file into {partial_path.parent}",
                ) from error
            log.info("download of %s broke off (%s): attempt %d of %d", url, reason, attempt + 1, attempts)
            time.sleep(min(2.0 ** (attempt - 1), 30.0))


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error) or type(error).__name__


def _fetch(url: str, partial_path: Path) -> None:
    """Append what is missing; start over where the server cannot continue."""
    held = partial_path.stat().st_size if partial_path.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={held}-"} if held else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:
            continues = reply.status == http.HTTPStatus.PARTIAL_CONTENT
            with partial_path.open("ab" if continues else "wb") as stream:
                _copy(reply, stream)
    except urllib.error.HTTPError as error:
        # 416: nothing is left to send, the file was whole already.
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise


def _copy(reply: http.client.HTTPResponse, stream: Any) -> None:
    expected = int(reply.headers.get("Content-Length") or -1)
    received = 0
    while block := reply.read(_BLOCK_BYTES):
        stream.write(block)
        received += len(block)
    if expected >= 0 and received < expected:
        raise OSError(f"the connection closed after {received} of {expected} bytes")


def _verify(partial_path: Path, prefix: str | None, url: str) -> None:
    digest = file_sha256(partial_path)
    if prefix is not None and digest.startswith(prefix):
        return
    partial_path.unlink()
    raise InputError(
        f"the downloaded weights have SHA-256 {digest[:8]}..., not {prefix or 'one that the address names'}",
        where=url,
        remedy="Run again; if it stays so, the mirror is wrong or damaged",
    )
