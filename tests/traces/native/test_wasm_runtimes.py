"""WebAssembly's frames as Wasmtime, Wasmer and WAMR print them."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace

CRANE = Path(__file__).parents[3] / "fixtures" / "wasm" / "dwarf5" / "crane.wasm"

WASMTIME = "    1: error while executing at wasm backtrace:\n           0:  0x131 - <unknown>!heaviest\n           1:   0x63 - crane.wasm!lift\n"
WASMER = "RuntimeError: divide by zero\n    at heaviest (<module>[3]:0x131)\n    at lift (crane.wasm[1]:0x63)\n"
WAMR = "#00: 0x0131 - heaviest\n#01: 0x0063 - $f1\n"


def symbolicated(text):
    with Symbolicator(files=[CRANE], cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace(text))
        written = engine.symbolicate_text(text)
        assert engine.symbolicate_text(written) == written
    holders = [*((event.get("exception") or {}).get("values") or []), *((event.get("threads") or {}).get("values") or [])]
    return [(frame["function"], frame["lineno"]) for holder in holders for frame in holder["stacktrace"]["frames"][::-1]], written


NODE = "RuntimeError: divide by zero\n    at heaviest (wasm://wasm/6a4d18ca:wasm-function[3]:0x131)\n    at lift (wasm://wasm/6a4d18ca:wasm-function[1]:0x63)\n"


@pytest.mark.parametrize("text", [WASMTIME, WASMER, WAMR])
def test_positions_count_from_the_module_s_first_byte_as_node_s_do(text):
    assert symbolicated(text)[0] == symbolicated(NODE)[0] != []


def test_what_is_around_the_function_stays():
    assert "0:  0x131 - <unknown>!" in symbolicated(WASMTIME)[1]
    assert " (<module>[3]:0x131)\n" in symbolicated(WASMER)[1]
    assert symbolicated(WAMR)[1].startswith("#00: 0x0131 - ")


def test_a_function_that_is_elsewhere_is_another_build_s():
    event = parse_trace("    at heaviest (<module>[1]:0x131)\n    at lift (<module>[3]:0x63)\n")
    with Symbolicator(files=[CRANE], cache_dir=False) as engine:
        out = engine.symbolicate(event)
    stack = (out.get("exception") or out.get("threads"))["values"][0]["stacktrace"]["frames"]
    assert all("lineno" not in frame for frame in stack)


def test_a_function_that_v8_prints_with_its_module_s_url_is_not_wasmers():
    text = "RuntimeError: unreachable\n    at lift (https://crane.example/lift.wasm:wasm-function[20]:0x2ce)\n"
    (frame,) = parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"]
    assert (frame["function"], frame["abs_path"]) == ("lift", "https://crane.example/lift.wasm")
