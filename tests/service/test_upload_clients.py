"""Real clients, unchanged, upload to a service with two processes: the examples of docs/uploads.md, `sentry-cli`, and bundlers' plugins.

`sentry-cli` is that of PATH, and those of `$SYMBOLICATOR_SENTRY_CLI` (separated like PATH); bundlers, `@sentry/*-plugin` and other vendors' tools
are looked for in the folder `$SYMBOLICATOR_NODE_MODULES`. What is missing is skipped.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symbolicator import parse_trace
from tests.makers.builds import FRAME, build

from .conftest import CASE, ROOT, WANTED
from .test_serving import ask, start

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn")
EXAMPLES = re.findall(r"(?m)^\$ (curl .+)\n((?:(?!\$ |```).*\n)*)", (ROOT / "docs" / "uploads.md").read_text())
CLIENTS = [*filter(None, os.environ.get("SYMBOLICATOR_SENTRY_CLI", "").split(os.pathsep)), *filter(None, [shutil.which("sentry-cli")])]
MODULES = Path(os.environ.get("SYMBOLICATOR_NODE_MODULES", "none"))
NATIVE = ROOT / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary"
MAPPING = ROOT / "fixtures" / "jvm" / "repackaged" / "files" / "mapping.txt"
UUID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "empty").mkdir()
    scopes = ("--token", "s3cret", "--scope", "shop=of-shop", "--scope", "bank=of-bank")
    running, port = start(folder, "--store", str(folder / "store"), *scopes, "--workers", "2", files=folder / "empty")
    yield port
    running.terminate()
    assert running.wait(60) == 0


@pytest.fixture
def project(port, tmp_path):
    """The environment of a client of the scope `shop`, in an empty folder."""
    told = {"URL": f"http://127.0.0.1:{port}", "AUTH_TOKEN": "of-shop", "ORG": "any", "PROJECT": "web", "DISABLE_UPDATE_CHECK": "1"}
    left = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    env = {**left, "HOME": str(tmp_path), **{f"SENTRY_{name}": value for name, value in told.items()}}
    return lambda *command: subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, timeout=300, check=False)


def text_of(port, token, path, body, kind="application/json"):
    status, text = ask(port, "POST", path, body, Authorization=f"Bearer {token}", Content_Type=kind)
    assert status == 200, text
    return text


def test_the_documentation_has_examples_of_uploads():
    assert len(EXAMPLES) >= 5


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_examples_of_the_documentation_do_what_they_show(port):
    for command, shown in EXAMPLES:  # each needs what those before it uploaded
        here = command.replace("http://127.0.0.1:8642", f"http://127.0.0.1:{port}")
        env = {**os.environ, "TOKEN": "s3cret"}
        out = subprocess.run(["bash", "-c", here], capture_output=True, text=True, cwd=CASE, check=True, env=env).stdout
        assert [line for line in shown.splitlines() if line.strip() and line not in out] == [], out


@pytest.fixture(params=CLIENTS or [pytest.param(None, marks=pytest.mark.skip(reason="no sentry-cli"))])
def sentry_cli(request, project):
    def run(*arguments):
        done = project(request.param, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_sentry_cli_uploads_maps_of_a_release(sentry_cli, port, tmp_path, trace):
    shutil.copytree(CASE / "files", tmp_path / "dist")
    sentry_cli("sourcemaps", "upload", "--release", f"shop@{tmp_path.name}", "--dist", "7", "dist")
    path = f"/symbolicate/text?release=shop@{tmp_path.name}&dist=7"
    for token, found in (("of-shop", True), ("of-bank", False)):
        assert (WANTED in text_of(port, token, path, trace, "text/plain")) is found


def test_sentry_cli_uploads_maps_by_debug_id(sentry_cli, port, tmp_path):
    build(tmp_path / "dist", x_test=str(tmp_path))  # another one for another client
    sentry_cli("sourcemaps", "inject", "dist")
    sentry_cli("sourcemaps", "upload", "dist")
    script = (tmp_path / "dist" / "app.js").read_text()
    lineno = next(n for n, line in enumerate(script.splitlines(), 1) if "class a{" in line)  # below what was injected
    frame = {**FRAME, "lineno": lineno}
    event = {"platform": "javascript", "exception": {"values": [{"type": "Error", "stacktrace": {"frames": [frame]}}]}}
    assert_found_by_debug_id(port, script, event, "src/cart.ts:3:23")


def assert_found_by_debug_id(port, script, event, wanted):
    debug_id = re.search(r"(?:debugId=|sentry-dbid-)([0-9a-f-]{36})", script)[1]
    files = {frame["abs_path"] for stack in stacks(event) for frame in stack["frames"]}
    images = [{"type": "sourcemap", "code_file": file, "debug_id": debug_id} for file in files if file.endswith("js")]
    for path, token, found in (
        ("/symbolicate", "of-shop", True),
        ("/symbolicate?scope=shop", "s3cret", True),
        ("/symbolicate", "of-bank", False),
        ("/symbolicate?scope=bank", "s3cret", False),
        ("/symbolicate?scope=shop", "of-bank", False),
    ):
        out = json.loads(text_of(port, token, path, json.dumps({**event, "debug_meta": {"images": images}})))
        places = [f"{frame.get('filename')}:{frame.get('lineno')}:{frame.get('colno')}" for stack in stacks(out) for frame in stack["frames"]]
        assert any(place.endswith(wanted) for place in places) is found, places


def stacks(event):
    return [value["stacktrace"] for value in event["exception"]["values"] if "stacktrace" in value]


def test_sentry_cli_uploads_debug_files_with_their_sources(sentry_cli, port):
    said = sentry_cli("debug-files", "upload", "--wait", "--include-sources", str(NATIVE))
    assert "bab6a9cc-5d30-a727-2d14-f6838ae4fe87" in said
    image = {"type": "elf", "debug_id": "bab6a9cc-5d30-a727-2d14-f6838ae4fe87", "image_addr": "0x500000000000", "image_size": 24576}
    asked = {"sources": [], "modules": [image], "stacktraces": [{"frames": [{"instruction_addr": "0x500000002b91"}]}]}
    for token, found in (("of-shop", True), ("of-bank", False)):
        answer = text_of(port, token, "/symbolicate?timeout=5", json.dumps(asked))
        assert ("apiary::Hive::harvest" in answer) is found


def test_sentry_cli_uploads_a_mapping_under_the_uuid_that_it_is_told(sentry_cli, port):
    sentry_cli("upload-proguard", "--uuid", UUID, str(MAPPING))
    asked = {
        "sources": [], "exceptions": [], "modules": [{"uuid": UUID, "type": "proguard"}], "classes": ["harbor.e"],
        "stacktraces": [{"frames": [{"function": "r", "module": "harbor.Main", "lineno": 164, "index": 0}]}],
    }  # fmt: skip
    for token, found in (("of-shop", True), ("of-bank", False)):
        assert ("circular" in text_of(port, token, "/symbolicate-jvm", json.dumps(asked))) is found


def test_sentry_cli_announces_a_release(sentry_cli):
    assert "Created" in sentry_cli("releases", "new", "shop@9")
    assert "Finalized" in sentry_cli("releases", "finalize", "shop@9")


def test_sentry_cli_is_told_why_it_may_not_upload(sentry_cli, project, port):
    sentry_cli("--version")
    client = CLIENTS[0]
    done = project("env", "SENTRY_AUTH_TOKEN=wrong", client, "debug-files", "upload", str(NATIVE))
    assert done.returncode != 0
    assert "the token is missing or wrong" in done.stderr


SOURCE = """export function total(cart) {
  return cart.items.length;
}
export function open(cart) {
  return total(cart.first);
}
try {
  open({});
} catch (error) {
  console.log(error.stack);
}
"""
OPTIONS = "{telemetry: false, debug: true, release: {name: 'shop@NAME', create: true, finalize: true}}"
BUILDS = {
    "esbuild": """
