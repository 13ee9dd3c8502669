"""What all tests share."""

import logging

import pytest
from hypothesis import HealthCheck, settings

# On a busy two-core machine a first example may be slow; nothing here is a timed test.
settings.register_profile("project", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _own_log(monkeypatch):
    """A command sets up the log of its process, which here is that of the tests to come as well."""
    monkeypatch.setattr("symbolicator.log._set_ups", [])
    log = logging.getLogger("symbolicator")
    for name in ("handlers", "level", "propagate"):
        monkeypatch.setattr(log, name, [] if name == "handlers" else getattr(log, name))
