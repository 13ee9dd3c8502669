"""From the bytes of a map to its parts put together: sources, names and segments of all its sections in one numbering.

ECMA-426 ParseSourceMap, DecodeSourceMap and DecodeIndexSourceMap. `sourcemap.py` gives it to people, `compiling.py` to tables.
"""

from __future__ import annotations

from array import array

import msgspec

from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import vlq
from symbolicator.keys import normalise_debug_id
from symbolicator.sourcemaps import document, segments
from symbolicator.sourcemaps.document import ABSENT, NULL, Members
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.metro_reading import FunctionMaps
from symbolicator.sourcemaps.sampled import Sampled, sample
from symbolicator.sourcemaps.scopes import Scopes
from symbolicator.sourcemaps.scopes_reading import ScopesReader
from symbolicator.sourcemaps.sections import Part, flatten

_ROOT_GROWTH = 8
_ROOT_ROOM = 1 << 20
"""What `sourceRoot` may add to the sources of a map, in characters: so many for each byte of the map, and these for any map. A root of
100 kB before 25,000 sources is 2.5 GB.
"""


class Content:
    """What a map holds. Sources and names of sections are numbered through, sources that occur in several counted once."""

    def __init__(self) -> None:
        self.members = Members()
        """Of the outermost object."""
        self.file: str | None = None
        self.debug_id: str | None = None
        self.source_root: str | None = None
        self.raw_sources: list[str | None] = []
        """As written."""
        self.sources: list[str | None] = []
        """After `sourceRoot`."""
        self.root_room = 0
        """Characters that `sourceRoot` may still add."""
        self._contents: list[msgspec.Raw] = []
        self._unread = ABSENT
        self.names: list[str] = []
        self.ignored: set[int] = set()
        self.rows: segments.Segments | Sampled = segments.Segments(0, False)
        self.parts: list[Part] = []
        self.function_maps = FunctionMaps()
        self.scopes: Scopes | None = None
        self.faults = Faults(False)

    @property
    def contents(self) -> list[msgspec.Raw]:
        """The JSON text of each source's text, where there is any; may be shorter than `sources`.

        Those of a flat map are split when first used: they are most of the file, and most look-ups need one or none.
        """
        if self._unread is not ABSENT:
            self._contents = _contents(self._unread, len(self.sources), self.faults)
            self._unread = ABSENT  # only now: another thread may be asking too
        return self._contents

    def leave(self, raw: msgspec.Raw) -> None:
        """Take the `sourcesContent` of a flat map as it stands; strict looks at it at once."""
        self._unread = raw
        if self.faults.strict:
            self.contents  # noqa: B018

    @property
    def crosses_lines(self) -> bool:
        """Whether dart2js made it; see `Lookups`. A map of sections is no map of dart2js, whatever its parts are."""
        return self.members.x_org_dartlang_dart2js is not ABSENT and self.members.sections is ABSENT

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the map and was read around, a sentence each."""
        self.contents  # noqa: B018  # it may have something to say
        return self.faults.warnings

    @property
    def delegates(self) -> list[Part]:
        """The sections whose map is elsewhere."""
        return [part for part in self.parts if part.url is not None]


class _Flat(msgspec.Struct):
    """A flat map whose members were read, before its segments are."""

    part: Part
    members: Members
    root: str | None
    sources: list[str | None]
    names: list[str]
    ignored: frozenset[int]
    text: memoryview = memoryview(b'"')
    """Of `mappings`, with the quote after it, once all rows are to be read."""


def read(data: bytes | bytearray | memoryview | str, strict: bool = False, sampling: bool = True) -> Content:
    """Read a whole map. Raises `MalformedArtifact` where it cannot be used at all, or, strict, where ECMA-426 lets a reader refuse it.

    Its rows are `Sampled` where that is possible, but not for who needs all of them (`sampling` is False).
    """
    content = Content()
    faults = content.faults = Faults(strict)
    content.members = members = document.read_members(data, faults)
    if members.sections is ABSENT and members.mappings is ABSENT:
        raise MalformedArtifact("not a source map: neither `mappings` nor `sections`")
    if members.sections is not ABSENT and document.kind(members.sections) != "an array":
        sentence = f"`sections` is {document.kind(members.sections)}; expected an array"
        if members.mappings is ABSENT:
            raise MalformedArtifact(sentence)
        faults.report(f"{sentence}; `mappings` is read")
        members = msgspec.structs.replace(members, sections=ABSENT)
    content.root_room = _ROOT_ROOM + _ROOT_GROWTH * len(data)
    content.file = document.optional_string(members.file, "file", faults)
    content.debug_id = _debug_id(members, faults)
    content.parts = flatten(members, faults)
    flats = [flat for part in content.parts if (flat := _flat(part, faults)) is not None]
    if len(flats) == 1 and members.sections is ABSENT:
        content.source_root = flats[0].root
    scopes = ScopesReader(faults)
    sampled = _sampled(flats[0]) if sampling and members.sections is ABSENT else None
    if sampled is not None:
        content.rows = sampled
        _add(content, flats[0], {}, scopes)
    else:
        _add_all(content, flats, scopes)
    faults.where = ""
    content.function_maps.finish(len(content.sources))
    content.scopes = scopes.finish(content.names)
    return content


def _sampled(flat: _Flat) -> Sampled | None:
    if flat.members.rangeMappings is not ABSENT:
        return None
    return sample(memoryview(flat.members.mappings)[1:], len(flat.sources), len(flat.names))


def _add_all(content: Content, flats: list[_Flat], scopes: ScopesReader) -> None:
    """Append all flat maps to the content, with all their rows."""
    with_flags = any(flat.members.rangeMappings is not ABSENT for flat in flats)
    boundaries = sum(part.where != "" for part in content.parts)
    for flat in flats:
        flat.text = segments.closed_text_of(flat.members.mappings)
    rows = content.rows = segments.Segments(sum(segments.room_for(flat.text[:-1]) for flat in flats) + boundaries, with_flags)
    by_url: dict[str, list[int]] = {}
    by_part = {id(flat.part): flat for flat in flats}
    for part in content.parts:
        content.faults.where = part.where
        found = by_part.get(id(part))
        if found is not None:
            _add(content, found, by_url, scopes)
        elif rows.count and rows.keys[rows.count - 1] < part.start:
            rows.add_unmapped(part.start)  # another map's: the section before ends here
    rows.trim()


def _debug_id(members: Members, faults: Faults) -> str | None:
    for raw in (members.debugId, members.debug_id_):
        if raw is not ABSENT and bytes(memoryview(raw)[:4]) != b"null":
            found = normalise_debug_id(document.value(raw))
            if found is not None:
                return found
            faults.note("the debug id is not a UUID")
    return None


def _flat(part: Part, faults: Faults) -> _Flat | None:
    """The members of a part that has a map; None if it is elsewhere, or is unreadable inside a section."""
    members = part.members
    if members is None:
        return None
    faults.where = part.where
    document.check_version(members.version, faults)
    if document.kind(members.mappings) != "a string":
        sentence = f"`mappings` is {document.kind(members.mappings)}; expected a string"
        if not part.where:
            raise MalformedArtifact(sentence)
        faults.report(sentence + "; the section is skipped")
        return None
    if document.kind(members.sources) != "an array":
        faults.report(f"`sources` is {document.kind(members.sources)}; expected an array")
    if part.where:
        document.optional_string(members.file, "file", faults)
    root = document.optional_string(members.sourceRoot, "sourceRoot", faults)
    sources = document.optional_strings(members.sources, "sources", faults) if document.kind(members.sources) == "an array" else []
    ignored, key = members.ignoreList, "ignoreList"
    if ignored is ABSENT and not faults.strict:
        ignored, key = members.x_google_ignoreList, "x_google_ignoreList"
    names = document.strings(members.names, "names", faults) if members.names is not ABSENT else []
    indexes = document.indexes(ignored, key, len(sources), faults)
    return _Flat(part, members, root, sources, names, indexes)


def _add(content: Content, flat: _Flat, by_url: dict[str, list[int]], scopes: ScopesReader) -> None:
    """Append one flat map to the content."""
    part, faults = flat.part, content.faults
    name_base = len(content.names)
    joined = _joined(content, flat)
    if part.where:
        texts = _contents(flat.members.sourcesContent, len(joined), faults)
        texts += [NULL] * (len(joined) - len(texts))
        numbers = [_number(content, by_url, *source) for source in zip(flat.sources, joined, texts, strict=True)]
    else:
        content.raw_sources, content.sources = flat.sources, joined
        content.leave(flat.members.sourcesContent)
        numbers = list(range(len(joined)))
    content.names.extend(flat.names)
    content.ignored.update(numbers[i] for i in flat.ignored)
    if isinstance(content.rows, segments.Segments):
        _add_rows(content.rows, flat, numbers, name_base, faults)
    content.function_maps.read(flat.members.x_facebook_sources, numbers, faults)
    if flat.members.scopes is not ABSENT:
        text = _ascii(flat.members.scopes, "scopes", faults)
        if text is not None:
            scopes.read(text, part.line, part.column, numbers, name_base, len(flat.names))


def _add_rows(rows: segments.Segments, flat: _Flat, numbers: list[int], name_base: int, faults: Faults) -> None:
    """Append the rows of one flat map. `numbers` are those of its sources."""
    part, first_row = flat.part, rows.count
    stop = part.stop if part.stop == segments.MAX_KEY else part.stop + 1  # a segment at the next one's start is not behind it
    counts = len(flat.sources), len(flat.names)
    unsorted, skipped = segments.decode_into(rows, flat.text, (part.line, part.column), stop, counts, (0, name_base), faults)
    if flat.members.rangeMappings is not ABSENT:
        text = _ascii(flat.members.rangeMappings, "rangeMappings", faults)
        if text is not None and skipped:
            faults.note("`rangeMappings` is ignored: it counts segments of which some were skipped")
        elif text is not None:
            segments.flag_ranges(rows, first_row, part.line, text, faults)
    if unsorted:
        segments.sort(rows, first_row)
    if part.where:
        vlq.remap_sources(rows.originals, first_row, rows.count, memoryview(array("I", numbers)))
        # The part between the section's start and its first segment does not belong to the previous section.
        if first_row and rows.keys[first_row - 1] < part.start and (first_row == rows.count or rows.keys[first_row] > part.start):
            rows.insert_unmapped(first_row, part.start)


def _joined(content: Content, flat: _Flat) -> list[str | None]:
    """The sources after `sourceRoot`, as they are written where it would multiply them."""
    joined = document.join_source_root(flat.root, flat.sources, content.root_room)
    if joined is None:
        count, size = len(flat.sources), len(flat.root or "")
        content.faults.note(f"`sourceRoot` has {size} characters and would prefix {count} sources; ignored")
        return list(flat.sources)
    content.root_room -= sum(map(len, filter(None, joined))) - sum(map(len, filter(None, flat.sources)))
    return joined


def _contents(raw: msgspec.Raw, count: int, faults: Faults) -> list[msgspec.Raw]:
    """The elements of `sourcesContent`, at most `count`, as their JSON text."""
    contents = document.items(raw, "sourcesContent", faults)
    wrong = [i for i, item in enumerate(contents) if document.kind(item) not in {"a string", "null"}]
    if wrong:
        faults.report(f"`sourcesContent` holds {len(wrong)} elements that are neither strings nor null, the first at {wrong[0]}")
    return contents[:count]


def _ascii(raw: msgspec.Raw, key: str, faults: Faults) -> memoryview | None:
    """The text of an extension's string member; None, with a note, where it is none."""
    if document.kind(raw) == "a string":
        return segments.text_of(raw)
    faults.note(f"`{key}` is {document.kind(raw)}; expected a string")
    return None


def _number(content: Content, by_url: dict[str, list[int]], raw: str | None, source: str | None, text: msgspec.Raw) -> int:
    """The number of a section's source: that of an equal one (by URL and text) of a section before, or a new one."""
    numbers = by_url.setdefault(source, []) if source is not None else []
    has_text = document.kind(text) == "a string"
    for number in numbers[-4:]:  # a bound: a URL with ever another text is not worth a search
        known = content.contents[number]
        if not has_text or document.kind(known) != "a string" or memoryview(known) == memoryview(text):
            if has_text:
                content.contents[number] = text
            return number
    content.raw_sources.append(raw)
    content.sources.append(source)
    content.contents.append(text)
    numbers.append(len(content.sources) - 1)
    return numbers[-1]
