"""Bad inputs by the thousand: seeded damage of files, and one process for each trial that is watched closely."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

from matchreel.errors import MatchreelError, from_os_error

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -1e308, float("nan"), float("inf"), 10**30, 10**400, 0.5, "", " ", "0",
    "NaN", "../../escaped", "/tmp/escaped", "a\0b", "x" * 300, "\ud800", "\u202egoal", "Goal\nGoal", "__proto__",
    "$(touch escaped)", "`touch escaped`", "; touch escaped", "!!python/object/apply:os.system ['touch escaped']",
    [], {}, [[]], [None], {"a": {}}, [1, "2", None], "1 - 99:99", "3 - 00:00", "999999999999",
)  # fmt: skip
_EXTREMES = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    (1 << 64) - 1,
)


def damaged_bytes(held: bytes, random: np.random.Generator) -> bytes:
    """One to three kinds of damage: flipped bits, cuts, holes, repeats, lying numbers, in head or body."""
    data = bytearray(held)
    for _ in range(int(random.integers(1, 4))):
        reach = min(len(data), int(random.choice([16, 64, 512, 4096, len(data) + 1])))
        if reach == 0:
            break
        at = int(random.integers(0, reach))
        length = int(random.integers(1, max(2, min(4096, len(data) - at))))
        kind = int(random.integers(0, 8))
        if kind == 0:
            for _ in range(int(random.integers(1, 20))):
                data[int(random.integers(0, reach))] ^= 1 << int(random.integers(0, 8))
        elif kind == 1:
            del data[int(random.integers(0, len(data))) :]
        elif kind == 2:
            data[at : at + length] = bytes(len(data[at : at + length]))
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif kind == 4:
            del data[at : at + length]
        elif kind == 5:
            data[at:at] = random.bytes(length)
        elif kind == 6:
            order = "little" if random.integers(0, 2) else "big"
            size = int(random.choice([1, 2, 4, 8]))
            number = int(_EXTREMES[int(random.integers(0, len(_EXTREMES)))]) % (1 << 8 * size)
            data[at : at + size] = number.to_bytes(size, order)
        else:
            data[at : at + length] = random.bytes(length)
    return bytes(data)


def damaged_json(held: bytes, random: np.random.Generator) -> bytes:
    """Odd values, lost and unknown keys, repeated rows, deep nests; now and then damage of the bytes."""
    if random.random() < 0.25:
        return damaged_bytes(held, random)
    if random.random() < 0.03:
        return b"[" * 100_000
    value = json.loads(held)
    for _ in range(int(random.integers(1, 4))):
        value = _with_oddity(value, random)
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _with_oddity(value: Any, random: np.random.Generator) -> Any:
    """The same value with one node, at any depth, made odd."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = list(value)[int(random.integers(0, len(value)))]
        kind = random.random()
        if kind < 0.1:
            return {name: held for name, held in value.items() if name != key}
        if kind < 0.2:
            return value | {str(odd_value(random)): value[key]}
        return value | {key: _with_oddity(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        index = int(random.integers(0, len(value)))
        if random.random() < 0.15:
            return [*value, value[index]]
        return [*value[:index], _with_oddity(value[index], random), *value[index + 1 :]]
    return odd_value(random)


def odd_value(random: np.random.Generator) -> Any:
    """One of ODD_VALUES."""
    return ODD_VALUES[int(random.integers(0, len(ODD_VALUES)))]


def damaged_table(held: bytes, random: np.random.Generator, *, separator: str) -> bytes:
    """A table with odd cells, too many or too few of them, repeated lines; now and then damaged bytes."""
    if random.random() < 0.25:
        return damaged_bytes(held, random)
    rows = [line.split(separator) for line in held.decode("utf-8").splitlines()]
    for _ in range(int(random.integers(1, 4))):
        row = rows[int(random.integers(0, len(rows)))]
        index = int(random.integers(0, len(row))) if row else 0
        kind = random.random()
        if kind < 0.7 and row:
            row[index] = str(odd_value(random))
        elif kind < 0.8:
            row.insert(index, str(odd_value(random)))
        elif kind < 0.9 and row:
            del row[index]
        else:
            rows.append(list(row))
    return "\n".join(separator.join(row) for row in rows).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: fine, refused (in one line), or one of what must never be; and what was said."""

    kind: str
    said: str

    @property
    def is_good(self) -> bool:
        return self.kind in ("fine", "refused")

    def about(self, title: str) -> Outcome:
        """The same, with what was tried."""
        return replace(self, said=f"{title}: {self.said}")


def tried(action: Callable[[], object], *, out_dir: Path, seconds: float) -> Outcome:
    """Run an action in a process of its own, which may write into out_dir and run ffmpeg only."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setsid()
        os.write(writer, json.dumps(_watched(action, out_dir)).encode()[:60_000])
        os._exit(0)
    os.close(writer)
    said, is_late = _read_all(reader, time.monotonic() + seconds)
    if is_late:
        os.killpg(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if is_late:
        return Outcome("hang", f"not done after {seconds} s")
    return Outcome(*json.loads(said)) if said else Outcome("crash", f"wait status {status}")


def _read_all(reader: int, deadline: float) -> tuple[bytes, bool]:
    said = b""
    try:
        while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
            block = os.read(reader, 65536)
            if not block:
                return said, False
            said += block
        return said, True
    finally:
        os.close(reader)


def _watched(action: Callable[[], object], out_dir: Path) -> tuple[str, str]:
    broken = list[str]()
    sys.addaudithook(_guard(broken, out_dir.resolve()))
    errors = StringIO()
    try:
        with redirect_stderr(errors), redirect_stdout(StringIO()):
            action()
        kind, said = "fine", ""
    except MatchreelError as error:
        kind, said = "refused", str(error)
    except OSError as error:
        kind, said = "refused", str(from_os_error(error))
    except SystemExit as error:
        kind = {0: "fine", None: "fine", 2: "refused"}.get(error.code, "traceback")  # type: ignore[call-overload]
        said = errors.getvalue().strip()
    except BaseException as error:
        kind, said = "traceback", f"{type(error).__name__}: {str(error)[:300]} at {_place(error)}"
    if broken:
        return "escape", "; ".join(broken[:3])
    if kind == "refused" and (len(said.splitlines()) != 1 or len(said) > 1500 or "Traceback" in said):
        return "traceback", f"not one line: {said[:600]}"
    return kind, said[:600]


def _place(error: BaseException) -> str:
    trace, place = error.__traceback__, ""
    while trace:
        if "matchreel" in trace.tb_frame.f_code.co_filename:
            place = f"{trace.tb_frame.f_code.co_filename.rpartition('matchreel/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _guard(broken: list[str], out_dir: Path) -> Callable[[str, tuple[Any, ...]], None]:
    """Notes every write outside of out_dir, every program but ffmpeg, and names that pickles look up."""

    def is_outside(path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        place = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100
        is_passing = place == Path(gettempdir()) or place.name == "null" or "torchinductor" in place.name
        return not (place.is_relative_to(out_dir) or is_passing)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and arguments[2] and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            if is_outside(arguments[0]):
                broken.append(f"wrote {arguments[0]}")
        elif event in ("os.rename", "os.link", "os.symlink"):
            if is_outside(arguments[1]):
                broken.append(f"{event} {arguments[1]}")
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate", "os.chmod"):
            # Names within a folder that is open: of shutil.rmtree, which has told its own path.
            is_within = event in ("os.remove", "os.rmdir") and arguments[1] != -1
            if not is_within and is_outside(arguments[0]):
                broken.append(f"{event} {arguments[0]}")
        elif event == "subprocess.Popen" and "ffmpeg" not in str(arguments[0]):
            broken.append(f"ran {arguments[0]}")
        elif event in ("os.system", "os.exec", "os.posix_spawn"):
            broken.append(f"{event} {arguments[0]}")

    return hook


def check(outcomes: Sequence[Outcome], title: str) -> None:
    """Fail with the first of each kind of what must never be."""
    print(title, dict(Counter(outcome.kind for outcome in outcomes)))
    bad = {f"{outcome.kind}: {outcome.said}": None for outcome in outcomes if not outcome.is_good}
    assert not bad, f"{title}\n" + "\n".join(list(bad)[:40])
