"""Addresses at the host of a remote: of a commit, of a pull request. Text alone: nothing is asked for."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from symbolicator.patterns import regex

_SCP: Final = regex(r"(?:[^@/:\s]+@)?([A-Za-z0-9.-]+):(?!//)([^\s]+)")
"""`git@github.com:owner/name.git`."""
_REQUEST: Final = regex(r"\((?:#|!|PR #?)(\d{1,9})\)\s*$|^Merge(?:d)? pull request (?:#|PR )?(\d{1,9})\b|^Merged PR (\d{1,9})\b")

# A word of the host's name → what is before a commit's id, and before a pull request's number.
_HOSTS: Final = (
    ("github", "commit/", "pull/"),
    ("gitlab", "-/commit/", "-/merge_requests/"),
    ("bitbucket", "commits/", "pull-requests/"),
    ("gitea", "commit/", "pulls/"),
    ("codeberg", "commit/", "pulls/"),
    ("forgejo", "commit/", "pulls/"),
    ("dev.azure.com", "commit/", "pullrequest/"),
    ("visualstudio.com", "commit/", "pullrequest/"),
)


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
    if scheme not in {"http", "https", "ssh", "git"} or _words(host) is None:
        return None
    path = path.strip("/").removesuffix(".git")
    if host in {"ssh.dev.azure.com", "vs-ssh.visualstudio.com"}:  # v3/organisation/project/name
        parts = path.split("/")
        if len(parts) != 4:
            return None
        host, path = "dev.azure.com", f"{parts[1]}/{parts[2]}/_git/{parts[3]}"
    return f"{'http' if scheme == 'http' else 'https'}://{host}/{quote(path, safe='/%~')}"


def commit_address(remote: str | None, commit: str) -> str | None:
    """The address of a commit's page; None if the host is not known."""
    page = web_address(remote)
    words = _words(urlsplit(page).netloc) if page else None
    return f"{page}/{words[1]}{commit}" if words else None


def request_number(summary: str) -> int | None:
    """The number of the pull request that a commit's summary names."""
    found = _REQUEST.search(summary[:1000])
    return int(next(filter(None, found.groups()))) if found else None


def request_address(remote: str | None, number: int) -> str | None:
    """The address of a pull request's page; None if the host is not known."""
    page = web_address(remote)
    words = _words(urlsplit(page).netloc) if page else None
    return f"{page}/{words[2]}{number}" if words else None


def _words(host: str) -> tuple[str, str, str] | None:
    return next((words for words in _HOSTS if words[0] in host.lower()), None)
