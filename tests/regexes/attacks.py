"""Texts that make a pattern work hard, derived from the pattern: `prefix + word * n + end`.

Backtracking grows faster than the text where two places `p` and `q` of the pattern read one word in turns: some `word` leads from `p` to
`p`, from `p` to `q`, and from `q` to `q`. Then each repetition of the word may be read by either, and a matcher that fails behind them tries
all divisions. (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991: these words are all there are.) A search is one
more place in front, which reads anything and leads to itself. Whether the work really grows, the counting matcher tells: possessive
parts, assertions and bounds do not show here.
"""

from collections import deque
from collections.abc import Iterator
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from tests.regexes.matcher import REPEATS, SINGLE, Characters, Tree

MANY = 8
"""A repetition that may be longer counts as endless."""
MAX_STATES = 4_000
MAX_LOOKED_AT = 60_000
MAX_ATTACKS = 24
ALPHABET = "".join(map(chr, range(32, 127))) + "\n\t\r\0\x1b\x7f\xa0\xa8\xc3\xe2\x80\xe9"
WIDE = "\u0663\u2028\u4e2d\U0001f600…→│"


class Attack(NamedTuple):
    """The text is `prefix`, `word` as often as wanted, `end`."""

    prefix: str
    word: str
    end: str

    def text(self, length: int) -> str:
        """A text of about `length` characters in repeated words."""
        return self.prefix + self.word * max(1, length // len(self.word)) + self.end


class Automaton:
    """The places of a pattern, which read one character each, and which of them may follow which."""

    def __init__(self, tree: Tree, search: bool) -> None:
        self._nodes: list[Any] = []  # ("char", characters, next) or ("skip", [next, …])
        self._tree = tree
        self._looks_ahead = False
        entry = self._sequence(tree.root, self._skip([]))
        self.places = [at for at, node in enumerate(self._nodes) if node[0] == "char"]
        self.letters = self._letters(ALPHABET if tree.is_bytes else ALPHABET + WIDE)
        self.reads = {at: self._mask(self._nodes[at][1]) for at in self.places}
        self.follows = {at: self._closure(self._nodes[at][2]) for at in self.places}
        self.first = self._closure(entry)
        if search:
            self.places.append(-1)
            self.reads[-1] = (1 << len(self.letters)) - 1
            self.follows[-1] = [-1, *self.first]
            self.first = [-1, *self.first]

    def _add(self, node: Any) -> int:
        if len(self._nodes) >= MAX_STATES:
            raise NotImplementedError("a pattern of too many parts")
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _skip(self, to: list[int]) -> int:
        return self._add(("skip", to))

    def _sequence(self, items: Any, after: int) -> int:
        """The state in which `items` begin, of which the last leads to `after`."""
        for op, argument in reversed(list(items)):
            if op in SINGLE:
                after = self._add(("char", self._tree.characters(op, argument), after))
            elif op in REPEATS:
                after = self._repeat(*argument, after)
            elif op is sre.SUBPATTERN:
                after = self._sequence(argument[3], after)
            elif op is sre.BRANCH:
                after = self._skip([self._sequence(branch, after) for branch in argument[1]])
            elif op is sre.ATOMIC_GROUP:
                after = self._sequence(argument, after)
            elif op in (sre.ASSERT, sre.ASSERT_NOT) and argument[0] > 0:
                after = self._skip([after, self._sequence(argument[1], self._skip([]))])
                self._looks_ahead = self._looks_ahead or argument[1].getwidth()[1] >= MAX_STATES
        return after

    def _repeat(self, least: int, most: Any, body: Any, after: int) -> int:
        if most is sre.MAXREPEAT or most >= MANY:
            loop = self._skip([])
            self._nodes[loop][1].extend([self._sequence(body, loop), after])
            after = loop
        else:
            for _ in range(int(most) - least):
                after = self._skip([self._sequence(body, after), after])
        for _ in range(min(least, 40)):
            after = self._sequence(body, after)
        return after

    def _closure(self, state: int) -> list[int]:
        """The places that are reached without reading."""
        found, seen, waiting = [], {state}, [state]
        while waiting:
            at = waiting.pop()
            if self._nodes[at][0] == "char":
                found.append(at)
                continue
            for to in self._nodes[at][1]:
                if to not in seen:
                    seen.add(to)
                    waiting.append(to)
        return found

    def _letters(self, alphabet: str) -> list[str]:
        """One character for each way in which the pattern's sets tell characters apart."""
        sets: list[Characters] = list({(str(n[1].op), str(n[1].argument)): n[1] for n in self._nodes if n[0] == "char"}.values())
        kinds: dict[tuple[bool, ...], str] = {}
        for char in alphabet:
            kinds.setdefault(tuple(one[char] for one in sets), char)
        return list(kinds.values())

    def _mask(self, characters: Characters) -> int:
        return sum(1 << i for i, letter in enumerate(self.letters) if characters[letter])

    def letter(self, mask: int) -> str:
        """A character that all sets of `mask` hold."""
        return self.letters[(mask & -mask).bit_length() - 1]

    def prefixes(self) -> dict[int, str]:
        """For each place a shortest text that leads to it."""
        found = dict.fromkeys(self.first, "")
        waiting = deque(self.first)
        while waiting:
            place = waiting.popleft()
            for to in self.follows[place] if self.reads[place] else ():
                if to not in found:
                    found[to] = found[place] + self.letter(self.reads[place])
                    waiting.append(to)
        return found

    def looping(self) -> dict[int, str]:
        """The places that lead to themselves, each with a shortest word that does."""
        found: dict[int, str] = {}
        for place in self.places:
            seen = {place: ""}
            waiting = deque([place])
            while waiting and place not in found:
                at = waiting.popleft()
                for to in self.follows[at] if self.reads[at] else ():
                    word = seen[at] + self.letter(self.reads[at])
                    if to == place:
                        found[place] = word
                        break
                    if to not in seen:
                        seen[to] = word
                        waiting.append(to)
        return found

    def shared_word(self, p: int, q: int, budget: int) -> tuple[str | None, int]:
        """A shortest word from `p` to `p`, `p` to `q` and `q` to `q`; and how many triples were looked at."""
        start = (p, p, q)
        seen = {start: ""}
        waiting = deque([start])
        while waiting and len(seen) < budget:
            triple = waiting.popleft()
            mask = self.reads[triple[0]] & self.reads[triple[1]] & self.reads[triple[2]]
            if not mask:
                continue
            word = seen[triple] + self.letter(mask)
            nexts = [[-1] if place == -1 and turn == 0 else self.follows[place] for turn, place in enumerate(triple)]
            for first in nexts[0]:
                for last in nexts[2]:
                    if not self.reads[first] & self.reads[last]:
                        continue
                    for middle in nexts[1]:
                        to = (first, middle, last)
                        if to == (p, q, q):
                            return word, len(seen)
                        if to not in seen:
                            seen[to] = word
                            waiting.append(to)
        return None, len(seen)

    def ends(self, text: str) -> list[str]:
        """Characters after which least of the pattern can go on behind `text`."""
        active = set(self.first)
        for char in text:
            active = {to for place in active if self._reads(place, char) for to in self.follows[place]}
        ranked = sorted(self.letters, key=lambda letter: sum(self._reads(place, letter) for place in active if place != -1))
        return ranked if self._looks_ahead else ranked[:1]  # an assertion may be costly where it holds

    def _reads(self, place: int, char: str) -> bool:
        return place == -1 or self._nodes[place][1][char]


def attacks(tree: Tree, search: bool) -> Iterator[Attack]:
    """The texts to try on a pattern that is searched for, or matched at a text's beginning."""
    automaton = Automaton(tree, search)
    prefixes, loops = automaton.prefixes(), automaton.looping()
    words: dict[tuple[str, str], None] = {}
    left = MAX_LOOKED_AT
    known = set()  # of two pairs that are alike, one is enough
    for p in sorted(loops):
        for q in sorted(loops):
            pair = automaton.reads[p], loops[p], automaton.reads[q], loops[q]
            if q in (p, -1) or p not in prefixes or left <= 0 or pair in known or len(words) >= MAX_ATTACKS:
                continue
            word, looked = automaton.shared_word(p, q, min(left, 3_000))
            left -= looked
            if word:
                known.add(pair)
                words[prefixes[p], word] = None
    for place, word in loops.items():
        if place != -1 and place in prefixes and len(words) < MAX_ATTACKS:
            words[prefixes[place], word] = None
    for prefix, word in words:
        for end in ("", *automaton.ends(prefix + word * 3)):
            yield Attack(prefix, word, end)
