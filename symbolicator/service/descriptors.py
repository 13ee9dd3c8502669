"""How many connections a process may have: without free file descriptors it could not accept, read or answer anything."""

from __future__ import annotations

from symbolicator.errors import ConfigError

MOST = 4096
"""Open connections of one process; more wait in the kernel's queue."""
_FILES = 320
"""Descriptors for everything else: mapped tables (`artifacts/cache.py` limits them), files being read, files of forms, metrics."""


def connections(threads: int) -> int:
    """How many connections the limit of open files allows, which is raised as far as permitted. Raises `ConfigError` if it is too low."""
    try:
        import resource
    except ImportError:  # Windows
        return MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + _FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = more
    room = MOST if soft == resource.RLIM_INFINITY else min(MOST, max(soft - _FILES, soft // 2))
    if room <= threads:
        raise ConfigError(f"the limit of {soft} open files is too low for {threads} threads", "raise the limit: `ulimit -n 4416`")
    return room
