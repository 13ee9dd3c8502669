"""Walked minidumps as JSON, in the schema of rust-minidump's `minidump-stackwalk --json` and Mozilla's stackwalker before it.

`walk.py` knows what the fields mean, `walk_text.py` is how people read them, `documents.py` finds such a report in a text and makes its
event. The walkers' texts are native traces like others (`native/windows_rows.py`).
"""
