"""Addresses at the host of a remote: of a commit, of a pull request, of a line. Text alone: nothing is asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from symbolicator.patterns import regex

_SCP: Final = regex(r"(?:[^@/:\s]+@)?([A-Za-z0-9.-]+):(?!//)([^\s]+)")
"""`git@github.com:owner/name.git`."""
_REQUEST: Final = regex(r"\((?:#|!|PR #?)(\d{1,9})\)\s*$|^Merge(?:d)? pull request (?:#|PR )?(\d{1,9})\b|^Merged PR (\d{1,9})\b")


class _Host(NamedTuple):
    """A word of a host's name, and what follows a repository's page there."""

    word: str
    commit: str
    request: str
    line: str


_SERVER: Final = _Host("bitbucket", "/commits/{commit}", "/pull-requests/{number}", "/browse/{path}?at={commit}#{line}")
"""A company's own Bitbucket, often below a path of another server."""
_CLONED: Final = regex(r"((?:[^/]{1,200}/){0,8}?)(?:scm/)?([^/]{1,200})/([^/]{1,200})")
_PAGE: Final = regex(r"(?:^|/)(?:projects|users)/[^/]{1,200}/repos/[^/]{1,200}")
_AZURE: Final = "?path=/{path}&version=GC{commit}&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=1000"
_HOSTS: Final = (
    _Host("github", "/commit/{commit}", "/pull/{number}", "/blob/{commit}/{path}#L{line}"),
    _Host("gitlab", "/-/commit/{commit}", "/-/merge_requests/{number}", "/-/blob/{commit}/{path}#L{line}"),
    _Host("bitbucket.org", "/commits/{commit}", "/pull-requests/{number}", "/src/{commit}/{path}#lines-{line}"),
    _SERVER,
    *(
        _Host(word, "/commit/{commit}", "/pulls/{number}", "/src/commit/{commit}/{path}#L{line}")
        for word in ("gitea", "codeberg", "forgejo")
    ),
    _Host("dev.azure.com", "/commit/{commit}", "/pullrequest/{number}", _AZURE),
    _Host("visualstudio.com", "/commit/{commit}", "/pullrequest/{number}", _AZURE),
)
_PUBLIC: Final = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")


def web_address(remote: str | None) -> str | None:
    """The address of a repository's page, without a user's name, password or port of ssh; None if it is not at a host we know.

    >>> web_address("git@github.com:tides/pump.git")
    'https://github.com/tides/pump'
    """
    if not remote or not remote.isprintable() or "\\" in remote:
        return None
    scp = _SCP.fullmatch(remote)
    if scp:
        scheme, host, path = "ssh", scp[1], scp[2]
    else:
        try:
            split = urlsplit(remote)
            scheme, host, path = split.scheme, split.hostname or "", split.path
            port = split.port
        except ValueError:
            return None
        if scheme in {"http", "https"} and port is not None:
            host = f"{host}:{port}"
    path = path.strip("/").removesuffix(".git").rstrip("/")
    if scheme not in {"http", "https", "ssh", "git"} or not path or "@" in path.partition("/")[0]:
        return None  # `name:password@host` is no path
    if scheme == "ssh":
        host = _of_ssh(host)
    if host in {"ssh.dev.azure.com", "vs-ssh.visualstudio.com"}:  # v3/organisation/project/name
        parts = path.split("/")
        if len(parts) != 4:
            return None
        host, path = "dev.azure.com", f"{parts[1]}/{parts[2]}/_git/{parts[3]}"
    known = _host(host, path)
    if known is _SERVER and not _PAGE.search(path):
        found = _CLONED.fullmatch(path)
        if found is None:
            return None
        path = f"{found[1]}projects/{found[2]}/repos/{found[3]}"
    return f"{'http' if scheme == 'http' else 'https'}://{host}/{quote(path, safe='/%~')}" if known is not None else None


def _of_ssh(host: str) -> str:
    """The host of the web for one of ssh: of an alias for another key (`github.com-work`), and of one that is for ssh alone; "" for a name
    that only somebody's configuration of ssh knows.
    """
    for public in _PUBLIC:
        if host.startswith(f"{public}-"):
            return public
    for before in ("ssh.", "altssh."):
        rest = host.removeprefix(before)
        if rest != host and "." in rest and rest != "dev.azure.com":
            return rest
    return host if "." in host else ""


def commit_address(remote: str | None, commit: str) -> str | None:
    """The address of a commit's page; None if the host is not known."""
    return _address(remote, "commit", commit=commit)


def request_number(summary: str) -> int | None:
    """The number of the pull request that a commit's summary names."""
    found = _REQUEST.search(summary[:1000])
    return int(next(filter(None, found.groups()))) if found else None


def request_address(remote: str | None, number: int) -> str | None:
    """The address of a pull request's page; None if the host is not known."""
    return _address(remote, "request", number=str(number))


def line_address(remote: str | None, commit: str, path: str, line: int) -> str | None:
    """The address of a line (from 1) of a file as it was in a commit; None if the host is not known.

    >>> line_address("git@github.com:tides/pump.git", "caf4b10", "src/pump.c", 7)
    'https://github.com/tides/pump/blob/caf4b10/src/pump.c#L7'
    """
    return _address(remote, "line", commit=commit, path=quote(path.encode("utf-8", "surrogateescape"), safe="/~"), line=str(line))


def is_known(address: str) -> bool:
    """Whether a text is an address at a host we know, and nothing but that."""
    if not address.isascii() or not address.isprintable():
        return False
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    return split.scheme in {"http", "https"} and "@" not in split.netloc and _host(split.netloc, split.path) is not None


def _address(remote: str | None, what: str, **values: str) -> str | None:
    found = _repository(remote)
    return found[0] + getattr(found[1], what).format_map(values) if found else None


@lru_cache(maxsize=64)  # all frames of an event ask about the same few remotes
def _repository(remote: str | None) -> tuple[str, _Host] | None:
    """The page of a repository, and the host it is at."""
    page = web_address(remote)
    split = urlsplit(page) if page else None
    host = _host(split.netloc, split.path) if split else None
    return (page, host) if page and host else None


def _host(host: str, path: str) -> _Host | None:
    known = next((known for known in _HOSTS if known.word in host.lower()), None)
    return known or (_SERVER if "/scm/" in f"/{path}" or _PAGE.search(path) else None)
