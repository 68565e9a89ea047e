"""Names and titles as the formats can hold them."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from urllib.parse import quote

_NONCHARACTERS = "\ufffe\uffff"  # which XML forbids


def one_line(text: str) -> str:
    """Without line breaks, control characters and what no file can hold; runs of spaces become one."""
    return "".join("\ufffd" if _is_kept_out(char) else char for char in " ".join(text.split()))


def _is_kept_out(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or char in _NONCHARACTERS


def file_name(path: Path) -> str:
    """A recording's name for people; bytes that are no UTF-8 are replaced."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def own_file(path: Path) -> Path:
    """What a link in a game's folder was made for, under the name that people know; any other file itself."""
    return path.parent / path.readlink() if path.is_symlink() else path


def media_url(video_path: Path, exports_dir: Path) -> str:
    """A URL of a recording, relative to the exports where both lie under the working folder.

    So a project folder can be moved as a whole, and its files do not depend on where it stands; a recording
    from elsewhere gets its full file URL.
    """
    root, folder = Path.cwd().resolve(), exports_dir.resolve()
    video = root / video_path
    if ".." in video.parts:
        video = video.resolve()
    if not (video.is_relative_to(root) and folder.is_relative_to(root)):
        return "file://" + quote(os.fsencode(video))
    return quote(os.fsencode(os.path.relpath(video, folder)))
