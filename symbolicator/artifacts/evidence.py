"""Whether a file whose name fits is the one that is meant: the one place that decides by paths (`docs/evidence.md`).

A name alone is weak evidence, for there is an `index.js` in every package. Where the rest of the path says that the file asked for belongs
to somebody else (a package, the system's runtime, a browser's extension), the package's own folders have to fit too. What lies above a
build's folder is no contradiction: `dist/app.js` is deployed as `/assets/app.js`.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.patterns import regex

_PACKAGES = frozenset(("node_modules", "bower_components", "jspm_packages", "web_modules"))
_SYSTEM = (
    ("var", "runtime"),  # AWS Lambda's
    ("var", "lang"),
    ("usr", "lib"),
    ("usr", "share"),
    ("usr", "local", "lib"),
    ("snap",),
)
_EXTENSION = regex(r"(?i)(?:[a-z]+-)?(?:web-)?extension:")
_HASHED = regex(r"(?P<stem>.{1,200}?)(?P<mark>[.\-_~])(?P<hash>[A-Za-z0-9_-]{6,40})(?P<ending>(?:\.[a-z]{1,12}){1,3})$")
_LETTERS_ONLY = regex(r"[a-z]+$|[A-Z][a-z]+$")
_SHORT_HASH = 16


def contradiction(url: str, wanted: Sequence[str], path: Sequence[str], common: int) -> str | None:
    """Why the file at `path` is not what `url` asks for (its segments: `wanted`), although the last `common` segments fit; None where
    nothing contradicts.
    """
    package = _package(wanted)
    if package and common < len(package):
        return f"the trace's is of the package {'/'.join(package[:2] if package[0].startswith('@') else package[:1])}"
    own = _package(path)
    if own and common < len(own):
        return f"it is of the package {'/'.join(own[:2] if own[0].startswith('@') else own[:1])}, and the trace's is not"
    if _EXTENSION.match(url) and common < 2:
        return "the trace's is a browser extension's"
    system = next((head for head in _SYSTEM if tuple(wanted[: len(head)]) == head), None)
    if system is not None and common <= max(1, min(2, len(wanted) - len(system) - 1)):
        return f"the trace's is the system's, below /{'/'.join(system)}"
    return None


def _package(path: Sequence[str]) -> tuple[str, ...]:
    """What follows the last `node_modules`: the package, and its file within; () outside of packages."""
    for at in range(len(path) - 2, -1, -1):
        if path[at] in _PACKAGES:
            return tuple(path[at + 1 :])
    return ()


def is_other_build(wanted: str, name: str) -> bool:
    """Whether two file names differ in nothing but the hash that a bundler put there.

    >>> is_other_build("index-BocM83dk.js", "index-Bnoo12aZ.js"), is_other_build("main-page.js", "main-view.js")
    (True, False)
    """
    one, other = _unhashed(wanted), _unhashed(name)
    return wanted != name and one is not None and one == other


def _unhashed(name: str) -> tuple[str, ...] | None:
    found = _HASHED.match(name)
    if found is None:
        return None
    digest = found["hash"]
    if _LETTERS_ONLY.match(digest) or (len(digest) > _SHORT_HASH and "-" in digest):
        return None  # a word
    return found["stem"], found["mark"], found["ending"]