const {sentryEsbuildPlugin} = require("@sentry/esbuild-plugin");
require("esbuild").build({entryPoints: ["src/main.js"], bundle: true, minify: true, sourcemap: true, outdir: "dist", platform: "node",
  plugins: [sentryEsbuildPlugin(OPTIONS)]});
""",
    "vite": """
const {sentryVitePlugin} = require("@sentry/vite-plugin");
import("vite").then((vite) => vite.build({plugins: [sentryVitePlugin(OPTIONS)], logLevel: "silent",
  build: {sourcemap: true, outDir: "dist", minify: true, lib: {entry: "src/main.js", formats: ["cjs"], fileName: () => "main.js"}}}));
""",
    "webpack": """
const {sentryWebpackPlugin} = require("@sentry/webpack-plugin");
require("webpack")({mode: "production", devtool: "source-map", target: "node", context: process.cwd(), entry: "./src/main.js",
  output: {path: process.cwd() + "/dist", filename: "main.js"}, plugins: [sentryWebpackPlugin(OPTIONS)]},
  (error, stats) => { if (error || stats.hasErrors()) { console.error(error || stats.toString()); process.exit(1); } });
""",
}


@pytest.mark.parametrize("bundler", BUILDS)
def test_a_bundlers_plugin_uploads_what_it_builds(bundler, project, port, tmp_path):
    if shutil.which("node") is None or not (MODULES / bundler).is_dir() or not (MODULES / "@sentry" / f"{bundler}-plugin").is_dir():
        pytest.skip(f"no {bundler} with its plugin in $SYMBOLICATOR_NODE_MODULES")
    (tmp_path / "node_modules").symlink_to(MODULES)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.js").write_text(SOURCE)
    (tmp_path / "package.json").write_text('{"name": "shop", "version": "1.0.0"}')
    (tmp_path / "build.cjs").write_text(BUILDS[bundler].replace("OPTIONS", OPTIONS.replace("NAME", bundler)))
    done = project("node", "build.cjs")
    assert done.returncode == 0, done.stdout + done.stderr
    script = (tmp_path / "dist" / "main.js").read_text()
    assert_found_by_debug_id(port, script, parse_trace(project("node", "dist/main.js").stdout), "src/main.js:2:15")


_ASSETS = "https://cdn.example/assets"


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("bugsnag-source-maps", "{tool} upload-browser --api-key 0123 --app-version {release} --base-url {assets} --directory dist "
            "--endpoint {url}/sourcemap"),
        ("datadog-ci", "env DATADOG_API_KEY=any DATADOG_SOURCEMAP_INTAKE_URL={url} {tool} sourcemaps upload dist --service web "
            "--release-version {release} --minified-path-prefix {assets} --disable-git"),
    ],
)  # fmt: skip
def test_other_vendors_tools_upload_maps_of_a_release(tool, command, port, tmp_path, project, trace):
    binary = MODULES / ".bin" / tool
    if not binary.exists():
        pytest.skip(f"no {tool}")
    shutil.copytree(CASE / "files", tmp_path / "dist")
    release = f"{tool}-{tmp_path.name}"
    done = project(*command.format(tool=binary, release=release, assets=_ASSETS, url=f"http://127.0.0.1:{port}/t/of-shop").split())
    assert done.returncode == 0, done.stdout + done.stderr
    for token, found in (("of-shop", True), ("of-bank", False)):
        assert (WANTED in text_of(port, token, f"/symbolicate/text?release={release}", trace, "text/plain")) is found
