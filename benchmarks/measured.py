"""Runs a command and prints on standard error, as JSON, what it cost: wall and CPU seconds, peak memory in bytes, exit code.

Usage: python -S measured.py COMMAND…

A program of its own, and a small one: on Linux a child's `ru_maxrss` is never less than what its parent had when it was started.
"""

import json
import os
import sys
import time

NOWHERE = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]

start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=NOWHERE)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
scale = 1 if sys.platform == "darwin" else 1024
cost = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * scale, "code": os.waitstatus_to_exitcode(status)}
print(json.dumps(cost), file=sys.stderr)
