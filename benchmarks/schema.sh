#!/bin/sh
# Requests made from the OpenAPI document, for every route of a service with files, a store and tokens: no answer that it does not name.
#
#     benchmarks/schema.sh [EXAMPLES]         for each operation, beside those that cover its schema; 120 make more than 5,000 requests
#
# needs schemathesis 4 (`pip install schemathesis`, in an environment of its own): the one on PATH, or $SCHEMATHESIS.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
port=${PORT:-18645}
cat > "$folder/schemathesis.toml" <<'END'
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501, 503, 507]
END
SYMBOLICATOR_CACHE_DIR="$folder/cache" "${PYTHON:-.venv/bin/python}" -m symbolicator serve --port "$port" --workers 1 \
    -f fixtures/javascript/esbuild-min/files -f fixtures/native/clang-dwarf5/files -f fixtures/jvm/repackaged/files \
    --store "$folder/store" --store-size 64Mi --token s3cret --scope shop=of-shop 2> "$folder/log" &
service=$!
trap 'kill "$service"; wait "$service" || true; rm -rf "$folder"' EXIT
PYTHONPATH=. SCHEMATHESIS_HOOKS=benchmarks.schema_hooks "${SCHEMATHESIS:-schemathesis}" --config-file "$folder/schemathesis.toml" \
    run "http://127.0.0.1:$port/openapi.json" --wait-for-schema 20 -H "Authorization: Bearer s3cret" \
    --phases examples,coverage,fuzzing -n "${1:-120}" --seed 1 --no-shrink --continue-on-failure --generation-database none \
    -c not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
