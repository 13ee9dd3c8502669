"""debuginfod's and symbol servers' routes: whole files of exactly one build, for debuggers that ask as they always do."""

import http.client
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from symbolicator.artifacts import scanning
from symbolicator.service.answering import answer_of
from symbolicator.service.file_bodies import Whole
from symbolicator.service.routes.debuginfod import _cleaned

from .conftest import ROOT, told
from .test_serving import start

NATIVE = ROOT / "fixtures" / "native"
STRIPPED = NATIVE / "stripped-buildid"
TRUTH = json.loads((STRIPPED / "expected.json").read_text())
ID = TRUTH["images"][0]["code_id"]
PROGRAM = STRIPPED / "files" / "apiary"
DEBUG = STRIPPED / "files" / ".build-id" / ID[:2] / f"{ID[2:]}.debug"
SOURCE = "/build/apiary/hive.cpp"


@pytest.fixture
def sources(tmp_path):
    """The folder that the program was built in, with a file that is none of its sources."""
    folder = tmp_path / "build" / "apiary"
    shutil.copytree(NATIVE / "app", folder)
    (folder / "secret.cpp").write_text("the key\n")
    return tmp_path


@pytest.fixture
def apiary(make, sources):
    return make(files=[STRIPPED / "files", sources])


def test_the_debug_file_and_the_program_are_sent_as_they_are(apiary):
    for what, file in (("debuginfo", DEBUG), ("executable", PROGRAM)):
        answer = apiary.get(f"/buildid/{ID}/{what}")
        assert answer.status_code == 200
        assert answer.data == file.read_bytes()
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["X-DEBUGINFOD-SIZE"] == answer.headers["Content-Length"] == str(file.stat().st_size)
        assert answer.headers["X-DEBUGINFOD-FILE"] == file.name
        assert answer.headers["Last-Modified"].endswith("GMT")
        assert answer.headers["Cache-Control"] == "public"
        head = apiary.head(f"/buildid/{ID.upper()}/{what}")
        assert (head.data, head.headers["Content-Length"]) == (b"", str(file.stat().st_size))


def test_one_file_may_be_both(make):
    whole = NATIVE / "clang-dwarf5" / "files" / "apiary"
    build_id = json.loads((NATIVE / "clang-dwarf5" / "expected.json").read_text())["images"][0]["code_id"]
    client = make(files=[whole])
    assert {client.get(f"/buildid/{build_id}/{what}").data for what in ("debuginfo", "executable")} == {whole.read_bytes()}


@pytest.mark.parametrize("file", [DEBUG, NATIVE / "no-build-id" / "files" / "apiary"])
def test_no_other_build_s_file_is_an_answer(make, tmp_path, file):
    """Clients keep what they get under the id that they asked for, whatever the path of the file says."""
    folder = tmp_path / ".build-id" / "ab"
    folder.mkdir(parents=True)
    shutil.copy(file, folder / f"{'cd' * 19}.debug")
    client = make(files=[tmp_path])
    for what in ("debuginfo", "executable", "source/build/apiary/hive.cpp", "section/.debug_info"):
        told(client.get(f"/buildid/{'ab' + 'cd' * 19}/{what}"), 404)


