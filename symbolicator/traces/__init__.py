"""Text traces: any engine's stack text to an event, and a symbolicated event back into the text it came from.

Owns what a trace looks like; what a frame means is the transformers' business. One file a format: `v8`, `hermes`, `gecko` (SpiderMonkey
and JSC), `android`
(React Native's `JavascriptException`), `react` (component stacks), `console` (consoles and test runners). A new format is a module with a
`FORMAT` and a line in
`formats.py`. Around them: `lines` (prefixes, colours, escapes), `headers` (what was thrown), `scan` (which lines are one stack), `chain`
(what caused what),
`document` (the event) and `rewrite` (the text again).
"""

from __future__ import annotations

from symbolicator.traces.document import Source, Traces, find_traces, parse_trace

__all__ = ["Source", "Traces", "find_traces", "parse_trace"]
