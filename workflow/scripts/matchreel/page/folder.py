"""What lies in the page's own folder, and how the page reaches what lies elsewhere."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from matchreel.page.records import POSTER_NAME, PageFacts


def with_files(page: PageFacts, folder: Path) -> PageFacts:
    """The page that also offers the files of its folder, and shows the stills there."""
    return replace(page, files=_files_in(folder), stills=_stills_in(folder))


def link_from(out_dir: Path, path: Path) -> str:
    """A file's address as a page in out_dir reaches it."""
    return Path(os.path.relpath(path.absolute(), out_dir.absolute())).as_posix()


def _files_in(folder: Path) -> tuple[str, ...]:
    """What a folder of highlights offers to take along, as paths from it."""
    patterns = ("reel*.m*", POSTER_NAME, "contact_sheet.jpg", "highlights.*", "exports/*")
    paths = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    return tuple(path.relative_to(folder).as_posix() for path in paths if path.is_file())


def _stills_in(folder: Path) -> dict[str, str]:
    """The picture of each clip that has one, both as paths from the folder."""
    names = {path.stem: path.name for path in (folder / "thumbnails").glob("*")}
    clips = sorted((folder / "clips").glob("*"))
    return {f"clips/{clip.name}": f"thumbnails/{names[clip.stem]}" for clip in clips if clip.stem in names}
