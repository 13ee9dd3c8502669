"""For schemathesis: bodies that are no JSON, as they are (`SCHEMATHESIS_HOOKS=benchmarks.schema_hooks`)."""

import schemathesis


@schemathesis.serializer("application/x-sentry-envelope", "application/x-protobuf", "application/octet-stream")
def as_it_is(_, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
