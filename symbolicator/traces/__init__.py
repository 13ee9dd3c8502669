"""Text traces: any engine's stack text to an event, and the symbolicated event back into the same text.

This room knows how traces look; transformers know what frames mean. A format is a file with a `FORMAT`, in `javascript/`,
`java/` or `native/`, and a line in `formats.py` (`native/formats.py` for native ones, which are loaded only for texts that may contain
them).

Around them: `lines.py` (prefixes, colours, escapes), `headers.py` (what was thrown), `scan.py` (which lines are one stack), `node.py` and
`chain.py` (what caused what), `document.py` (the event) and `rewrite.py` (the text again). Java and native stacks have headers of their own
(`java/headers.py`, `native/headers.py`); native ones lie in images (`native/images.py`), which the text lists (`native/module_maps.py`).

What a frame's `data` may have, beside what transformers add:

| key | format | what |
| --- | --- | --- |
| `async` | v8, Chrome's console: true; gecko: the words (`async*`, `setTimeout handler*`) | the call was resumed |
| `as` | v8 | the method's name where it differs, `[as buy]` |
| `eval_origin` | v8, gecko | where the eval stands: `function`, `abs_path`, `lineno`, `colno`, and its own `eval_origin` |
| `eval_kind` | gecko | `eval` or `Function` |
| `hermes_address` | hermes | the bytecode offset as printed, from 0 |
| `assumed_path` | host exceptions | the text named no file; it is taken to be the bundle |
| `wasm_function` | v8, gecko | the function's index in its module, null where it is not printed |
| `created_by` | react | the component that made this one |
| `created_by` | go | true: the statement that started the goroutine |
| `symbol_offset`, `symbol_size` | glibc, lldb, kernel, perf | the address is this many bytes into `function`; that function's bytes |
| `unreliable` | kernel | it lay on the stack and looked like a return address (`? f+0x1/0x2`) |
| `inlined` | perf, lldb | the body is inlined into that of its caller |
| `args`, `gap`, `printed`, `pc`, `build_id`, `file_offset` | native | what the line says besides, as it is printed |
| `java_module` | java | what stands before the class: `java.base@17/`, `app//` |
| `java_file_module` | java | what stands before the file, in HotSpot's thread dumps: `java.base@17/` |

Names are loaded when first used (PEP 562): events, which `json_reports/parsed.py` looks at, do not import the code that reads texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator.traces.document import Traces, find_traces, find_traces_within, parse_trace
    from symbolicator.traces.format import Source

__all__ = ["Source", "Traces", "find_traces", "find_traces_within", "parse_trace"]

_HOME = {
    "Source": "format",
    "Traces": "document",
    "find_traces": "document",
    "find_traces_within": "document",
    "parse_trace": "document",
}

__getattr__ = load_lazily(__name__, _HOME)
