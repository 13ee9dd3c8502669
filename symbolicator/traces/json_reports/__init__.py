"""Reports that are JSON, whoever wrote them: found in a text, read, and written again as the same JSON.

`marks.py` tells at a glance that there may be one in a text, `parsed.py` in parsed JSON; `reading.py` tells which it is, `located.py` reads
JSON and remembers where each object stood, `report.py` writes into it. What the fields mean is known by the packages beside this one:
`traces/apple/` and `traces/minidump/`.
"""
