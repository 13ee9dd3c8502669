"""What all tests share."""

from hypothesis import HealthCheck, settings

# On a busy two-core machine a first example may be slow; nothing here is a timed test.
settings.register_profile("project", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
