"""Scanning a folder given by the user, and opening a file found there: the only two ways to reach the disk.

What is scanned, and what is not:

* regular files; never FIFOs, sockets or devices (they are not even opened);
* a link to a file inside the folder counts as a file; one that leaves the folder is skipped with a note, unless `follow_links` says
that the targets of this folder's links may be read (Bazel and Nix build such folders);
* a link to a folder inside is not followed (its target is scanned under its own name); one that leaves is treated like a file's;
* `.git`, `.hg` and `.svn` never; `node_modules` after everything else and up to `NODE_MODULES_FILES`: production stacks do run through
unbundled packages, but these must not crowd out the build;
* at most `MAX_FILES` and `MAX_DEPTH`. Notes say what was skipped.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from mmap import ACCESS_READ
from typing import Final, NamedTuple

from symbolicator.artifacts.changing import Mapped, describe
from symbolicator.errors import Unreadable

MAX_FILES: Final = 200_000
MAX_DEPTH: Final = 64
NODE_MODULES_FILES: Final = 20_000
MAX_NOTES: Final = 100
NEVER: Final = frozenset((".git", ".hg", ".svn"))
_ENDINGS_OF_FILES: Final = (".map", "mapping.txt")
"""Endings that no folder with build files has."""
UNREAD: Final = ": cannot be "
"""In the notes on existing but unreadable files, and in no others."""
_MAPPED_FROM: Final = 256 << 20
"""Files from this size on are mapped even without a guard: reading them would take as much memory."""


class Seen(NamedTuple):
    """A file as the scan saw it. `path` is relative to the folder, with `/`; times in ns.

    ctime is compared too, because `cp -p` keeps the mtime.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def stamp(self) -> str:
        """Changes when the file does."""
        return f"{self.size:x}-{self.mtime_ns:x}-{self.ctime_ns:x}"


def walk(root: str, follow_links: bool = False, max_files: int = MAX_FILES) -> tuple[list[Seen], list[str]]:
    """The files below `root` (a real path), ordered by path, and notes on what was skipped. Never raises."""
    files: list[Seen] = []
    notes: list[str] = []
    folders = deque([("", 0)])
    later: deque[tuple[str, int]] = deque()  # node_modules
    linked: deque[tuple[str, int]] = deque()  # links that leave: after everything inside
    visited: set[tuple[int, int]] = set()
    limit = max_files
    while folders or later or linked:
        if folders:
            folder, depth = folders.popleft()
        elif linked:
            folder, depth = linked.popleft()
        else:
            if limit == max_files:
                limit = min(max_files, len(files) + NODE_MODULES_FILES)
            folder, depth = later.popleft()
        try:
            status = os.stat(os.path.join(root, folder))  # noqa: PTH116, PTH118 - a walk of 100,000 files does without Path
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(os.path.join(root, folder)) as scan:  # noqa: PTH118
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            _note(notes, f"{folder or '.'}{UNREAD}listed: {describe(error)}")
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                entry.name.encode()
                link = entry.is_symlink()
                if link and not follow_links and not _inside(entry.path, root):
                    _note(notes, f"{path}: a link out of the folder; give its target too, or allow links to be followed")
                elif entry.is_dir():
                    if entry.name in NEVER or (link and _inside(entry.path, root)):
                        continue
                    if depth >= MAX_DEPTH:
                        _note(notes, f"{path}: deeper than {MAX_DEPTH} folders")
                        continue
                    if entry.name.endswith(_ENDINGS_OF_FILES):
                        _note(notes, f"{path}{UNREAD}read: it is a folder")
                    (linked if link else later if entry.name == "node_modules" else folders).append((path, depth + 1))
                elif entry.is_file():
                    if len(files) >= limit:
                        _note(notes, f"{path}: skipped, the limit is {limit} files")
                        return sorted(files), notes
                    status = entry.stat()
                    files.append(Seen(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
                elif not stat.S_ISSOCK(entry.stat().st_mode):  # for a broken link, this raises
                    _note(notes, f"{path}{UNREAD}read: not a regular file")
            except UnicodeEncodeError:
                _note(notes, f"{path.encode('utf-8', 'backslashreplace').decode()}: the name is not valid text")
            except OSError as error:
                _note(notes, f"{path}{UNREAD}opened: {describe(error)}")
    return sorted(files), notes


def see(root: str, name: str) -> tuple[list[Seen], list[str]]:
    """One file as if it were the only one in a folder."""
    try:
        status = os.stat(os.path.join(root, name))  # noqa: PTH116, PTH118
    except OSError as error:
        return [], [f"{name}{UNREAD}opened: {describe(error)}"]
    if not stat.S_ISREG(status.st_mode):
        return [], [f"{name}{UNREAD}read: not a regular file"]
    return [Seen(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)], []


def open_view(root: str, seen: Seen, follow_links: bool, read_below: int) -> memoryview:
    """The content of a file that the scan saw, read if smaller than `read_below` bytes, else mapped (`changing.py`).

    Raises `Unreadable` if it is gone, was replaced, or is now outside the folder.
    """
    path = os.path.join(root, *seen.path.split("/"))  # noqa: PTH118
    if not follow_links and not _inside(path, root):
        raise Unreadable("now points outside its folder", artifact=seen.path)
    try:
        # O_NONBLOCK: a FIFO may have replaced the file, and opening it would wait for ever.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be opened: {describe(error)}", artifact=seen.path) from error
    try:
        _same(fd, seen)
        if seen.size >= read_below:
            mapped = Mapped(fd, 0, access=ACCESS_READ)
            if mapped.hold(fd, seen[1:]) or seen.size >= _MAPPED_FROM:
                return memoryview(mapped)
        with os.fdopen(fd, "rb", closefd=False) as file:
            content = file.read(seen.size)
        _same(fd, seen)  # not rewritten while it was read
        if len(content) != seen.size:
            raise Unreadable(f"has {len(content)} bytes, it had {seen.size}", artifact=seen.path)
        return memoryview(content)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read: {describe(error)}", artifact=seen.path) from error
    finally:
        os.close(fd)


def _same(fd: int, seen: Seen) -> None:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("is no longer a regular file", artifact=seen.path)
    if (status.st_size, status.st_mtime_ns, status.st_ctime_ns) != seen[1:]:
        raise Unreadable("has changed since it was found", artifact=seen.path)


def _inside(path: str, root: str) -> bool:
    real = os.path.realpath(path)
    return real == root or real.startswith(root if root.endswith(os.sep) else root + os.sep)


def _note(notes: list[str], note: str) -> None:
    if len(notes) < MAX_NOTES:
        notes.append(note)
