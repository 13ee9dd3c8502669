"""All targets of `tests/fuzz`, each for a while in a process of its own: exceptions that are not ours, cases over two seconds, peak memory.

python -m benchmarks.fuzz [--seconds 60] [--seed 1] [--atheris] [TARGET …]

A case is decided by its seed: `python -m benchmarks.fuzz --only SEED TARGET` repeats one. What is found goes to `tests/fuzz/found.json`, which
the tests repeat. With `--atheris` (of the extra `fuzz`) coverage guides the choices; without, chance does.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback

if "--atheris" in sys.argv:
    import atheris

    with atheris.instrument_imports(include=["symbolicator"]):
        from tests.fuzz import targets
else:
    from tests.fuzz import targets

SLOW = 2.0
MEMORY = 4 << 30
"""Bytes of address space a process may have; not under AddressSanitizer, which takes terabytes of it."""
GRACE = 60.0


class Drawn(random.Random):
    """Chance out of bytes: each choice takes some, and behind the last all is 0. So a fuzzer that changes a byte changes a choice."""

    def __new__(cls, data):
        return super().__new__(cls)

    def __init__(self, data):
        super().__init__(0)
        self._data, self._at = data, 0

    def getrandbits(self, k):
        width = (k + 7) // 8
        piece = self._data[self._at : self._at + width]
        self._at += width
        return int.from_bytes(piece, "little") & ((1 << k) - 1)

    def random(self):
        return self.getrandbits(53) / (1 << 53)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def child(name: str, seed: int, seconds: float, place: int) -> None:
    """In a process of its own: cases until the time is over. The number of the one under way stands in the file `place`."""
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    number, foreign, slow, slowest, began = 0, [], [], 0.0, time.monotonic()
    while time.monotonic() - began < seconds:
        case = f"{seed} {number}"
        os.pwrite(place, case.encode().ljust(64), 0)
        start = time.process_time()
        try:
            targets.run(name, case)
        except Exception:
            foreign.append(case)
            if len(foreign) <= 3:
                print(f"{name}, --only '{case}':", traceback.format_exc(limit=-4), sep="\n", file=sys.stderr)
        took = time.process_time() - start
        slowest = max(slowest, took)
        if took > SLOW and number:  # the first loads what all need
            slow.append(case)
        number += 1
    print(json.dumps({"inputs": number, "foreign": foreign, "slow": slow, "slowest": slowest, "peak": peak()}))


def guided(name: str, seconds: float) -> None:
    """In a process of its own: atheris, which ends by itself, or at what it finds."""
    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=4096"], lambda data: targets.TARGETS[name](Drawn(data)))
    atheris.Fuzz()


def fuzz(name: str, seed: int, seconds: float) -> int:
    """One target; the number of things that are wrong."""
    with tempfile.TemporaryFile() as place:
        command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.fuzz", "--seed", str(seed), "--seconds", str(seconds), "--child", str(place.fileno()), name]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, pass_fds=[place.fileno()], timeout=seconds + GRACE, check=False)
            why = f"ended with {done.returncode}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            why = "did not end"
        last = os.pread(place.fileno(), 64, 0).decode().strip()
    if why:
        print(f"{name:9} {why} at --only '{last}'")
        remember(name, [last])
        return 1
    said = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name:9} {said['inputs']:8} inputs  {len(said['foreign']):3} foreign exceptions  {len(said['slow']):3} over {SLOW:.0f} s"
        f" (slowest {said['slowest']:.2f} s)  peak {said['peak']} MB",
        flush=True,
    )
    remember(name, [*said["foreign"][:5], *said["slow"][:5]])
    return len(said["foreign"]) + len(said["slow"])


def remember(name: str, cases: list[str]) -> None:
    found = json.loads(targets.FOUND.read_text())
    found[name] = sorted({*found.get(name, ()), *cases})
    if found[name]:
        targets.FOUND.write_text(json.dumps(found, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets.TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="the seed of one case, in this process")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage; one target")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(targets.TARGETS)
    if options.only is not None:
        targets.run(names[0], options.only)
    elif options.child is not None:
        child(names[0], options.seed, options.seconds, options.child)
    elif options.atheris:
        guided(names[0], options.seconds)
    else:
        sys.exit(bool(sum([fuzz(name, options.seed, options.seconds) for name in names])))


if __name__ == "__main__":
    main()
