"""The library as Python programs see it: its types, its examples, and what its arguments may be."""

import doctest
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import symbolicator
from symbolicator import ConfigError, Settings, Symbolicator, engine, one_call, parse_trace, rendering, settings, symbolicate, types
from symbolicator.builds import checking, facts, storing
from symbolicator.debugfiles import debugfile
from symbolicator.model import Status
from symbolicator.problems import ProblemType
from symbolicator.sourcemaps import sourcemap
from symbolicator.traces import document
from tests.makers.builds import FRAME, build

ROOT = Path(__file__).parent.parent
TRACE = "Error: sold out\n    at a.total (https://shop.example/app.js:1:35)\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder to work in, with a build in `dist/`."""
    build(tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("SYMBOLICATOR_FILES", raising=False)


# ── examples ──────────────────────────────────────────────────────────────────────────────────────────────────────


EXAMPLES = (one_call, engine, settings, document, rendering, checking, facts, storing, debugfile, sourcemap)


@pytest.mark.parametrize("module", EXAMPLES, ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(shop, module):
    shutil.copy(ROOT / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary", ".")
    done = doctest.testmod(module, extraglobs={"Symbolicator": Symbolicator})
    assert done.attempted
    assert not done.failed


def test_each_public_function_has_an_example():
    methods = [value for name, value in vars(Symbolicator).items() if name.startswith("symbolicate") or name == "explain"]
    pointing = {"symbolicate_text", "symbolicate_envelope"}  # to the class's, and to the module of envelopes
    for one in (*methods, Symbolicator, symbolicate, parse_trace, symbolicator.render, Settings):
        assert ">>>" in one.__doc__ or one.__name__ in pointing, one.__name__


# ── keywords ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_keywords_are_the_settings():
    assert ["files", *settings.Options.__annotations__] == list(Settings.__struct_fields__)


def test_each_keyword_is_described_with_its_default():
    told = " ".join(Symbolicator.__doc__.split())
    for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True):
        value = getattr(default, "factory", None)
        shown = {"bounds": "Bounds()", "path_map": "{}", "transformers": '("defaults",)'}.get(name, repr(default)) if value is None else "{}"
        assert name == "files" or f"`{name}={shown}`" in told, name


def test_a_misspelt_keyword_is_refused_with_the_one_that_was_meant(shop):
    with pytest.raises(ConfigError, match="context_line") as caught:
        symbolicate({}, "dist/", context_line=3)
    assert caught.value.hint.startswith("did you mean context_lines? ")


GOOD = """
from pathlib import Path
from typing import Any
from symbolicator import Settings, Symbolicator, parse_trace, symbolicate
from symbolicator.types import InputEvent, OutputEvent

def place(event: InputEvent) -> str:
    answer = symbolicate(event, files="dist/", release="1.0", context_lines=2, cache_dir=False)
    frame = answer["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    status = frame["data"]["symbolicator_status"]
    return f"{frame['filename']}:{frame['lineno']} {status} {answer['grouping']['title']}"

def forward(event: dict[str, Any]) -> dict[str, Any]:
    return symbolicate(event, [Path("dist"), "/srv/symbols"], in_app=["src/"], repos=".")

with Symbolicator(["dist/"], path_map={"webpack://shop/": "/srv/shop"}, isolate=True) as engine:
    answer: OutputEvent = engine.symbolicate(parse_trace(b"text"), release="1.0")
    own = engine.symbolicate({"platform": "javascript", "frames": [], "mine": 3})["mine"]
    for each in engine.symbolicate_many([{"platform": "native"}], workers=2):
        print(each["errors"])
Symbolicator(settings=Settings(files="one/path", transformers=["defaults"]))
"""
# what is wrong, and where
BAD = {
    'symbolicate({}, files="dist/", context_line=2)': "context_line",
    'Symbolicator("dist/", in_apps=["src/"])': "in_apps",
    'symbolicate({}, context_lines="2")': '"str"',
    "symbolicate({}, files=3)": '"int"',
    "Settings(file='dist/')": "file",
    'event: InputEvent = {"platfrom": "native"}': "platfrom",
    "answer: OutputEvent = {}; answer['exceptions']": "exceptions",
    "frame: OutputFrame = {}; frame['data']['symbolicator_status'] == 'fine'": "comparison",
}


def test_mypy_knows_the_keywords_and_the_shapes(tmp_path):
    pytest.importorskip("mypy")
    head = "from symbolicator import Settings, Symbolicator, symbolicate\nfrom symbolicator.types import InputEvent, OutputEvent, OutputFrame\n"
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(head + "\n".join(BAD))
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), "good.py", "bad.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"MYPYPATH": str(ROOT), "PATH": ""})
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line for line in lines if not line.startswith("bad.py")] == [], done.stdout + done.stderr
    for number, (code, word) in enumerate(BAD.items(), 3):
        assert any(line.startswith(f"bad.py:{number}:") and word in line for line in lines), (code, done.stdout)


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_path_is_enough(shop):
    for files in ("dist", Path("dist"), ["dist"], ("dist",)):
        with Symbolicator(settings=Settings(files=files, cache_dir=False)) as made:
            assert made.symbolicate_text(TRACE).endswith("at Cart.total (src/cart.ts:3:23)\n")
    assert Settings(in_app=["src/"], transformers=["javascript"]).in_app == ("src/",)


