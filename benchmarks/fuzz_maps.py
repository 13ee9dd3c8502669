"""Mutated maps by the thousand: only our exceptions leave, none takes long, memory stays bounded, and what is compiled answers alike.

python -m benchmarks.fuzz_maps --count 20000 --seed 1 [--folder with maps to start from]
"""

import json
from contextlib import suppress
from copy import deepcopy
from functools import partial

from benchmarks.fuzzing import fuzz
from symbolicator.artifacts.tables import Table
from symbolicator.errors import MalformedArtifact
from symbolicator.sourcemaps import SourceMap, SourceMapCompiler

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
JUNK = [
    b'"',
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b";",
    b":",
    b"\\",
    b"\\ud800",
    b"null",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b"\xff",
    b"\x00",
    b"\n",
    b")]}'",
    b"g" * 40,
    b"B",
]
VALUES = [
    None,
    True,
    -1,
    0,
    3,
    1e300,
    2**70,
    "",
    "x",
    "AAAA",
    "g" * 9,
    [],
    {},
    [None],
    [[[]]],
    {"line": 0, "column": 0},
    {"line": 2**40, "column": -3},
    "\u2028",
]


def mappings(random):
    def segment():
        return "".join(
            random.choice(DIGITS[:32] if random.random() < 0.9 else DIGITS) for _ in range(random.choice([1, 4, 4, 4, 5, 5, 2, 7]))
        )

    return ";".join(",".join(segment() for _ in range(random.randrange(6))) for _ in range(random.randrange(8)))


def document(random, depth=0):
    if depth < 4 and random.random() < 0.25:
        sections = [
            {
                "offset": {"line": random.randrange(9), "column": random.randrange(30)},
                random.choice(["map", "map", "map", "url"]): document(random, depth + 1),
            }
            for _ in range(random.randrange(5))
        ]
        return {"version": 3, "sections": sections}
    text = mappings(random)
    found = {
        "version": 3,
        "sources": [random.choice(["a", "b", None, "webpack:///c"]) for _ in range(random.randrange(12))],
        "names": [random.choice(["n", "m", ""]) for _ in range(random.randrange(12))],
        "sourcesContent": [random.choice(["a\nb\r\nc", None, "\u2028é"]) for _ in range(random.randrange(4))],
        "mappings": text,
    }
    if random.random() < 0.5:
        found |= {
            "sourceRoot": "r",
            "ignoreList": [0],
            "rangeMappings": mappings(random),
            "scopes": ",".join(
                random.choice("BCDEFGHIZ") + "".join(random.choice(DIGITS[:20]) for _ in range(random.randrange(6)))
                for _ in range(random.randrange(20))
            ),
            "x_facebook_sources": [[{"names": ["f"], "mappings": text}]],
            "x_facebook_segments": {"1": {}},
            "x_hermes_function_offsets": {"0": [1, 2]},
        }
    return found


def mutate(random, value, depth=0):
    """One value somewhere inside replaced by another of a wrong type."""
    while isinstance(value, dict | list) and value and depth < 6:
        key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
        if random.random() < 0.4:
            value[key] = deepcopy(random.choice(VALUES))
            return
        value, depth = value[key], depth + 1


def scramble(random, data):
    data = bytearray(data)
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(data) + 1)
        end = at + random.choice([0, 1, 1, 3, 20])
        data[at:end] = random.choice(
            [*JUNK, bytes([random.randrange(256)]), bytes(data[at:end]) * 2, bytes(data[: random.randrange(1 + len(data))])[-50:]]
        )
    return bytes(data)


def case(chance, seeds):
    """One map: made up, or one of `seeds`, then mutated as JSON, as bytes, or not at all."""
    if seeds and chance.random() < 0.5:
        data = chance.choice(seeds)
    else:
        found = document(chance)
        for _ in range(chance.randrange(3)):
            mutate(chance, found)
        data = json.dumps(found).encode("utf-8", "surrogatepass")
    return scramble(chance, data) if chance.random() < 0.6 else data


def check(data, compiler):
    """Read every way there is; the exceptions that are not ours go through."""
    with suppress(MalformedArtifact):
        SourceMap.parse(data, strict=True)
    try:
        m = SourceMap.parse(data)
    except MalformedArtifact:
        return False
    index = compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))
    assert index.warnings == m.warnings
    for line in (0, 1, 3, 8):
        for column in (0, 5, 29, 2**33):
            hit = m.hit(line, column)
            assert index.lookup(line, column) == hit
            assert index.frames(line, column) == m.frames(line, column)
            assert index.delegate(line, column) == m.delegate(line, column)
            if hit is not None:
                assert index.context(hit.source_index, hit.line, 2, 2) == m.context(hit.source_index, hit.line, 2, 2)
                assert index.function_name(hit.source_index, hit.line, hit.column) == m.function_name(
                    hit.source_index, hit.line, hit.column
                )
    list(m)
    assert index.extras == m.extras
    return True


def main():
    fuzz(__doc__, "*.map", case, partial(check, compiler=SourceMapCompiler()), "maps", "read")


if __name__ == "__main__":
    main()