def test_a_program_in_another_folder_than_its_debug_file_is_found(make, tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(PROGRAM, tmp_path / "bin" / "apiary")
    client = make(files=[DEBUG.parent.parent.parent, tmp_path / "bin"])
    assert client.get(f"/buildid/{ID}/executable").data == PROGRAM.read_bytes()


@pytest.mark.parametrize("build_id", ["xyz", "a", "ab" * 65, "abc", "..", "%2e%2e"])
def test_what_is_no_build_id_is_told_so(apiary, build_id):
    assert apiary.get(f"/buildid/{build_id}/debuginfo").status_code in (400, 404)


def test_a_source_is_sent_if_the_line_tables_name_it(apiary, sources):
    text = (sources / "build" / "apiary" / "hive.cpp").read_bytes()
    for path in (SOURCE, "/build/./apiary//x/../hive.cpp", "/build/apiary/hive%2Ecpp", "//build/apiary/hive.cpp"):
        answer = apiary.get(f"/buildid/{ID}/source{path}")
        assert (answer.status_code, answer.data) == (200, text), path
        assert answer.headers["X-DEBUGINFOD-FILE"] == "hive.cpp"
    for path in ("/build/apiary/secret.cpp", "/etc/passwd", "/apiary/hive.cpp", "/build/apiary", "/../../etc/passwd", "/build/apiary/%00"):
        told(apiary.get(f"/buildid/{ID}/source{path}"), 404)
        told(apiary.get(f"/buildid/{ID}/source{path}"), 404)  # also when it is remembered


@pytest.mark.parametrize("name", ["clang-dwarf4", "gcc-dwarf2", "gcc-split-dwo5", "dwz-single", "gcc-zdebug", "clang-zstd", "cross-s390x"])
def test_sources_are_known_in_every_form_of_line_tables(make, sources, name):
    case = json.loads((NATIVE / name / "expected.json").read_text())
    client = make(files=[NATIVE / name / "files", sources])
    build_id = case["images"][0]["code_id"]
    source = min(frame["file"] for one in case["lookups"] for frame in one["frames"] if frame["file"].startswith("/build/apiary/"))
    assert client.get(f"/buildid/{build_id}/source{source}").data == (sources / source[1:]).read_bytes()
    told(client.get(f"/buildid/{build_id}/source/build/apiary/secret.cpp"), 404)


def test_a_section_is_sent_inflated_from_whichever_file_has_it(make):
    client = make(files=[STRIPPED / "files"])
    program = PROGRAM.read_bytes()
    text = client.get(f"/buildid/{ID}/section/.text").data  # of the program: the debug file has its header alone
    assert text
    assert text in program
    assert client.get(f"/buildid/{ID}/section/.debug_info").data in DEBUG.read_bytes()
    told(client.get(f"/buildid/{ID}/section/.gdb_index"), 404)
    packed = json.loads((NATIVE / "gcc-zlib" / "expected.json").read_text())["images"][0]["code_id"]
    answer = make(files=[NATIVE / "gcc-zlib" / "files"]).get(f"/buildid/{packed}/section/.debug_str")
    assert b"forage\0" in answer.data
    assert answer.headers["X-DEBUGINFOD-SIZE"] == str(len(answer.data))


def test_a_client_may_say_what_is_too_large_for_it(apiary):
    assert told(apiary.get(f"/buildid/{ID}/debuginfo", headers={"X-DEBUGINFOD-MAXSIZE": "100"}), 406)["detail"].endswith("max size=100")
    for fine in ("0", "x", "9" * 15, "9" * 30):
        assert apiary.get(f"/buildid/{ID}/debuginfo", headers={"X-DEBUGINFOD-MAXSIZE": fine}).status_code == 200


def test_files_need_the_token_and_then_no_cache_of_others_keeps_them(make):
    client = make(files=[STRIPPED / "files"], token="s3cret")
    told(client.get(f"/buildid/{ID}/debuginfo"), 401)
    assert client.get(f"/t/s3cret/buildid/{ID}/debuginfo").headers["Cache-Control"] == "private"


@pytest.mark.parametrize(("path", "clean"), [("a/b", "/a/b"), ("/a//b/./c/../d", "/a/b/d"), ("../../x", "/x"), ("", "/")])
def test_paths_are_cleaned(path, clean):
    assert _cleaned(path) == clean


def test_a_file_that_changed_is_not_sent_under_its_old_id(make, tmp_path):
    shutil.copy(PROGRAM, tmp_path / "apiary")
    client = make(files=[tmp_path])
    assert client.get(f"/buildid/{ID}/executable").status_code == 200
    (tmp_path / "apiary").write_bytes((NATIVE / "clang-dwarf5" / "files" / "apiary").read_bytes())
    assert client.get(f"/buildid/{ID}/executable").status_code in (404, 503)


# ── symbol servers ────────────────────────────────────────────────────────────────────────────────────────────────


def test_symbol_servers_paths_lead_to_the_same_files(make):
    press = NATIVE / "pdb-x64" / "files"
    image = json.loads((NATIVE / "pdb-x64" / "expected.json").read_text())["images"][0]
    smoker = NATIVE / "macho-dsym" / "files"
    (uuid,) = {one["debug_id"].replace("-", "") for one in json.loads((NATIVE / "macho-dsym" / "expected.json").read_text())["images"]}
    client = make(files=[STRIPPED / "files", press, smoker])
    guid, _, age = image["debug_id"].rpartition("-")
    places = {
        f"press.pdb/{guid.replace('-', '').upper()}{age}/press.pdb": press / "press.pdb",
        f"PRESS.EXE/{image['code_id'][:8].upper()}{image['code_id'][8:]}/press.exe": press / "press.exe",
        f"apiary/elf-buildid-{ID}/apiary": PROGRAM,
        f"_.debug/elf-buildid-sym-{ID}/_.debug": DEBUG,
        f"libsmoker.dylib/mach-uuid-{uuid}/libsmoker.dylib": smoker / "libsmoker.dylib",
        f"_.dwarf/mach-uuid-sym-{uuid}/_.dwarf": next((smoker / "libsmoker.dylib.dSYM").rglob("DWARF/*")),
    }
    for path, file in places.items():
        answer = client.get(f"/proxy/{path}")
        assert (answer.status_code, answer.data) == (200, file.read_bytes()), path
        assert client.head(f"/proxy/{path}").headers["Content-Length"] == str(file.stat().st_size)
    for path in (
        "press.pdb/0/press.pdb",
        f"a/elf-buildid-{ID}/b",
        "a/b/a",
        f"a/elf-buildid-{'0' * 40}/a",
        f"press.pdb/{'0' * 32}1/press.pdb",
    ):
        told(client.get(f"/proxy/{path}"), 404)


# ── as it is sent ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_not_copied_into_the_answer(apiary):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/buildid/{ID}/debuginfo", "SERVER_NAME": "x", "SERVER_PORT": "1", "HTTP_HOST": "x",
               "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": None}  # fmt: skip
    whole = answer_of(apiary.application, environ, "us", True)
    assert isinstance(whole, Whole)
    assert whole.head.endswith(b"\r\n\r\n")
    assert whole.body == DEBUG.read_bytes()
    assert answer_of(apiary.application, {**environ, "REQUEST_METHOD": "HEAD"}, "us", True).endswith(b"\r\n\r\n")


