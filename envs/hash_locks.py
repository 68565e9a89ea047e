"""Write the checksums of all files of every pinned release into a lock: python envs/hash_locks.py LOCK...

Run it with the environment's Python after a pin was changed. It asks the package index that pip is set up
with, as pip itself does, and takes every wheel and source file of a release: for all systems and Pythons.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pip._internal.commands import create_command
from pip._internal.index.collector import parse_links
from pip._internal.models.link import Link
from pip._vendor.packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from pip._vendor.packaging.version import Version


def main(paths: list[Path]) -> None:
    """Rewrite each lock; fails where the index has no file of a release."""
    command: Any = create_command("download")
    options, _ = command.parse_args(["none"])
    with command.main_context():
        finder = command._build_package_finder(options=options, session=command.get_default_session(options))
        for path in paths:
            path.write_text("\n".join(_rows(finder, path)) + "\n", encoding="utf-8")


def _rows(finder: Any, path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        pin = line.removesuffix("\\").strip()
        if pin.startswith("--hash="):
            continue
        if "==" not in pin or pin.startswith("#"):
            yield line
            continue
        name, _, version = pin.partition("==")
        hashes = sorted(_hashes(finder, name, Version(version)))
        if not hashes:
            sys.exit(f"{path}: the package index has no file of {pin}. Check the pin.")
        yield " \\\n".join([pin, *(f"    --hash=sha256:{digest}" for digest in hashes)])


def _hashes(finder: Any, name: str, version: Version) -> set[str]:
    """SHA-256 of every file of a release, from the index's page of its project."""
    collector, found = finder._link_collector, set()
    for address in collector.search_scope.get_index_urls_locations(canonicalize_name(name)):
        page = collector.fetch_response(Link(address))
        for link in parse_links(page) if page else ():
            if link.hash_name == "sha256" and link.hash and _version_of(link.filename) == version:
                found.add(link.hash)
    return found


def _version_of(file_name: str) -> Version | None:
    try:
        parse = parse_wheel_filename if file_name.endswith(".whl") else parse_sdist_filename
        return parse(file_name)[1]
    except ValueError:
        return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK", help="a lock that is written anew")
    main(parser.parse_args().locks)
