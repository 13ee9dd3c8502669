"""A backtracking matcher that counts its steps: what `re` does with a pattern, slowly, and the same on every machine.

Python's own engine tells nothing of the work it does, and its time depends on the machine. This one walks the parse tree that `re` itself
makes (`re._parser`), tries alternatives and repetitions in the same order, and counts each instruction and each character it looks at.
Loops over one character cost what they read, as in C. `re`'s search for a literal that a match has to begin with is left out: it
makes a linear search quicker, and no quadratic one linear.
"""

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
SET, RUN, SPLIT, JUMP, AT, ATOMIC, LOOK, ENTER, LOOP, SAVE, REFER, MATCH = range(12)
GREEDY, LAZY, POSSESSIVE = range(3)
MODE = {sre.MAX_REPEAT: GREEDY, sre.MIN_REPEAT: LAZY, sre.POSSESSIVE_REPEAT: POSSESSIVE}

WORD = {True: lambda c: c == "_" or (c.isascii() and c.isalnum()), False: lambda c: c == "_" or c.isalnum()}
SPACE = {True: lambda c: c in " \t\n\r\f\v", False: str.isspace}
DIGIT = {True: lambda c: c.isascii() and c.isdigit(), False: str.isdecimal}
CATEGORIES = {
    sre.CATEGORY_DIGIT: (DIGIT, True),
    sre.CATEGORY_NOT_DIGIT: (DIGIT, False),
    sre.CATEGORY_SPACE: (SPACE, True),
    sre.CATEGORY_NOT_SPACE: (SPACE, False),
    sre.CATEGORY_WORD: (WORD, True),
    sre.CATEGORY_NOT_WORD: (WORD, False),
}


class TooManySteps(Exception):
    """The bound on the steps of one call was passed."""


