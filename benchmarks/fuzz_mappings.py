"""Mutated ProGuard and R8 mappings by the thousand: only our exceptions leave, none takes long, and every frame gets an answer or none.

python -m benchmarks.fuzz_mappings --count 20000 --seed 1 [--folder with mappings to start from]
"""

from functools import partial

from benchmarks.fuzzing import fuzz
from symbolicator.artifacts.tables import Table
from symbolicator.errors import MalformedArtifact
from symbolicator.mappings import MappingCompiler
from symbolicator.mappings.identify import identify

NAMES = ["a", "a", "b", "a.b", "shop.Main", "shop.Main$Cart", "<init>", "total", "ü", "A.B.c", ""]
RANGES = ["", "1:1:", "3:9:", "0:65535:", "0:0:", "5:", "9:3:", "99999999999:1:", "1:4294967295:"]
POSITIONS = ["", ":3", ":3:9", ":0:0", ":9:3", ":99999999999", ":1:2:3", ":x"]
COMMENTS = [
    '# {"id":"sourceFile","fileName":"A.kt"}',
    '# {"id":"sourceFile","fileName":3}',
    '# {"id":"com.android.tools.r8.synthesized"}',
    '# {"id":"com.android.tools.r8.residualsignature","signature":"(La;I)V"}',
    "# {'id':'com.android.tools.r8.outline'}",
    "# {'id':'com.android.tools.r8.outlineCallsite','positions':{'1':4,'2':3},'outline':'La;a()I'}",
    "# {id:'com.android.tools.r8.rewriteFrame',conditions:['throws(La/b;)'],actions:['removeInnerFrames(1)']}",
    '# {"id":"com.android.tools.r8.mapping","version":"3.0"}',
    "# compiler: R8",
    "# {",
    "# {" + "[" * 3000,
]
JUNK = [b"\n", b"\r", b" -> ", b":", b"(", b")", b"{", b"}", b".", b"\x00", b"\xff", b"9" * 30, b"#", b"    ", b"\xef\xbb\xbf"]


def document(chance):
    """A mapping's text, mostly well formed."""
    lines = [f"shop.Main -> {chance.choice(NAMES)}:"]
    for _ in range(chance.randrange(16)):
        kind = chance.random()
        if kind < 0.25:
            lines.append(f"{chance.choice(NAMES)} -> {chance.choice(NAMES)}:")
        elif kind < 0.45:
            lines.append("  " * chance.randrange(3) + chance.choice(COMMENTS))
        elif kind < 0.55:
            lines.append(f"    int {chance.choice(NAMES)} -> {chance.choice(NAMES)}")
        else:
            name = chance.choice(NAMES)
            inner = f"    {chance.choice(RANGES)}void {name}({chance.choice(['', 'int', 'int,a.b[]'])}){chance.choice(POSITIONS)}"
            lines += [f"{inner} -> {chance.choice(NAMES)}"] * chance.choice([1, 1, 2])
    return chance.choice(["\n", "\n", "\r\n"]).join(lines).encode()


def scramble(chance, data):
    data = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        end = at + chance.choice([0, 1, 1, 3, 20])
        data[at:end] = chance.choice([*JUNK, bytes([chance.randrange(256)]), bytes(data[at:end]) * 2, bytes(data[end : end + 60])])
    return bytes(data)


def case(chance, seeds):
    """One mapping: made up, or one of `seeds`, then mutated as bytes, or not at all."""
    data = chance.choice(seeds) if seeds and chance.random() < 0.5 else document(chance)
    return scramble(chance, data) if chance.random() < 0.6 else data


def check(data, compiler):
    """Read and asked every way there is; the exceptions that are not ours go through. Whether anything was answered."""
    identify("mapping.txt", memoryview(data))
    try:
        index = compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))
    except MalformedArtifact:
        return False
    answered = False
    for name in NAMES:
        index.class_name(name)
        index.new_names(name)
        for member in ("a", "b", "<init>", "ü"):
            index.fields(name, member)
            for line in (None, 0, 1, 4, 2**40):
                position = index.outline(name, member, line)
                found = index.frames(name, member, line, parameters="(La;I)V", source_file="A.kt", thrown="a.b", outline_position=position)
                answered = answered or bool(found)
                assert all(index.frames(name, member, line)), "an alternative without frames"  # only a rule of the exception's removes all
                for frames in found:
                    assert all(one.line is None or one.line > 0 for one in frames)
    for frames in index.frames("a", "a", 1):
        index.obfuscate(frames)
    return answered


def main():
    fuzz(__doc__, "**/*mapping*.txt", case, partial(check, compiler=MappingCompiler()), "mappings", "answered")


if __name__ == "__main__":
    main()
