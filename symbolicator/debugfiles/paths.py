r"""Source paths in debug files: joined, cleaned, relative to the compilation directory. Nothing is opened.

A path keeps the separators of the system it was compiled on: `C:\src\a.c` does not become `C:/src/a.c`; if a path mixes them (`C:\src/a.c`,
as clang writes), its first one is used throughout.
"""

from __future__ import annotations

from typing import Final

_SPECIAL: Final = frozenset("/\\<:\0")
_NO_NAMES: Final = frozenset(("", ".", ".."))


def is_absolute(path: str) -> bool:
    r"""Whether a path is absolute: `/a`, `\\server\a`, `C:\a`, `C:/a`, and `<built-in>` or `scheme://…`, which are not paths at all."""
    return path.startswith(("/", "\\", "<")) or _has_drive(path) or "://" in path[:16]


def _has_drive(path: str) -> bool:
    return path[1:2] == ":" and path[2:3] in {"\\", "/"} and path[0].isalpha()


def join(*parts: str | None) -> str:
    """The parts from the last absolute one on, joined and cleaned; "" if there is none.

    >>> join("/src", "../include", "./a.h")
    '/include/a.h'
    """
    kept: list[str] = []
    for part in reversed(parts):
        if part:
            kept.append(part)
            if is_absolute(part):
                break
    return clean("\0".join(reversed(kept)))


def prefix_of(folder: str) -> str | None:
    """What `join(folder, name)` puts before each name that `is_plain`; None where it depends on the name: of a folder that is not clean, is
    `.`, or has a `\\` or `:`.

    >>> prefix_of("/src"), prefix_of("C:/src")
    ('/src/', None)
    """
    if folder in {"", "."} or folder[0] == "<" or "\\" in folder or ":" in folder:
        return None
    return folder if folder.endswith("/") else folder + "/"


def is_plain(name: str) -> bool:
    """Whether a name has one part, which is neither `.` nor `..`."""
    return _SPECIAL.isdisjoint(name) and name not in _NO_NAMES


def clean(path: str) -> str:
    r"""`path` without `.`, `x/..` and doubled separators. A `\0` in it counts as a separator of the same kind as the others.

    `..` is resolved as text: the file does not know the symbolic links on the compiler's disk.
    """
    if path.startswith("<") or "://" in path[:16]:
        return path.replace("\0", "/")
    windows = _has_drive(path) or path.startswith("\\\\") or ("\\" in path and "/" not in path)
    separator = "/"
    if windows:
        backslash, slash = path.find("\\"), path.find("/")
        separator = "\\" if slash < 0 or 0 <= backslash < slash else "/"
        path = path.replace("\\", "/")
    path = path.replace("\0", "/")
    if "//" not in path and "/." not in path and not path.startswith("./"):
        return path.replace("/", separator) if windows else path
    root = "//" if windows and path.startswith("//") else "/" if path.startswith("/") else ""
    kept: list[str] = []
    for part in path.split("/"):
        if part in {"", "."}:
            continue
        if part != "..":
            kept.append(part)
        elif kept and kept[-1] != ".." and not (len(kept) == 1 and not root and kept[0].endswith(":")):
            kept.pop()
        elif not root and not (kept and kept[0].endswith(":")):
            kept.append(part)
    return (root + "/".join(kept)).replace("/", separator)


def relative(path: str, base: str | None) -> str:
    """`path` relative to `base`, both cleaned, if it is below it; else `path`."""
    if not base:
        return path
    base = clean(base).rstrip("/\\")
    if path.startswith(base) and path[len(base) : len(base) + 1] in {"/", "\\"}:
        return path[len(base) + 1 :]
    return path
