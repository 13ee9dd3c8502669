"""How many connections there may be."""

import os
from types import SimpleNamespace

import pytest

from symbolicator.errors import ConfigError
from symbolicator.service import descriptors

if os.name == "nt":
    pytest.skip("no such limit", allow_module_level=True)

import resource


@pytest.mark.parametrize(
    ("soft", "hard", "room", "left_at"),
    [
        # raised as far as it is needed, or allowed
        (1024, 1 << 20, descriptors.MOST, 4416),
        (1024, resource.RLIM_INFINITY, descriptors.MOST, 4416),
        (1024, 2000, 1680, 2000),
        # high enough
        (1 << 20, 1 << 20, descriptors.MOST, 1 << 20),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, descriptors.MOST, resource.RLIM_INFINITY),
        # half of them at least are for connections
        (256, 256, 128, 256),
    ],
)
def test_connections_leave_room_for_files(monkeypatch, soft, hard, room, left_at):
    limits = SimpleNamespace(now=(soft, hard))
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits.now)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: setattr(limits, "now", wanted))
    assert descriptors.connections(36) == room
    assert limits.now == (left_at, hard)


def test_a_hopeless_limit_is_told_of_at_the_start(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    with pytest.raises(ConfigError, match="the limit of 64 open files"):
        descriptors.connections(36)
