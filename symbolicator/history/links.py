"""Addresses at the host of a remote: of a commit, of a pull request, of a line. Text alone: nothing is asked for."""

from __future__ import annotations

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


_AZURE: Final = "?path=/{path}&version=GC{commit}&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=1000"
_HOSTS: Final = (
    _Host("github", "/commit/{commit}", "/pull/{number}", "/blob/{commit}/{path}#L{line}"),
    _Host("gitlab", "/-/commit/{commit}", "/-/merge_requests/{number}", "/-/blob/{commit}/{path}#L{line}"),
    _Host("bitbucket.org", "/commits/{commit}", "/pull-requests/{number}", "/src/{commit}/{path}#lines-{line}"),
    _Host("bitbucket", "/commits/{commit}", "/pull-requests/{number}", "/browse/{path}?at={commit}#{line}"),  # a company's own
    *(
        _Host(word, "/commit/{commit}", "/pulls/{number}", "/src/commit/{commit}/{path}#L{line}")
        for word in ("gitea", "codeberg", "forgejo")
    ),
    _Host("dev.azure.com", "/commit/{commit}", "/pullrequest/{number}", _AZURE),
    _Host("visualstudio.com", "/commit/{commit}", "/pullrequest/{number}", _AZURE),
)
_PUBLIC: Final = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_BY_SSH: Final = ("ssh.", "altssh.")


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
    known = _host(host)
    if known is None:
        return None
    if host in {"ssh.dev.azure.com", "vs-ssh.visualstudio.com"}:  # v3/organisation/project/name
        parts = path.split("/")
        if len(parts) != 4:
            return None
        host, path = "dev.azure.com", f"{parts[1]}/{parts[2]}/_git/{parts[3]}"
    elif known.word == "bitbucket" and not path.startswith(("projects/", "users/")):
        parts = path.removeprefix("scm/").split("/")
        if len(parts) != 2:
            return None
        path = f"projects/{parts[0]}/repos/{parts[1]}"
    return f"{'http' if scheme == 'http' else 'https'}://{host}/{quote(path, safe='/%~')}"


def _of_ssh(host: str) -> str:
    """The host of the web for one of ssh: of an alias for another key (`github.com-work`), and of ssh by the port of https."""
    for public in _PUBLIC:
        if host.startswith(f"{public}-") or any(host == f"{before}{public}" for before in _BY_SSH):
            return public
    return host


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
    return split.scheme in {"http", "https"} and "@" not in split.netloc and _host(split.netloc) is not None


def _address(remote: str | None, what: str, **values: str) -> str | None:
    page = web_address(remote)
    host = _host(urlsplit(page).netloc) if page else None
    return page + getattr(host, what).format_map(values) if page and host else None


def _host(host: str) -> _Host | None:
    return next((known for known in _HOSTS if known.word in host.lower()), None)
