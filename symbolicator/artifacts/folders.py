"""The cache folder: where it is, what lies in it, and how a file gets there whole or not at all.

::

    <folder>/tables/<compiler>-<version>/<key>.table   compiled files, and negatives (`cache.py`)
    <folder>/index/<name>-<crc32 of its path>.index     what a scanned folder holds (`index.py`)
    <folder>/locks/<compiler>-<version>-<key>.lock      held by the process that compiles (`turns.py`)
    <folder>/tmp/<host>.<pid>.<start>.<n>.tmp          being written; renamed when whole

Nothing here is precious: the folder may be deleted at any moment, and one that cannot be written only costs time.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

TABLES: Final = "tables"
INDEX: Final = "index"
TEMPORARY: Final = "tmp"
_ABANDONED_AFTER: Final = 3600.0
"""Seconds after which a temporary file of another host, or of a process we cannot ask about, is taken for litter."""
_SWEEP_AT_MOST: Final = 100_000

_counter = itertools.count()


def default_cache_folder(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path | None:
    """`$SYMBOLICATOR_CACHE_DIR`, else `symbolicator` in the user's cache folder; None where the user has no home."""
    env = os.environ if environ is None else environ
    if env.get("SYMBOLICATOR_CACHE_DIR"):
        return Path(env["SYMBOLICATOR_CACHE_DIR"])
    if platform == "win32" and env.get("LOCALAPPDATA"):
        return Path(env["LOCALAPPDATA"]) / "symbolicator"
    # The XDG text says a relative path there is to be ignored.
    if platform not in ("win32", "darwin") and os.path.isabs(env.get("XDG_CACHE_HOME", "")):  # noqa: PTH117 - of a string that may be empty
        return Path(env["XDG_CACHE_HOME"]) / "symbolicator"
    home = env.get("USERPROFILE" if platform == "win32" else "HOME")
    if not home:
        try:
            home = str(Path.home())
        except RuntimeError:
            return None
    inside = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(platform, ".cache")
    return Path(home) / inside / "symbolicator"


def write_whole(folder: Path, target: Path, write: Callable[[BinaryIO], object], check: Callable[[Path], object] | None = None) -> None:
    """Write `target` (below the cache `folder`) through a temporary file that is renamed when it is whole and `check` has accepted it.

    No fsync: after a power cut the file may be damaged, which its checksums tell. Raises OSError, and whatever `check` raises; the
    temporary file is gone in every case but a kill.
    """
    for attempt in (1, 2):
        temporary = folder / TEMPORARY / f"{_host()}.{os.getpid()}.{_start_of(os.getpid())}.{next(_counter)}.tmp"
        try:
            with temporary.open("xb") as file:
                write(file)
            if check is not None:
                check(temporary)
            temporary.replace(target)
        except FileNotFoundError:
            # Somebody deleted the folder, or it was never made: make it, once.
            with suppress(OSError):
                temporary.unlink()
            if attempt == 2:
                raise
            temporary.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        else:
            return


def sweep(folder: Path) -> int:
    """Remove the temporary files of processes that are no more; the number removed. Never raises."""
    removed = 0
    with suppress(OSError), os.scandir(folder / TEMPORARY) as entries:
        for entry in itertools.islice(entries, _SWEEP_AT_MOST):
            if _is_abandoned(entry):
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108 - entry.path is a string
                    removed += 1
    return removed


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    parts = entry.name.split(".")
    if len(parts) != 5 or parts[4] != "tmp" or not parts[1].isdecimal():
        return False  # not one of ours
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_AFTER:
            return True
    # os.kill(pid, 0) asks on POSIX and kills on Windows.
    if parts[0] != _host() or os.name != "posix" or len(parts[1]) > 9:
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return _start_of(int(parts[1])) != parts[2]  # the number was given to another process since


def _start_of(pid: int) -> str:
    """When a process started, in the kernel's ticks, as a mark against reused numbers; "0" where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return fields[19] if fields[0] != "Z" else "gone"  # killed, and not yet waited for
    except (OSError, IndexError):
        return "0"


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return "".join(c if c.isalnum() or c == "-" else "_" for c in name)[:64] or "host"
