"""What made a result: the digest of the code a step uses, checksums, versions, and safe writing.

Snakemake tracks neither imported modules nor edits by meaning. Each rule passes the digest of its step's
code as a param: comments, docstrings and layout do not change it, every other edit of the script or of a
matchreel module it imports does.
"""

from __future__ import annotations

import ast
import errno
import fcntl
import gc
import glob
import hashlib
import json
import os
import shutil
import tempfile
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = "matchreel"
# A module names the data files it reads (templates, tables, fonts) in this tuple, so that they count as its
# code, and opens them by data_path alone.
DATA_FILES_NAME = "DATA_FILES"
# torch_shim.import_torchaudio is the door to torchaudio.
_DOOR = "import_"
_LONGEST_PREFIX = 100  # characters of a name, which may have four bytes each


def data_path(module_file: str, name: str) -> Path:
    """A data file of the module that says __file__; the only way to one, so that none is outside the digest.

    LookupError where the module's DATA_FILES does not name it.
    """
    module_path = Path(module_file)
    _digest, _imports, data_files = _module_facts(module_path, module_path.stat().st_mtime_ns)
    if name not in data_files:
        raise LookupError(f"add {name!r} to {DATA_FILES_NAME} in {module_path}")
    return module_path.parent / name


def code_digest(script_path: Path) -> str:
    """SHA-256 (16 hex digits) over a step script and all matchreel modules and data files it reaches."""
    root = script_path.parent
    seen: dict[Path, str] = {}
    unread = [script_path]
    with _without_collecting():
        while unread:
            path = unread.pop()
            if path in seen:
                continue
            seen[path], imports, data_files = _module_facts(path, path.stat().st_mtime_ns)
            for file in data_files:
                seen[path.parent / file] = file_sha256(path.parent / file)
            for module in imports:
                unread.extend(_module_paths(root, module))
    named = sorted((path.relative_to(root).as_posix(), digest) for path, digest in seen.items())
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Half the time of reading syntax trees goes into looking for cycles among their nodes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def rules_digest(*paths: Path) -> str:
    """SHA-256 (16 hex digits) over Snakefiles, their comments and layout left out."""
    skipped = (tokenize.COMMENT, tokenize.NL)
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        with path.open(encoding="utf-8") as stream:
            words = [
                word.string for word in tokenize.generate_tokens(stream.readline) if word.type not in skipped
            ]
        digest.update(json.dumps([path.name, words]).encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=512)
def _module_facts(path: Path, _mtime_ns: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Digest of the source without comments and docstrings, names of ours imported, data files named."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports, data_files = _named_in(tree)
    for node in (tree, *_statements(tree)):
        _drop_docstring(node)
    digest = hashlib.sha256(ast.unparse(tree).encode()).hexdigest()
    return digest, tuple(sorted(filter(_is_own, imports))), data_files


def _named_in(tree: ast.Module) -> tuple[set[str], tuple[str, ...]]:
    """Dotted names that a module imports, anywhere in it, and the data files that it names."""
    imports, data_files = set[str](), tuple[str, ...]()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == DATA_FILES_NAME for target in node.targets
        ):
            data_files = tuple(ast.literal_eval(node.value))
    return imports, data_files


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements under a node; their expressions are left out, which are most of a tree."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        held = getattr(node, block, None)
        for statement in held if isinstance(held, list) else []:
            yield statement
            yield from _statements(statement)


def _is_own(name: str) -> bool:
    return name.split(".")[0] == PACKAGE


def reached_code(*first: Path, root: Path) -> tuple[list[Path], set[str]]:
    """The files under `root` that these reach by imports, data files too, sorted; and what else they import.

    The latter are top names of modules, wherever in the code they are imported, whether or not that has run.
    A package that only a function `import_NAME` of ours imports counts where that function is imported.
    """
    files, names, unread = set[Path](), set[str](), list(first)
    while unread:
        path = unread.pop()
        if path in files:
            continue
        files.add(path)
        imports, data_files = _named_in(ast.parse(path.read_bytes()))
        files.update(path.parent / file for file in data_files)
        for name in imports:
            if _is_own(name):
                unread.extend(_module_paths(root, name))
                names |= {name.rpartition(".")[2].removeprefix(_DOOR)} if f".{_DOOR}" in name else set()
            else:
                names.add(name.split(".")[0])
    return sorted(files), names


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return
    if node.body and ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


# Steps share most of their modules, and every start of Snakemake digests every step.
@lru_cache(maxsize=8192)
def _module_paths(root: Path, module: str) -> tuple[Path, ...]:
    """The files that importing a dotted name runs: each package's __init__ on the way and the module."""
    paths, base = list[Path](), root
    for word in module.split("."):
        base = base / word
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                paths.append(path)
    return tuple(paths)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as hex, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions(*names: str) -> dict[str, str]:
    """Installed versions of packages by name; "absent" where one is not installed."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix); rename it over `path` only if all went well.

    Works for a file or a folder. On failure nothing is left and what stood at `path` before stays; what a
    killed run left beside it is removed by the next one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    with _holder_of(path) as holder:
        temporary = holder / path.name
        yield temporary
        _put_in_place(temporary, path, holder)


@contextmanager
def _holder_of(path: Path) -> Iterator[Path]:
    """A folder of this run's own beside `path`, locked while it is in use."""
    while True:
        holder = Path(tempfile.mkdtemp(prefix=_holder_prefix(path), dir=path.parent))
        lock = os.open(holder, os.O_RDONLY)
        try:
            # Not ours any more where another run took it for abandoned before it was locked.
            if _locked(lock) and holder.is_dir():
                yield holder
                return
        finally:
            shutil.rmtree(holder, ignore_errors=True)
            os.close(lock)


def _locked(folder: int, *, where_impossible: bool = True) -> bool:
    """Lock an open folder; where_impossible is what some network disks get, which lock no folders."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return where_impossible
    return True


def _holder_prefix(path: Path) -> str:
    # File names may have 255 bytes, and mkdtemp adds some.
    return f".{path.name[:_LONGEST_PREFIX]}.whole-"


def remove_abandoned(path: Path) -> None:
    """Remove what killed runs left of this output. A lock ends with its process, however that ended."""
    for holder in path.parent.glob(f"{glob.escape(_holder_prefix(path))}*"):
        with suppress(OSError):
            lock = os.open(holder, os.O_RDONLY)
            try:
                if _locked(lock, where_impossible=False):
                    shutil.rmtree(holder)
            finally:
                os.close(lock)


def _put_in_place(temporary: Path, path: Path, holder: Path) -> None:
    """Rename into place. A folder that stands there is first moved aside whole, then removed."""
    if path.is_dir() and not path.is_symlink():
        with suppress(FileNotFoundError):
            path.replace(holder / f"{path.name}.old")
    try:
        temporary.replace(path)
    except OSError as error:
        # Two runs at once made the same folder: the other was first, and its folder is whole.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def write_json(path: Path, value: object) -> None:
    """Write JSON whole, readable, with a stable key order as given."""
    with written_whole(path) as temporary:
        temporary.write_text(json_text(value), encoding="utf-8")


def json_text(value: object) -> str:
    """JSON as people read it, with a stable key order as given."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
