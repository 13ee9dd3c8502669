"""How many connections a process may have: its open files are bounded, and who runs out of them can accept, read and answer nothing."""

from __future__ import annotations

from symbolicator.errors import ConfigError

MOST = 4096
"""Open connections of one process; more wait with the kernel."""
_FILES = 320
"""Descriptors for everything else: mapped tables (`artifacts/cache.py` bounds them), files that are read, files of forms, metrics."""


def connections(threads: int) -> int:
    """What the limit of open files has room for. It is raised as far as this user may. Raises `ConfigError` where it is hopeless."""
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
        raise ConfigError(f"{soft} files may be open, which is too few for {threads} threads", "raise the limit: `ulimit -n 4416`")
    return room
