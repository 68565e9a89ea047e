"""Make the virtual environment from exact pins: python envs/setup_venv.py FOLDER LOCK...

Standard library only: it runs before anything is installed. Fails with one line that says what to do.
"""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from pathlib import Path

MIN_PYTHON = (3, 11)
TORCH_LOCK = Path(__file__).resolve().parent / "lock-torch.txt"


def main(folder: Path, locks: list[Path]) -> None:
    """Create the environment if it is missing, install the pins, link ffmpeg, expose the library."""
    if sys.version_info < MIN_PYTHON:
        sys.exit(
            f"set-up: Python {sys.version.split()[0]} is too old. Install Python 3.11 and run "
            "`make PYTHON=/path/to/python3.11 ...`."
        )
    started = time.monotonic()
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"set-up: making {folder} with Python {sys.version.split()[0]}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
    print("set-up: installing the pinned packages (about 2 GB, once)", flush=True)
    # The locks name every package, so nothing unnamed comes along, and each file's checksum is in its lock.
    _install(python, locks, "--no-deps", "--require-hashes")
    # pip checks all packages of a call or none: see lock-torch.txt for why these cannot be.
    _install(python, [TORCH_LOCK])
    _link_ffmpeg(folder, python)
    _expose_library(python)
    print(f"set-up: ready in {time.monotonic() - started:.0f} s", flush=True)


def _install(python: Path, locks: list[Path], *options: str) -> None:
    wanted = [word for lock in locks for word in ("-r", str(lock))]
    command = [str(python), "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*command, *options, *wanted], check=False).returncode:
        sys.exit("set-up: pip failed (its message is above). Check the network and the disk, and run again.")


def _link_ffmpeg(folder: Path, python: Path) -> None:
    """Put the pinned ffmpeg of the environment on its PATH under its usual name."""
    code = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    target = subprocess.run([str(python), "-P", "-c", code], check=True, capture_output=True, text=True)
    link = folder / "bin" / "ffmpeg"
    link.unlink(missing_ok=True)
    link.symlink_to(target.stdout.strip())


def _expose_library(python: Path) -> None:
    """`import matchreel` in the environment, without a build step."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([str(python), "-P", "-c", code], check=True, capture_output=True, text=True)
    library = Path(__file__).resolve().parent.parent / "workflow" / "scripts"
    (Path(site.stdout.strip()) / "matchreel.pth").write_text(f"{library}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
