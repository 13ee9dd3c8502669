"""Mapping a frame, then obfuscating the answer with the same mapping, gives the frame back: on mappings of every form of range."""

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.tables import Table
from symbolicator.mappings import MappingCompiler

NAMES = st.sampled_from(["total", "price", "add", "<init>", "access$100", "größe"])
CLASSES = ["shop.Cart", "shop.Rule$Kind", "Main", "a.Ä"]
TYPES = st.sampled_from(["", "int", "int,shop.Cart", "java.lang.String[]"])


@st.composite
def mappings(draw):
    """A mapping's text, and the frames of the obfuscated program that it knows."""
    lines, frames = [], []
    for number, original in enumerate(draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=4, unique=True))):
        renamed = f"{'abc'[number % 3]}.{number}"
        lines.append(f"{original} -> {renamed}:")
        line = draw(st.integers(1, 60))
        for _ in range(draw(st.integers(0, 6))):
            method, name, given_types = draw(NAMES), draw(st.sampled_from("xyz")), draw(TYPES)
            size, start = draw(st.integers(0, 5)), draw(st.integers(1, 500))
            range_ = f"{line}:{line + size}:"
            depth = draw(st.integers(0, 3))
            for level in range(depth):
                positions = f":{start}:{start + size}" if level == 0 else f":{draw(st.integers(1, 500))}"
                lines.append(f"    {range_}void {draw(st.sampled_from(CLASSES))}.{draw(NAMES)}({draw(TYPES)}){positions} -> {name}")
            form = draw(st.sampled_from(["", f":{start}:{start + size}", f":{start}"])) if depth == 0 else f":{start}"
            lines.append(f"    {range_}int {method}({given_types}){form} -> {name}")
            frames += [(renamed, name, at) for at in range(line, line + size + 1)]
            line += size + 1 + draw(st.integers(0, 3))
    return "\n".join(lines) + "\n", frames


@given(mappings())
def test_obfuscating_what_was_mapped_gives_the_frame_back(made):
    text, frames = made
    compiler = MappingCompiler()
    index = compiler.open(Table.open(compiler.compile(memoryview(text.encode())).to_bytes()))
    assert not index.warnings
    for frame in frames[:12]:
        (alternative,) = index.frames(*frame)
        back = index.obfuscate(alternative)
        same = [one for one in frames if index.frames(*one) == [alternative]]  # `:os` alone leads from many lines to one
        assert back
        assert set(back) <= set(same)
        assert len(same) > 1 or back == [frame]
