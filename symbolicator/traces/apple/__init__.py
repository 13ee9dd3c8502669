"""Apple's reports as JSON: crash reports (`.ips`) and MetricKit's diagnostics, to events, and back into the JSON they came as.

`ips.py` and `metrickit.py` know what the fields mean, `stacks.py` what is written into them (`traces/json_reports/` reads the JSON and
writes it), `crash_text.py` is how people read it. `documents.py` tells which of them a text is. Reports as text are native traces like
others (`traces/native/apple.py`).
"""