LARGE = 40 << 20
LARGE_ID = json.loads((NATIVE / "clang-dwarf5" / "expected.json").read_text())["images"][0]["code_id"]


def test_a_large_file_takes_no_memory_while_it_is_sent(make, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "_MAPPED_FROM", LARGE)  # as files of 256 MiB are where the kernels are not compiled
    shutil.copy(NATIVE / "clang-dwarf5" / "files" / "apiary", tmp_path / "large")
    os.truncate(tmp_path / "large", LARGE)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/buildid/{LARGE_ID}/debuginfo", "SERVER_NAME": "x", "SERVER_PORT": "1",
               "HTTP_HOST": "x", "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": None}  # fmt: skip
    whole = answer_of(make(files=[tmp_path]).application, environ, "us", True)
    assert len(whole.body) == LARGE
    assert whole.held == len(whole.head)


def test_a_large_file_arrives_whole_and_the_connection_goes_on(server):
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=60)
    wanted = (NATIVE / "clang-dwarf5" / "files" / "apiary").read_bytes()
    for _ in range(2):
        connection.request("GET", f"/buildid/{LARGE_ID}/debuginfo")
        answer = connection.getresponse()
        got = answer.read()
        assert (len(got), got[: len(wanted)], got[len(wanted) :].count(0)) == (LARGE, wanted, LARGE - len(wanted))
    connection.request("HEAD", f"/buildid/{LARGE_ID}/debuginfo")
    assert connection.getresponse().read() == b""
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    sources = tmp_path_factory.mktemp("sources")
    (sources / "build").mkdir()
    shutil.copytree(NATIVE / "app", sources / "build" / "apiary")
    shutil.copy(NATIVE / "clang-dwarf5" / "files" / "apiary", sources / "large")
    os.truncate(sources / "large", LARGE)
    running, port = start(tmp_path_factory.mktemp("files"), "-f", str(STRIPPED / "files"), "-f", str(sources))
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    assert running.wait(60) == 0


