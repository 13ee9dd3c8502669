"""Logs through `symbolicator trace`: how fast one without a frame passes, and how soon a running program's crash is readable.

Usage: python benchmarks/logs.py [--megabytes 200] [--repeat 5]             frameless logs of six kinds, beside `cat` and `grep`
       python benchmarks/logs.py --sparse 5                                 5 GB with a crash in each 100,000 lines, from a pipe
       python benchmarks/logs.py --live 60 [--rate 1000]                    seconds of a log that is being written, with crashes

The logs are made as they are needed, always the same. Of all of them, each byte outside of the stacks has to come out as it went in.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import children

CASE = children.HERE.parent / "fixtures" / "javascript" / "esbuild-min"
WORDS = [
    "order",
    "payment",
    "user",
    "cache",
    "request",
    "session",
    "token",
    "queue",
    "retry",
    "timeout",
    "upstream",
    "closed",
    "shipped",
    "stock",
    "invalid",
    "slow",
    "database",
    "commit",
]
COMMAND = [sys.executable, "-m", "symbolicator", "trace", "-f", str(CASE / "files")]
TARGET = 150.0
"""Megabytes (10^6 bytes) a CPU second, for logs without a frame."""
FEWEST = 100_000
"""Lines from one crash to the next in a sparse log."""
CRASHES = 5
"""Crashes a second in a live log."""


def spring(i: int, rng: random.Random) -> str:
    """A line of Spring Boot's."""
    return f"2026-11-30T{clock(i)}.{i % 1000:03}Z  INFO 1 --- [exec-{i % 9}] c.e.shop.OrderService : {word(rng)} id={rng.getrandbits(32):x} took {rng.random():.1f} ms"


def access(i: int, rng: random.Random) -> str:
    """A line of nginx' access log."""
    return (
        f'10.{i % 255}.3.7 - - [30/Nov/2026:{clock(i)} +0000] "GET /api/{word(rng)}/{rng.getrandbits(20)}?q={word(rng)} HTTP/1.1" 200 '
        f'{rng.getrandbits(14)} "https://shop.example/{word(rng)}" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"'
    )


def objects(i: int, rng: random.Random) -> str:
    """A line of JSON, as pino writes it."""
    return (
        f'{{"level":30,"time":{1700000000000 + i},"pid":17,"reqId":"{rng.getrandbits(64):x}","msg":"{word(rng)} {word(rng)}",'
        f'"req":{{"url":"/a/{rng.getrandbits(16)}","remoteAddress":"::ffff:10.0.0.{i % 255}","remotePort":{rng.getrandbits(15)}}}}}'
    )


def kubelet(i: int, rng: random.Random) -> str:
    """A line of Kubernetes' own, in syslog."""
    return f'Nov 30 {clock(i)} host-{i % 3} kubelet[1003]: I1130 {clock(i)}.{i % 10**6:06} 4711 reconciler.go:{i % 400}] {word(rng)} "{word(rng)}" at /var/lib/{word(rng)}'


def logcat(i: int, rng: random.Random) -> str:
    """A line of Android's log."""
    return f"11-30 {clock(i)}.{i % 1000:03}  1003  2017 D {word(rng).title()}Service: {word(rng)} at {word(rng)} for user {i % 10}: state={i % 3}"


def short(i: int, rng: random.Random) -> str:
    """A short line."""
    return f"{i:08d} {word(rng)} {word(rng)} {i * 7}"


KINDS: tuple[Callable[[int, random.Random], str], ...] = (spring, access, objects, kubelet, logcat, short)


def clock(i: int) -> str:
    """A time of day."""
    return f"{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}"


def word(rng: random.Random) -> str:
    """Any word."""
    return rng.choice(WORDS)


def block(kind: Callable[[int, random.Random], str], lines: int, seed: int = 1) -> bytes:
    """Some lines of a kind."""
    rng = random.Random(seed)
    return "".join(kind(i, rng) + "\n" for i in range(lines)).encode()


