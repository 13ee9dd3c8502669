"""Text traces: any engine's stack text to an event, and a symbolicated event back into the text it came from.

Owns what a trace looks like; what a frame means is the transformers' business. One file a format: `v8`, `hermes`, `gecko`
(SpiderMonkey and JSC), `android` (React Native's `JavascriptException`), `react` (component stacks), `console` (consoles and test
runners). A new format is a module with a `FORMAT` and a line in `formats.py`. Around them: `lines` (prefixes, colours, escapes),
`headers` (what was thrown), `scan` (which lines are one stack), `chain` (what caused what), `document` (the event) and `rewrite`
(the text again).

What a frame's `data` may hold, beside what transformers add:

| key | format | what |
| --- | --- | --- |
| `async` | v8, chrome-console: true; gecko: the words (`async*`, `setTimeout handler*`) | the call was resumed |
| `as` | v8 | the method's name where it differs, `[as buy]` |
| `eval_origin` | v8, gecko | where the eval stands: `function`, `abs_path`, `lineno`, `colno`, and its own `eval_origin` |
| `eval_kind` | gecko | `eval` or `Function` |
| `hermes_address` | hermes | the bytecode offset as printed, from 0 |
| `assumed_path` | android | the text named no file; it is taken to be the bundle |
| `wasm_function` | v8, gecko | the function's index in its module |
| `created_by` | react | the component that made this one |
"""

from __future__ import annotations

from symbolicator.traces.document import Source, Traces, find_traces, parse_trace

__all__ = ["Source", "Traces", "find_traces", "parse_trace"]
