"""What holds for each text that a test of this folder reads: certain frames, and at least one of each stack, are on lines that the kernel
marks. Otherwise a long log would lose them.
"""

import pytest

from symbolicator.traces import document
from symbolicator.traces.quiet import Marks

LONGEST = 10_000
read = document._read


@pytest.fixture(autouse=True, scope="session")
def marked_frames():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_read", checked)
        yield


def checked(text, lines, formats, page):
    lines, stacks, stopped = read(text, lines, formats, page)
    if stacks and len(text) <= LONGEST:  # tests that count steps read longer ones
        flags, starts = Marks(text).flags, [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        for stack in stacks:
            marked = []
            for index, found in zip(stack.lines, stack.founds, strict=True):
                first, last = lines[index], lines[index + found.lines - 1]
                inside = [at for at, start in enumerate(starts[:-1]) if start < last.stop and first.start < starts[at + 1]]
                marked.append(any(flags[at] for at in inside if at < len(flags)))
                assert marked[-1] or not found.strong, (found, text[first.start : last.stop])
            assert any(marked), (stack.founds, text)
    return lines, stacks, stopped
