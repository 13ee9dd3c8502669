"""The cache folder: where it is, what is in it, and how a file is written whole or not at all.

::

    <folder>/tables/<compiler>-<version>/<key>.table   compiled files, and refusals (`table_folder.py`)
    <folder>/index/<name>-<crc32 of its path>.index     the files in a scanned folder (`index.py`)
    <folder>/locks/<compiler>-<version>-<key>.lock      held by the process that compiles (`turns.py`)
    <folder>/tmp/<host>.<pid>.<start>.<n>.tmp          being written; renamed when whole

Nothing here is precious: the folder may be deleted at any moment, and an unwritable folder only costs time. But its content
is trusted: so the folder must belong to this user (or root), and nobody else may write to it. Its files are for this user alone.
"""

from __future__ import annotations

import itertools
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from symbolicator.log import log_of

TABLES: Final = "tables"
INDEX: Final = "index"
TEMPORARY: Final = "tmp"
_ABANDONED_AFTER: Final = 3600.0
"""Seconds after which a temporary file of another host, or of an unknown process, counts as abandoned."""
_SWEEP_AT_MOST: Final = 100_000

_counter = itertools.count()


def cache_folder(cache_dir: str | os.PathLike[str] | bool | None) -> Path | None:
    """The folder meant by `Settings.cache_dir`: None is the user's own; with False there is none, and nothing is kept on disk."""
    if cache_dir is False:
        return None
    return default_cache_folder() if cache_dir is None or cache_dir is True else Path(cache_dir)


def default_cache_folder(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path | None:
    """`$SYMBOLICATOR_CACHE_DIR`, else `symbolicator` in the user's cache folder; None if the user has no home."""
    env = os.environ if environ is None else environ
    if env.get("SYMBOLICATOR_CACHE_DIR"):
        return Path(env["SYMBOLICATOR_CACHE_DIR"])
    if platform == "win32" and env.get("LOCALAPPDATA"):
        return Path(env["LOCALAPPDATA"]) / "symbolicator"
    # The XDG specification says to ignore a relative path there.
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


def trusted(folder: Path | None) -> Path | None:
    """The cache folder if its content can be trusted; else None, and the reason is logged once. One that does not exist will be ours."""
    if folder is None or os.name != "posix":
        return folder
    for each in (folder, *(folder / name for name in (TABLES, INDEX, TEMPORARY))):
        try:
            status = each.stat() if each is folder else each.lstat()
        except OSError:
            continue
        reason = others_may_write(status) if stat.S_ISDIR(status.st_mode) else "is not a folder"
        if reason is not None:
            if each not in _said:
                _said.add(each)
                log_of(__name__).warning("compiled files are kept in memory only: %s %s; give a folder of your own", each, reason)
            return None
    return folder


_said: set[Path] = set()


def others_may_write(status: os.stat_result) -> str | None:
    """Why others may have written a file or folder: it belongs to another user, or others may write to it; None if neither."""
    if os.name != "posix":
        return None
    if status.st_uid not in (os.geteuid(), 0):
        return f"belongs to user {status.st_uid}"
    return f"can be written by others (mode {stat.S_IMODE(status.st_mode):o})" if status.st_mode & 0o022 else None


def open_own(path: Path) -> int | None:
    """A descriptor of a regular file of the cache; None if there is none, or something else in its place: a link, a FIFO, a device, a
    folder, a file of another user or one that others may write. It does not wait.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        fd = os.open(path, flags)
    except OSError:
        return None
    status = os.fstat(fd)
    if stat.S_ISREG(status.st_mode) and others_may_write(status) is None:
        return fd
    os.close(fd)
    return None


def make_private(folder: Path) -> None:
    """Create a folder and those above it, for this user alone. Raises OSError."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def unwritable(folder: Path | None) -> str | None:
    """Why nothing can be written in a folder, which is created if need be; None if it can, or if there is none."""
    from tempfile import TemporaryFile  # slow to import, and seldom needed

    if folder is None:
        return None
    try:
        make_private(folder)
        with TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


def private(path: str, flags: int) -> int:
    """Opens a new file for this user alone, for `open`."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def write_whole(folder: Path, target: Path, write: Callable[[BinaryIO], object], check: Callable[[Path], object] | None = None) -> None:
    """Write `target` (below the cache `folder`) through a temporary file that is renamed when it is complete and `check` has accepted it.

    No fsync: after a power cut the file may be damaged, which its checksums detect. Raises OSError, and whatever `check` raises; the
    temporary file is removed in every case but a kill.
    """
    for attempt in (1, 2):
        temporary = folder / TEMPORARY / f"{_host()}.{os.getpid()}.{_start_of(os.getpid())}.{next(_counter)}.tmp"
        try:
            with open(temporary, "xb", opener=private) as file:
                write(file)
            if check is not None:
                check(temporary)
            temporary.replace(target)
        except FileNotFoundError:
            # The folder was deleted, or never created: create it once.
            with suppress(OSError):
                temporary.unlink()
            if attempt == 2:
                raise
            make_private(temporary.parent)
            make_private(target.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        else:
            return


def sweep(folder: Path) -> int:
    """Remove the temporary files of dead processes; returns the number removed. Never raises."""
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
    # os.kill(pid, 0) checks on POSIX and kills on Windows.
    if parts[0] != _host() or os.name != "posix" or len(parts[1]) > 9:
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return _start_of(int(parts[1])) != parts[2]  # the number was reused by another process


def _start_of(pid: int) -> str:
    """When a process started, in the kernel's ticks, to detect reused numbers; "0" if the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return fields[19] if fields[0] != "Z" else "gone"  # killed, and not yet waited for
    except (OSError, IndexError):
        return "0"


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return "".join(c if c.isalnum() or c == "-" else "_" for c in name)[:64] or "host"