class Tree:
    """The parse tree of a pattern, with what its flags mean for characters. Bytes are read as the characters of the same number."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        root = parser.parse(pattern, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
        self.root, self.flags = root, root.state.flags
        self.ascii = isinstance(pattern, bytes) or bool(self.flags & re.ASCII)
        self.groups = root.state.groups
        self.is_bytes = isinstance(pattern, bytes)

    def characters(self, op: Any, argument: Any) -> "Characters":
        """The characters that a node of one character stands for."""
        return Characters(self, op, argument)


class Characters(dict[str, bool]):
    """Whether a character is in a set; worked out when it is first asked for."""

    def __init__(self, tree: Tree, op: Any, argument: Any) -> None:
        super().__init__()
        self.tree, self.op, self.argument = tree, op, argument

    def __missing__(self, char: str) -> bool:
        folded = {char, char.lower(), char.upper()} if self.tree.flags & re.IGNORECASE else {char}
        if self.op is sre.ANY:
            found = char != "\n" or bool(self.tree.flags & re.DOTALL)
        elif self.op is sre.IN:
            negated = self.argument[0][0] is sre.NEGATE
            found = any(self._holds(item, one) for item in self.argument[negated:] for one in folded) is not negated
        else:
            found = any(ord(one) == self.argument for one in folded if len(one) == 1) is (self.op is sre.LITERAL)
        self[char] = found
        return found

    def _holds(self, item: Any, char: str) -> bool:
        op, argument = item
        if op is sre.CATEGORY:
            test, wanted = CATEGORIES[argument]
            return bool(test[self.tree.ascii](char)) is wanted
        if len(char) != 1:
            return False
        return ord(char) == argument if op is sre.LITERAL else argument[0] <= ord(char) <= argument[1]


class Matcher:
    """A pattern as instructions. `count` tells how many steps a method of `re`'s patterns takes of a text."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.slots = 0
        self.refers = any(True for op, _ in _nodes(tree.root) if op is sre.GROUPREF)
        if self.refers:
            self.slots = 2 * tree.groups
        self.code = self._compiled(tree.root)
        self.steps, self.most = 0, 1 << 30

    def count(self, method: str, text: str, most: int) -> int:
        """The steps; raises `TooManySteps` above `most`."""
        self.steps, self.most = 0, most
        if method in ("match", "fullmatch"):
            self.end(method, text)
            return self.steps
        start = 0
        while start <= len(text):
            found = self.end("match", text, start)
            if found is not None and method == "search":
                break
            start = start + 1 if found is None or found == start else found
        return self.steps

    def end(self, method: str, text: str, start: int = 0) -> int | None:
        """Where a match of `match` or `fullmatch` from `start` ends, as `re` has it; None where there is none."""
        self.text, self.whole = text, method == "fullmatch"
        return self._run(self.code, start, (None,) * self.slots)

    def _compiled(self, items: Any, end: tuple[Any, ...] = (MATCH,)) -> list[tuple[Any, ...]]:
        code: list[Any] = []
        self._sequence(code, items)
        return [*code, end]

    def _sequence(self, code: list[Any], items: Any) -> None:
        for op, argument in items:
            if op in SINGLE:
                code.append((SET, self.tree.characters(op, argument)))
            elif op in REPEATS:
                self._repeat(code, op, *argument)
            elif op is sre.SUBPATTERN:
                number = argument[0]
                save = self.refers and number is not None
                code += [(SAVE, 2 * number - 2)] if save else []
                self._sequence(code, argument[3])
                code += [(SAVE, 2 * number - 1)] if save else []
            elif op is sre.BRANCH:
                self._branch(code, argument[1])
            elif op is sre.ATOMIC_GROUP:
                code.append((ATOMIC, self._compiled(argument)))
            elif op in (sre.ASSERT, sre.ASSERT_NOT):
                behind = argument[1].getwidth()[0] if argument[0] < 0 else 0
                code.append((LOOK, self._compiled(argument[1]), behind, op is sre.ASSERT))
            elif op is sre.GROUPREF:
                code.append((REFER, 2 * argument - 2))
            elif op is sre.AT:
                code.append((AT, argument))
            else:
                raise NotImplementedError(op)

    def _branch(self, code: list[Any], branches: Any) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = len(code)
            code.append(None)
            self._sequence(code, branch)
            jumps.append(len(code))
            code.append(None)
            code[split] = (SPLIT, split + 1, len(code))
        self._sequence(code, branches[-1])
        for jump in jumps:
            code[jump] = (JUMP, len(code))

    def _repeat(self, code: list[Any], op: Any, least: int, most: int, body: Any) -> None:
        if len(body) == 1 and body[0][0] in SINGLE:
            code.append((RUN, self.tree.characters(*body[0]), least, most, MODE[op]))
        elif op is sre.POSSESSIVE_REPEAT:
            inner: list[Any] = []
            self._repeat(inner, sre.MAX_REPEAT, least, most, body)
            code.append((ATOMIC, [*inner, (MATCH,)]))
        else:
            slot, self.slots = self.slots, self.slots + 1
            code.append((ENTER, slot))
            loop = len(code)
            code.append(None)
            self._sequence(code, body)
            code.append((JUMP, loop))
            code[loop] = (LOOP, slot, least, most, op is sre.MAX_REPEAT, loop + 1, len(code))

    def _run(self, code: list[tuple[Any, ...]], pos: int, slots: tuple[Any, ...]) -> int | None:
        """Where a match from `pos` ends, or None."""
        text, size = self.text, len(self.text)
        stack: list[tuple[int, int, tuple[Any, ...], int]] = []  # where to go on, from which place, and down (or up) to which
        pc = 0
        while True:
            self.steps += 1
            if self.steps > self.most:
                raise TooManySteps
            step = code[pc]
            op = step[0]
            pc += 1
            good = True
            if op == SET:
                good = pos < size and step[1][text[pos]]
                pos += 1
            elif op == RUN:
                _, chars, least, most, mode = step
                end = pos
                stop = size if most is sre.MAXREPEAT else min(size, pos + int(most))
                if mode == LAZY:
                    stop = min(stop, pos + least)
                while end < stop and chars[text[end]]:
                    end += 1
                self.steps += end - pos
                good = end - pos >= least
                if good and mode == GREEDY and end > pos + least:
                    stack.append((pc, end - 1, slots, pos + least))
                elif good and mode == LAZY:
                    limit = size if most is sre.MAXREPEAT else min(size, pos + int(most))
                    stack.append((-pc, end, slots, limit))
                pos = end
            elif op == SPLIT:
                stack.append((step[2], pos, slots, pos))
                pc = step[1]
            elif op == JUMP:
                pc = step[1]
            elif op == AT:
                good = self._at(step[1], pos)
            elif op == ATOMIC:
                whole, self.whole = self.whole, False
                found = self._run(step[1], pos, slots)
                self.whole = whole
                good = found is not None
                pos = pos if found is None else found
            elif op == LOOK:
                whole, self.whole = self.whole, False
                seen = pos >= step[2] and self._run(step[1], pos - step[2], slots) is not None
                self.whole = whole
                good = seen is step[3]
            elif op == ENTER:
                slots = (*slots[: step[1]], (0, -1), *slots[step[1] + 1 :])
            elif op == LOOP:
                _, slot, least, most, greedy, body, after = step
                count, last = slots[slot]
                again = (*slots[:slot], (count + 1, pos), *slots[slot + 1 :])
                if count < least:
                    pc, slots = body, again
                elif (most is sre.MAXREPEAT or count < most) and pos != last:
                    if greedy:
                        stack.append((after, pos, slots, pos))
                        pc, slots = body, again
                    else:
                        stack.append((body, pos, again, pos))
                        pc = after
                else:
                    pc = after
            elif op == SAVE:
                slots = (*slots[: step[1]], pos, *slots[step[1] + 1 :])
            elif op == REFER:
                start, end = slots[step[1]], slots[step[1] + 1]
                good = start is not None and end is not None and text.startswith(text[start:end], pos)
                pos += end - start if good else 0
            elif not self.whole or pos == size:
                return pos
            else:
                good = False
            if good:
                continue
            while True:  # go back
                if not stack:
                    return None
                pc, pos, slots, limit = stack.pop()
                if pc >= 0:
                    if pos > limit:
                        stack.append((pc, pos - 1, slots, limit))
                    break
                pc = -pc
                if pos < limit and code[pc - 1][1][text[pos]]:
                    pos += 1
                    stack.append((-pc, pos, slots, limit))
                    break

    def _at(self, where: Any, pos: int) -> bool:
        text, size = self.text, len(self.text)
        lines = bool(self.tree.flags & re.MULTILINE)
        if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            return pos == 0 or (lines and where is sre.AT_BEGINNING and text[pos - 1] == "\n")
        if where is sre.AT_END_STRING:
            return pos == size
        if where is sre.AT_END:
            return pos == size or (text[pos] == "\n" and (lines or pos == size - 1))
        word = WORD[self.tree.ascii]
        inside = [0 <= at < size and bool(word(text[at])) for at in (pos - 1, pos)]
        return (inside[0] != inside[1]) is (where is sre.AT_BOUNDARY)


def _nodes(items: Any) -> Any:
    """All nodes of a tree."""
    waiting = [items]
    while waiting:
        for op, argument in waiting.pop():
            yield op, argument
            if op in REPEATS:
                waiting.append(argument[2])
            elif op is sre.SUBPATTERN:
                waiting.append(argument[3])
            elif op is sre.BRANCH:
                waiting += argument[1]
            elif op in (sre.ASSERT, sre.ASSERT_NOT):
                waiting.append(argument[1])
            elif op is sre.ATOMIC_GROUP:
                waiting.append(argument)
