"""Source maps, ours against others: CPU seconds and peak memory above the file, each in a process of its own, the median of five.

python -m benchmarks.maps FOLDER      (the maps in it; `benchmarks/maps_data.sh` makes some)
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

START = """
import sys, time, json, random, resource
data = open(sys.argv[1], "rb").read()
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def done(): print(json.dumps([time.process_time() - began, peak() - base]))
"""
GO = "base, began = peak(), time.process_time()\n"
COLD = "m = SourceMap.parse(data); m.lookup(0, 1000); done()"
RUNS = {
    "symbolic SourceMapView": "from symbolic import SourceMapView\n"
    + GO
    + "m = SourceMapView.from_json_bytes(data); m.lookup(0, 1000); done()",
    "ours: parse, decode, look up": "from symbolicator.sourcemaps import SourceMap\n" + GO + COLD,
    "ours: compile to a table": "from symbolicator.sourcemaps import SourceMapCompiler\n"
    + GO
    + "SourceMapCompiler().compile(memoryview(data)).to_bytes(); done()",
    "ours: open a table, 30 look-ups with context": """
from symbolicator.artifacts.tables import Table
from symbolicator.sourcemaps import SourceMap, SourceMapCompiler
positions = [s[:2] for s in random.Random(1).sample(list(SourceMap.parse(data)), 30)]
raw = SourceMapCompiler().compile(memoryview(data)).to_bytes()
"""
    + GO
    + """
index = SourceMapCompiler().open(Table.open(raw))
for line, column in positions:
    hit = index.lookup(line, column)
    if hit: index.context(hit.source_index, hit.line, 5, 5)
done()""",
    "ours, kernels uncompiled": "from symbolicator.sourcemaps import SourceMap\n" + GO + COLD,
    "PyPI sourcemap": "import sourcemap\n" + GO + "m = sourcemap.loads(data.decode()); m.lookup(0, 1000); done()",
}


def run(name, path):
    """[CPU seconds, MB], or why not."""
    environment = dict(os.environ, SYMBOLICATOR_KERNELS="python") if "uncompiled" in name else None
    found = subprocess.run([sys.executable, "-c", START + RUNS[name], path], capture_output=True, text=True, env=environment, check=False)
    return json.loads(found.stdout) if found.returncode == 0 else found.stderr.strip().splitlines()[-1]


def main():
    for path in sorted(Path(sys.argv[1]).glob("*.map"), key=lambda path: path.stat().st_size):
        print(f"{path.name}, {path.stat().st_size / 1e6:.1f} MB")
        for name in RUNS:
            results = [run(name, str(path)) for _ in range(1 if "uncompiled" in name or "PyPI" in name else 5)]
            if isinstance(results[0], str):
                print(f"    {name:46} {results[0]}")
            else:
                cpu, memory = (statistics.median(column) for column in zip(*results, strict=True))
                print(f"    {name:46} {cpu:9.4f} s {memory:8.1f} MB")


if __name__ == "__main__":
    main()
