"""An encoder of maps for the tests: the reverse of what the room does, written from ECMA-426's grammar."""

import json

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unsigned(value):
    text = ""
    while True:
        digit, value = value & 31, value >> 5
        text += ALPHABET[digit | (32 if value else 0)]
        if not value:
            return text


def signed(value):
    return unsigned(1 if value == -(1 << 31) else (-value << 1) | 1 if value < 0 else value << 1)


def mappings(segments):
    """`segments`: (generated line, generated column) and, where mapped, source, line, column, and, where named, name; lines in order."""
    lines, state = [[]], [0, 0, 0, 0]
    column = 0
    for line, generated, *rest in segments:
        while len(lines) <= line:
            lines.append([])
            column = 0
        text = signed(generated - column)
        column = generated
        for field, number in enumerate(rest):
            text += signed(number - state[field])
            state[field] = number
        lines[-1].append(text)
    return ";".join(",".join(line) for line in lines)


def flat(segments, sources=("a.js", "b.js", "c.js"), names=("x", "y", "z"), **more):
    return {"version": 3, "sources": list(sources), "names": list(names), "mappings": mappings(segments), **more}


def dumps(document):
    return json.dumps(document).encode()


def scopes(*items):
    """Items of a `scopes` field: (tag, number, …), a number in a tuple of one being signed; () is an empty item."""
    return ",".join("".join(signed(n[0]) if isinstance(n, tuple) else unsigned(n) for n in item) for item in items)