def run(server, tmp_path, *command):
    """A client of debuginfod with an empty cache, far from the files."""
    tool = shutil.which(command[0])
    if tool is None or os.name == "nt":
        pytest.skip(f"{command[0]} is not installed")
    shutil.copy(PROGRAM, tmp_path / "apiary")
    env = {**os.environ, "DEBUGINFOD_URLS": server, "DEBUGINFOD_CACHE_PATH": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    done = subprocess.run([tool, *command[1:]], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


AT = next(one for one in TRUTH["lookups"] if one["frames"] and one["frames"][-1]["line"] and one["kind"] == "row")
ADDRESS = hex(int(AT["addr"], 0) - int(TRUTH["images"][0]["image_addr"], 0))
LINE = (
    f"{SOURCE}:{AT['frames'][0]['line']}" if AT["frames"][0]["file"] == SOURCE else f"{AT['frames'][0]['file']}:{AT['frames'][0]['line']}"
)


@pytest.mark.parametrize(("what", "file"), [("debuginfo", DEBUG), ("executable", PROGRAM), ("source", NATIVE / "app" / "hive.cpp")])
def test_debuginfod_find_gets_the_file(server, tmp_path, what, file):
    path = run(server, tmp_path, "debuginfod-find", what, ID, *([SOURCE] if what == "source" else [])).strip()
    assert Path(path).read_bytes() == file.read_bytes()


def test_elfutils_prints_the_line_of_a_stripped_program(server, tmp_path):
    assert LINE in run(server, tmp_path, "eu-addr2line", "-e", "apiary", ADDRESS)


def test_gdb_lists_the_source_of_a_stripped_program(server, tmp_path):
    commands = ["-iex", "set debuginfod enabled on", "-ex", "list hive.cpp:1,5", "-ex", f"info line *{ADDRESS}"]
    shown = run(server, tmp_path, "gdb", "-nx", "-batch", *commands, "apiary")
    assert (NATIVE / "app" / "hive.cpp").read_text().splitlines()[0] in shown
    assert f"Line {AT['frames'][0]['line']}" in shown


def test_llvm_symbolizer_prints_the_line_of_a_stripped_program(server, tmp_path):
    assert LINE in run(server, tmp_path, "llvm-symbolizer", "--obj=apiary", ADDRESS)


def test_sources_with_relative_paths_count_from_the_root(make, tmp_path):
    """As with `-ffile-prefix-map=$PWD=.`; clients put a `/` before them."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.c").write_text("int main(void) { return 0; }\n")
    command = ["gcc", "-g", f"-ffile-prefix-map={tmp_path}=.", "-Wl,--build-id=0x" + "ab" * 20, "-o", "a", "src/a.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    client = make(files=[tmp_path])
    assert client.get(f"/buildid/{'ab' * 20}/source/./src/a.c").data == b"int main(void) { return 0; }\n"
    told(client.get(f"/buildid/{'ab' * 20}/source/src/b.c"), 404)
