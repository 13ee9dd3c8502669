"""Which revision of a clone a release is, by evidence: a revision that the event names, an id within the release, or a tag of its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.history.clone import Clone
from symbolicator.history.git import GitError
from symbolicator.patterns import regex

_ID: Final = regex(r"[0-9a-f]{7,64}")
_VERSION: Final = regex(r"v?(\d[0-9A-Za-z.-]*)")
_NAMED: Final = regex(r"([A-Za-z][A-Za-z0-9._/-]{0,100}?)[-_/](v?\d{1,9}\.[0-9A-Za-z.+-]{1,100})")
"""`tides-1.4.2`, as Maven names releases."""
_BEFORE_DIGITS: Final = regex(r"(?:[^@/]*[@/])?\D*")
"""Of `web2@1.4.2` the part `web2@`."""


class Revision(NamedTuple):
    """A commit, and how it was found: `named` by the event, `release`, by an id in the release, `tag` by the tag of that name, or `head`:
    then the build may be another one. `tag`: the tag's name. `previous`: the name of the release before it, `before`: its revision, as git
    names it; None if that is not known.
    """

    commit: str
    how: str
    tag: str | None = None
    previous: str | None = None
    before: str | None = None

    @property
    def certain(self) -> bool:
        """Whether it is the revision of the build, not merely today's."""
        return self.how != "head"


def find_revision(clone: Clone, release: str | None, named: str | None = None) -> Revision:
    """The revision of a release; HEAD if nothing says which. Raises `GitError`: the event names a revision that the clone does not have,
    or there is no commit at all.
    """
    if named is not None:
        commit = commit_of(clone, named)
        if commit is None:
            fetch = "git fetch --unshallow" if clone.ends else "fetch it"
            raise GitError(f"{clone.folder} has no commit {named[:64]}: {fetch}")
        return _with_previous(clone, Revision(commit, "named"))
    for text in _ids_in(release or ""):
        commit = commit_of(clone, text)
        if commit is not None:
            return _with_previous(clone, Revision(commit, "release"))
    for tag in _tags_of(release or ""):
        if f"refs/tags/{tag}" in clone.refs:
            commit = commit_of(clone, clone.refs[f"refs/tags/{tag}"])
            if commit is not None:
                return _with_previous(clone, Revision(commit, "tag", tag))
    if clone.head is None:
        raise GitError(f"{clone.folder} has no commit yet")
    return Revision(clone.head, "head")


def _ids_in(release: str) -> Iterator[str]:
    """Parts of a release that may be a commit: all of it, what follows `+`, `@` or `-`, the end of `git describe`'s words."""
    before, described, commit = release.rpartition("-g")  # `v1.4.2-13-g0123abc`, as `git describe` writes it
    if described and before.rpartition("-")[2].isdigit() and _ID.fullmatch(commit):
        yield commit
    for part in (release, *(release.rpartition(mark)[2] for mark in "+@-")):
        # A word of digits alone is a version's build number more often than an id.
        if _ID.fullmatch(part.lower()) and (len(part) >= 40 or not part.isdigit()):
            yield part.lower()


def _tags_of(release: str) -> Iterator[str]:
    """Names of tags for a release, the most exact first: `web@1.4.2+77` may be tagged `web@1.4.2`, `web-v1.4.2`, `v1.4.2`."""
    release = release.strip()
    before, opened, build = release.rpartition("(")  # iOS: `tides@1.4.2 (77)`
    release = before.rstrip() if opened and build.removesuffix(")").isdigit() else release
    named = _NAMED.fullmatch(release)
    package, version = (named[1], named[2]) if named and "@" not in release else release.rpartition("@")[::2]
    for text in dict.fromkeys((version, version.partition("+")[0])):
        found = _VERSION.fullmatch(text)
        if not text:
            continue
        forms = (text, f"v{found[1]}", found[1]) if found else (text,)
        if package:
            name = package.rpartition("/")[2]
            for whole in dict.fromkeys((package, name)):
                yield from (f"{whole}{mark}{form}" for mark in "@-/_" for form in forms)
        yield from forms
        if found:
            yield from (f"release{mark}{form}" for mark in "-/" for form in forms)


def commit_of(clone: Clone, name: str) -> str | None:
    """The commit of an id, an abbreviated one, or of a tag's object; None if there is none, or more than one. Raises `GitTimeout`."""
    if not _ID.fullmatch(name.lower()):
        return None
    printed = clone.git.attempt("rev-parse", "--verify", "--quiet", f"{name.lower()}^{{commit}}")
    return (printed or b"").decode().strip() or None


def _with_previous(clone: Clone, revision: Revision) -> Revision:
    """The revision with the tag before it; unchanged if there is no such tag.

    Of a repository with many packages only tags of the same form count: before `web@1.4.2` came the nearest `web@…`, before `v1.4.2` the
    nearest `v…`.
    """
    found = _BEFORE_DIGITS.match(revision.tag or "")
    match = ["--match", f"{_literal(found[0])}[0-9]*"] if revision.tag and found else []
    printed = clone.git.attempt("describe", "--tags", "--abbrev=0", *match, f"{revision.commit}^")
    if printed is None:
        return revision
    before = printed.decode("utf-8", "replace").strip()
    return revision._replace(previous=before, before=f"refs/tags/{before}")


def _literal(text: str) -> str:
    """A text as a pattern that matches it alone."""
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in text)