def cost(command: list[str], path: Path) -> float:
    """CPU seconds of a command that reads a file as its standard input. Its output has to be the file, if it is not `grep`."""
    with path.open("rb") as stream, subprocess.Popen(command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        with path.open("rb") as expected:
            while piece := process.stdout.read(1 << 20):
                if piece != expected.read(len(piece)):
                    sys.exit(f"{' '.join(command)} changed a log without a frame")
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def frameless(megabytes: int, repeat: int) -> None:
    """Print how fast each kind passes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        for kind in KINDS:
            part = block(kind, 200_000)
            path.write_bytes(part * (megabytes * 10**6 // len(part) + 1))
            size = path.stat().st_size
            found: dict[str, list[float]] = {"trace": [], "cat": [], "grep": []}
            for _ in range(repeat):
                for name, command in (("trace", COMMAND), ("cat", ["cat"]), ("grep", ["grep", "-E", r"at .*:[0-9]+:[0-9]+\)"])):
                    found[name].append(cost(command, path))
            seconds = {name: statistics.median(each) for name, each in found.items()}
            rate = size / 10**6 / seconds["trace"]
            rows.append((kind.__name__, f"{rate:.0f}", *(f"{size / 10**6 / seconds[one]:.0f}" for one in ("cat", "grep"))))
    print(children.table(("frameless log", "MB/s of CPU", "cat", "grep -E"), rows))
    print(f"{TARGET:.0f} MB/s are asked for; the start of the command is in them")


def crash() -> tuple[bytes, bytes]:
    """A crash as its program prints it, and as it comes out."""
    raw = min((CASE / "stacks").glob("*.txt")).read_bytes().rstrip() + b"\n"
    done = subprocess.run(COMMAND, input=raw, capture_output=True, check=True)
    return raw, done.stdout


def sparse(gigabytes: float) -> None:
    """Print what a large log with few crashes costs, from a pipe."""
    raw, readable = crash()
    lines = block(spring, FEWEST)
    times = int(gigabytes * 10**9) // (len(lines) + len(raw)) + 1
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin = process.stdin

        def feed() -> None:
            for _ in range(times):
                stdin.write(lines + raw)
            stdin.close()

        threading.Thread(target=feed, daemon=True).start()
        for number in range(times):
            expected = lines + readable
            if process.stdout.read(len(expected)) != expected:
                sys.exit(f"crash {number + 1} of {times}, or the lines before it, did not come out as they should")
        if process.stdout.read():
            sys.exit("more came out than went in")
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    size, seconds = times * (len(lines) + len(raw)) / 10**6, usage.ru_utime + usage.ru_stime
    print(
        f"{size / 1000:.2f} GB, {times} crashes: {size / seconds:.0f} MB/s of CPU, peak {usage.ru_maxrss >> 10} MB; all bytes as they should be"
    )


def pieces(seconds: float, rate: int, raw: bytes) -> Iterator[tuple[float, bytes, bool]]:
    """When to write what, and whether it is a crash."""
    rng = random.Random(2)
    for i in range(int(seconds * rate)):
        yield i / rate, spring(i, rng).encode() + b"\n", False
        if i % (rate // CRASHES) == rate // CRASHES - 1:
            yield i / rate, raw, True


def live(seconds: float, rate: int) -> None:
    """Print how long after a crash's last line it came out readable."""
    raw, readable = crash()
    written: list[float] = []
    seen: list[float] = []
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        source, out = process.stdout.fileno(), b""

        def take(patience: float) -> bool:
            nonlocal out
            if not select.select([source], [], [], patience)[0]:
                return True
            piece = os.read(source, 1 << 20)
            out += piece
            now = time.monotonic()
            while (at := out.find(readable)) >= 0:
                seen.append(now)
                out = out[at + len(readable) :]
            return bool(piece)

        begun = time.monotonic()
        for when, content, is_crash in pieces(seconds, rate, raw):
            while (left := begun + when - time.monotonic()) > 0:
                take(left)
            process.stdin.write(content)
            if is_crash:
                written.append(time.monotonic())
        process.stdin.close()
        while take(60):
            pass
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    if len(seen) != len(written):
        sys.exit(f"of {len(written)} crashes {len(seen)} came out readable")
    delays = sorted((after - before) * 1000 for before, after in zip(written, seen, strict=True))
    p99 = delays[min(len(delays) - 1, len(delays) * 99 // 100)]
    print(
        f"{len(delays)} crashes in {seconds:.0f} s, {rate} lines a second: readable after {statistics.median(delays):.0f} ms, p99 {p99:.0f} ms"
    )
    print(f"{(usage.ru_utime + usage.ru_stime) / seconds:.1%} of one core, peak {usage.ru_maxrss >> 10} MB")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--sparse", type=float, metavar="GIGABYTES")
    parser.add_argument("--live", type=float, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=1000)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(children.HERE.parent)
    if options.sparse:
        sparse(options.sparse)
    elif options.live:
        live(options.live, options.rate)
    else:
        frameless(options.megabytes, options.repeat)


if __name__ == "__main__":
    main()
