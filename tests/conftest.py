"""What all tests share."""

import logging

import pytest
from hypothesis import HealthCheck, settings

# On a busy two-core machine a first example may be slow; nothing here is a timed test. The examples are the same in every run: a change is
# judged by what it changed. `make laws` looks for new ones.
settings.register_profile("project", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("project"), max_examples=2_000, derandomize=False)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _own_log(monkeypatch):
    """A command sets up the log of its process, which here is that of the tests to come as well."""
    monkeypatch.setattr("symbolicator.log._set_ups", [])
    log = logging.getLogger("symbolicator")
    for name in ("handlers", "level", "propagate"):
        monkeypatch.setattr(log, name, [] if name == "handlers" else getattr(log, name))