def test_a_trace_may_be_bytes(shop):
    assert parse_trace(TRACE.encode()) == parse_trace(TRACE)
    assert parse_trace(b"\xff\xfe" + TRACE.encode("utf-16-le")) == parse_trace(TRACE)
    with Symbolicator("dist") as made:
        assert made.symbolicate_text(TRACE.encode()) == made.symbolicate_text(TRACE)


def test_release_and_dist_apply_where_the_event_names_none(shop):
    event = {"platform": "javascript", "frames": [dict(FRAME)]}
    assert symbolicate(event, "dist", release="2.0", dist="7")["release"] == "2.0"
    assert symbolicate({**event, "release": "1.0"}, "dist", release="2.0", dist="7")["release"] == "1.0"
    assert "release" not in event
    with Symbolicator("dist") as made:
        assert made.symbolicate(event, dist="7")["dist"] == "7"
        with pytest.raises(TypeError):
            made.symbolicate(None, release="2.0")


def test_the_release_decides_between_two_builds_of_a_text(tmp_path):
    build(tmp_path / "store" / "1.0")
    build(tmp_path / "store" / "2.0", source="../src/new.ts")
    with Symbolicator(tmp_path / "store", cache_dir=False) as made:
        assert "src/cart.ts" in made.symbolicate_text(TRACE, release="1.0")
        assert "src/new.ts" in made.symbolicate_text(TRACE, release="2.0")


def test_types_are_imported_by_nobody_but_their_users():
    code = "import sys, symbolicator; symbolicator.symbolicate; symbolicator.parse_trace; print('symbolicator.types' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_words_of_the_types_are_those_of_the_enums():
    assert set(types.ProblemName.__args__) == {one.value for one in ProblemType}
    assert set(types.StatusName.__args__) == {one.value for one in Status}


def test_all_types_are_public():
    for module in (types.events, types.frames):
        own = {name for name, value in vars(module).items() if inspect.isclass(value) and value.__module__ == module.__name__}
        assert {name for name in own if not name.startswith("_")} <= set(types.__all__)


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        {"context_lines": "5"},
        {"path_map": [("a", "b")]},
        {"in_app": "src/"},
        {"transformers": None},
        {"cache_dir": 3},
        {"memory_bytes": "1G"},
        {"bounds": {"frames": 3}},
        {"strict": "yes"},
        {"isolate": 1},
        {"repos": None},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_value_is_refused_at_construction_with_what_to_give(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigError) as caught:
        Symbolicator([], **wrong)
    assert str(caught.value).startswith(f"{name} is {value!r}; give ")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda made: made.symbolicate(TRACE), "not str; a trace as text goes to symbolicate_text"),
        (lambda made: list(made.symbolicate_many({"platform": "native"}, workers=2)), "one event is not many"),
        (lambda made: made.symbolicate_text(None), "a trace is a text or its bytes, not NoneType"),
        (lambda made: parse_trace(Path("crash.txt")), "a trace is a text or its bytes, not .*Path; of a file give the content"),
        (lambda made: symbolicator.render(TRACE), "an event is a dict, not str"),
    ],
)
def test_what_is_given_to_the_wrong_function_is_told_where_it_goes(call, told):
    with pytest.raises(TypeError, match=told):
        call(Symbolicator([], cache_dir=False))


def test_settings_have_a_name():
    with pytest.raises(ConfigError, match="settings were given as files"):
        Symbolicator(Settings(files="dist"))


def test_a_stream_may_be_of_bytes_cut_anywhere(shop):
    text = "12:00 kräftig\n" + TRACE
    with Symbolicator("dist") as made:
        whole = made.symbolicate_text(text)
        content = text.encode()
        for pieces in (content, text, [content[:9], content[9:]], [bytes([one]) for one in content], iter(text.splitlines(keepends=True))):
            assert "".join(made.symbolicate_stream(pieces)) == whole
        assert "".join(made.symbolicate_stream([b"\xff", b"\xc3"])).encode("utf-8", "surrogateescape") == b"\xff\xc3"
