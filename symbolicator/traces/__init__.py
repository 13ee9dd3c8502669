"""Text traces: any engine's stack text to an event, and a symbolicated event back into the text it came from.

Owns what a trace looks like; what a frame means is the transformers' business. One file a format: `v8`, `hermes`, `gecko`
(SpiderMonkey and JSC), `android` (React Native's `JavascriptException`), `react` (component stacks), `console` (consoles and test
runners), `java`; for native code `native_debuggers` (gdb, lldb), `native_glibc`, `native_tools` (sanitizers, valgrind, perf, tombstones),
`native_kernel`, `native_oops` and `native_languages` (Rust, Go), loaded for texts that may hold them. A new format is a module with a
`FORMAT` and a line in `formats.py` (`native.py` for native ones). Around them: `lines` (prefixes, colours, escapes), `headers` (what was
thrown), `scan` (which lines are one stack), `node` and `chain` (what caused what), `java_headers` and `java_chain` (Java's way with both),
`document` (the event) and `rewrite` (the text again). Native traces have headers of their own (`native_headers`: what was thrown, by which
thread) and images (`native_images`: which module an address lies in, `native_maps`: where the text says that modules were loaded). What a
frame's `data` may hold, beside what transformers add: | key | format | what | | --- | --- | --- | | `async` | v8, chrome-console: true;
gecko: the words (`async*`, `setTimeout handler*`) | the call was resumed | | `as` | v8 | the method's name where it differs, `[as buy]` | |
`eval_origin` | v8, gecko | where the eval stands: `function`, `abs_path`, `lineno`, `colno`, and its own `eval_origin` | | `eval_kind` |
gecko | `eval` or `Function` | | `hermes_address` | hermes | the bytecode offset as printed, from 0 | | `assumed_path` | android | the text
named no file; it is taken to be the bundle | | `wasm_function` | v8, gecko | the function's index in its module | | `created_by` | react |
the component that made this one | | | go | true: the statement that started the goroutine | | `symbol_offset`, `symbol_size` | glibc, lldb,
kernel, perf | the address is this many bytes into the `function`; the function's bytes | | `unreliable` | kernel | it lay on the stack and
looked like a return address (`? f+0x1/0x2`) | | `inlined` | perf, lldb | the body is inlined into that of its caller | | `args`, `gap`,
`printed`, `pc`, `build_id`, `file_offset` | native | what the line says besides, as it is printed | | `java_module` | java | what stands
before the class: `java.base@17/`, `app//` | | `java_file_module` | java | what stands before the file, in HotSpot's thread dumps:
`java.base@17/` |
"""

from __future__ import annotations

from symbolicator.traces.document import Source, Traces, find_traces, find_traces_within, parse_trace

__all__ = ["Source", "Traces", "find_traces", "find_traces_within", "parse_trace"]
