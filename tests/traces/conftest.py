"""What holds for each text that a test of this folder reads: certain frames stand on lines that the kernel marks, or a long log would lose
them.
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
            for index, found in zip(stack.lines, stack.founds, strict=True):
                first, last = lines[index], lines[index + found.lines - 1]
                inside = [at for at, start in enumerate(starts[:-1]) if start < last.stop and first.start < starts[at + 1]]
                assert not found.strong or any(flags[at] for at in inside if at < len(flags)), (found, text[first.start : last.stop])
    return lines, stacks, stopped
