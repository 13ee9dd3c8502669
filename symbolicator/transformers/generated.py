"""From the name a frame gives its script to the opened map: which files belong to a generated position, and why none does.

Order (contract, "Files"): the debug id the event gives for the URL, the script's own debug id, the script's `sourceMappingURL` (inline,
beside it, anywhere below the folders given), the script's name with `.map`. The map that the script names wins over one that merely
lies beside it. A map whose debug id differs from the script's is another build's: it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from symbolicator.artifacts.derived import derived, part_of
from symbolicator.artifacts.evidence import Stem, contradiction, plain_name, stems
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key, common_tail, url_segments
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.sourcemaps.index import SourceMapIndex
from symbolicator.sourcemaps.paths import is_internal, source_path
from symbolicator.transformers.own_sources import OwnSources
from symbolicator.transformers.rivals import Rivals

_MAPS = SourceMapCompiler()
TEXTS = TextCompiler()

# What a map is called where nothing names it: the common one, then what Hermes builds call the compiler's (javascript.md, "React Native").
_MAP_ENDINGS = (".map", ".hbc.map", ".compiler.map")
_PAGES = (".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".jsp", ".cshtml", ".erb")
MAX_SOURCES = 100_000
"""Sources of a map among which a frame's own file is looked for."""
_NO_SOURCE = -1
_KEY_COST = 512
"""Bytes charged for what is remembered of one URL and one map, beside their characters."""
# Sources with these endings may be generated themselves; others are what somebody wrote.
_GENERATED_ENDINGS = (".js", ".mjs", ".cjs", ".jsx")

_HINT_NO_MAP = (
    "build with source maps (esbuild --sourcemap, webpack devtool: 'source-map', …) "
    "and give the folder of that very build with files="
)
_HINT_NO_BUNDLE = (
    "give the folder with React Native's bundle and its map with files= (Android: app/build/generated, where Gradle puts "
    "index.android.bundle and index.android.bundle.map; iOS: main.jsbundle.map, which SOURCEMAP_FILE names)"
)
_MAX_NEAR = 8
_HINT_NO_FILE = "give the folder of the build that was deployed with files="


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one script: the script itself, its opened map, by what the map was found; else the problems that say why not."""

    url: str
    script: Artifact | None = None
    map: SourceMapIndex | None = None
    map_artifact: Artifact | None = None
    how: str | None = None
    problems: tuple[Problem, ...] = ()
    first_line: int = 0
    """The line of the map's generated file on which this script starts: a module of a RAM bundle."""
    first_line_shift: int = 0
    """Columns to add on the script's first line."""
    source: int | None = None
    """The source of the map that the frame names itself: the runtime has mapped it already."""

    def place(self, line: int, column: int) -> tuple[int, int]:
        """A position of the script, as the map counts it (0-based)."""
        return line + self.first_line, column + (self.first_line_shift if line == 0 else 0)

    @property
    def map_name(self) -> str:
        """The map's name, for people."""
        return self.map_artifact.name if self.map_artifact else "the map"


class GeneratedFiles:
    """Scripts and maps of one event, each looked for once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[str, Generated] = {}
        self._texts: dict[str, TextIndex | None] = {}
        self._behind: dict[tuple[str, int], tuple[SourceMapIndex, Artifact] | None] = {}
        self._digests: dict[str, str] = {}

    @cached_property
    def _debug_ids(self) -> dict[str, tuple[int, str]]:
        """URL → (place of the image, debug id) of the event's source-map images."""
        return {
            image.code_file: (place, image.debug_id)
            for place, image in enumerate(self._lookup.images)
            if image.type == "sourcemap" and image.code_file and image.debug_id
        }

    def resolve(self, url: str, *, assumed: bool = False) -> Generated:
        """The files of the script that frames call `url`; which is only what a bundle is usually called, where it is `assumed`."""
        known = self._known.get(url)
        if known is None:
            known = self._unless_rivalled(self._unless_mapped(self._resolve(url)))
            if known.map is None:
                known = self._react_native(url, known)
            if known.map is None and known.script is None:
                known = self._named(known)
            if known.map is None and assumed:
                known = self._only_bundle(url, known)
            if known.map is None and known.script is None:
                known = self._own_source(url) or known
            self._known[url] = known
            if url in self._debug_ids:
                self._lookup.mark_image(self._debug_ids[url][0], debug_status="found" if known.map else "missing")
        return known

    def _unless_mapped(self, known: Generated) -> Generated:
        """`known`, told to be mapped already where its URL is one of the map's own sources rather than the generated file.

        Runtimes that map by themselves (node --enable-source-maps, Bun, Deno, test runners) print the sources' paths.
        """
        opened, artifact = known.map, known.map_artifact
        wanted = url_segments(known.url)
        if opened is None or artifact is None or known.how in ("debug_id", "inline") or len(wanted) < 2:
            return known
        path = known.script.path if known.script is not None else _script_name(artifact.path)
        key = "mapped", self.digest(artifact), artifact.path, path, wanted
        best: int | None = self._lookup.recent.get(key)
        if best is None:
            best, fits = _NO_SOURCE, common_tail(url_segments(path), wanted)
            for number in range(min(opened.source_count, MAX_SOURCES)):
                source = opened.source(number)
                if source is None or not source.split("?", 1)[0].endswith(wanted[-1]):
                    continue
                common = common_tail(url_segments(source_path(source, artifact.path).abs_path), wanted)
                if common > fits:
                    best, fits = number, common
            self._lookup.recent.put(key, best, _KEY_COST + sum(map(len, wanted)) + len(path) + len(artifact.path))
        return known if best == _NO_SOURCE else msgspec.structs.replace(known, source=best, how="source")

    def _own_source(self, url: str) -> Generated | None:
        """`url` as a source of one of the maps, which no generated file of that name stands before."""
        if url in self._debug_ids:
            return None
        own = self._own_sources.find(url, self._rivals.by_name.get(_file_name(url) or "", {}).get(url, ()))
        return None if own is None else Generated(url=url, map=own[0], map_artifact=own[1], source=own[2], how="source")

    @cached_property
    def _own_sources(self) -> OwnSources:
        return OwnSources(self._lookup)

    def _unless_rivalled(self, known: Generated) -> Generated:
        """`known`, without its files where another file of the event is meant by them (`rivals.py`)."""
        artifact = known.script or known.map_artifact
        if known.map is None or artifact is None or known.how in ("debug_id", "source") or known.url in artifact.identity.urls:
            return known
        rival = self._rivals.find(known.url, _script_name(artifact.name), known.map)
        if rival is None:
            return known
        return Generated(url=known.url, problems=(_meant_by(known.url, artifact.name, rival),))

    @cached_property
    def _rivals(self) -> Rivals:
        return Rivals(self._lookup.event)

    @cached_property
    def _given(self) -> tuple[tuple[Artifact, ...], tuple[Artifact, ...]]:
        """The maps and the scripts that somebody named."""
        return self._lookup.named(FileKind.SOURCEMAP), self._lookup.named(FileKind.SCRIPT)

    @cached_property
    def _unanswered(self) -> frozenset[str]:
        """The names of the files that the frames want and that have no map by any path."""
        return frozenset(name for name, paths in self._rivals.by_name.items() if any(self._resolve(path).map is None for path in paths))

    def _named(self, known: Generated) -> Generated:
        """The map or script that somebody gave by name, for a file of which the files given know nothing, where evidence says it is meant.

        That is: the map says it is that script's (`file`); else it says nothing, is the only one, and no other file is asked for.
        """
        url = known.url
        wanted = url_segments(url)
        if not wanted or is_internal(url) or contradiction(url, wanted, (), 0) is not None:
            return known
        maps, scripts = self._given
        if not maps and not scripts:
            return known
        said = [one for one in maps if _file_name(one.identity.file) == wanted[-1]]
        if not said and len(maps) + len(scripts) == 1 and not self._unanswered - {wanted[-1]}:
            if scripts:
                found = self._script_with_map(url, scripts[0], self._debug_ids.get(url, (0, None))[1])
                return found if found.map is not None else known
            said = [] if _file_name(maps[0].identity.file) in self._rivals.by_name else list(maps)
        if len(said) != 1:
            return known
        opened = self._lookup.compiled(_MAPS, said[0])
        if isinstance(opened, Problem):
            return msgspec.structs.replace(known, problems=(opened,))
        image_id = self._debug_ids.get(url, (0, None))[1]
        if image_id and opened.debug_id and opened.debug_id != image_id:
            return msgspec.structs.replace(known, problems=(_other_build(url, image_id, said[0].name, opened.debug_id),))
        return Generated(url=url, map=opened, map_artifact=said[0], how="path")

    def _react_native(self, url: str, known: Generated) -> Generated:
        """A script that is not found as other scripts are: a RAM bundle's module, or a bundle under another name than the build's."""
        from symbolicator.transformers.bundle_names import bundle_names  # neither is often needed
        from symbolicator.transformers.ram_modules import ram_module

        module = ram_module(self._lookup, url, _MAPS)
        if module is not None or known.script is not None or any(p.type is ProblemType.AMBIGUOUS_FILE for p in known.problems):
            return module or known
        names = bundle_names(url)
        found = [each for each in (self._resolve(name) for name in names if name != url) if each.map is not None]
        if len({each.map_name for each in found}) == 1:
            return msgspec.structs.replace(found[0], url=url)
        problems = (msgspec.structs.replace(p, hint=_HINT_NO_BUNDLE) if p.hint == _HINT_NO_FILE else p for p in known.problems)
        return msgspec.structs.replace(known, problems=tuple(problems)) if names else known

    def _only_bundle(self, url: str, known: Generated) -> Generated:
        """The bundle of a trace that names none: iOS' usual one, else the only script with a map that there is."""
        from symbolicator.transformers.bundle_names import IOS_NAMES  # as above

        found = [each for each in map(self._resolve, IOS_NAMES) if each.map is not None]
        if not found:
            maps = {_script_name(artifact.path) for artifact in self._lookup.all(FileKind.SOURCEMAP)}
            names = maps or {artifact.path for artifact in self._lookup.all(FileKind.SCRIPT)}  # its map may be in the script
            found = [self._resolve(name) for name in names] if len(names) == 1 else []
        return msgspec.structs.replace(found[0], url=url) if len(found) == 1 and found[0].map is not None else known

    def text(self, artifact: Artifact) -> TextIndex | None:
        """The lines of a text file; None where it cannot be read."""
        if artifact.name not in self._texts:
            opened = self._lookup.compiled(TEXTS, artifact)
            self._texts[artifact.name] = None if isinstance(opened, Problem) else opened
        return self._texts[artifact.name]

    def digest(self, artifact: Artifact) -> str:
        """The digest of a file that was opened for this event."""
        if artifact.name not in self._digests:
            self._digests[artifact.name] = artifact.digest()
        return self._digests[artifact.name]

    def section(self, url: str, near: Artifact) -> tuple[SourceMapIndex, Artifact] | Problem:
        """The map that a section of an index map refers to."""
        found = self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=url), near=near)
        if len(found.artifacts) > 1:
            return ambiguous(f"section {url} of {near.name}", found)
        if not found.artifacts:
            return Problem(
                type=ProblemType.MISSING_SOURCEMAP,
                detail=f"{near.name} refers to {url}, which is not among the files given",
                artifact=near.name,
                tried=found.tried,
                hint=_HINT_NO_FILE,
            )
        opened = self._lookup.compiled(_MAPS, found.artifacts[0])
        return opened if isinstance(opened, Problem) else (opened, found.artifacts[0])

    def behind(self, opened: SourceMapIndex, artifact: Artifact, source: int) -> tuple[SourceMapIndex, Artifact] | None:
        """The map of a source that is itself a generated file (TypeScript → bundler → minifier); None for what somebody wrote."""
        memo = artifact.name, source
        if memo not in self._behind:
            self._behind[memo] = self._find_behind(opened, artifact, source)
        return self._behind[memo]

    def _find_behind(self, opened: SourceMapIndex, artifact: Artifact, source: int) -> tuple[SourceMapIndex, Artifact] | None:
        url = opened.source(source) or ""
        for compiler_ending in _MAP_ENDINGS[1:]:
            if artifact.path.endswith(compiler_ending):
                # Hermes: the compiler's map leads to the packager's bundle, whose map lies beside it.
                base = artifact.path[: -len(compiler_ending)].rpartition("/")[2]
                for ending in (".packager.map", ".map"):
                    packager = self._one_map(self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=base + ending), near=artifact))
                    if packager is not None:
                        return packager
        if not url.split("?", 1)[0].endswith(_GENERATED_ENDINGS):
            return None
        if opened.content_holds(source, "sourceMappingURL=data:"):
            content = (opened.content(source) or "").encode("utf-8", "surrogatepass")
            inline = derived(
                FileKind.SOURCEMAP,
                f"{url} (inline map, in {artifact.name})",
                f"{opened.content_digest(source)}-inline",
                lambda: _inline_map(memoryview(content)),
                artifact,
            )
            map_of_text = self._lookup.compiled(_MAPS, inline)
            return None if isinstance(map_of_text, Problem) else (map_of_text, inline)
        found = self._lookup.find(Key(kind=FileKind.SCRIPT, url=url), near=artifact)
        if len(found.artifacts) != 1:
            return None
        script = found.artifacts[0]
        has_text = opened.has_content(source)
        if not has_text and found.how != "path":
            return None  # a file of the same name elsewhere is no proof
        if has_text and script.digest() != opened.content_digest(source):
            return None
        resolved = self._script_with_map(url, script, None)
        return (
            (resolved.map, resolved.map_artifact)
            if resolved.map and resolved.map_artifact and resolved.map_artifact.name != artifact.name
            else None
        )

    def _one_map(self, found: Found) -> tuple[SourceMapIndex, Artifact] | None:
        if len(found.artifacts) != 1:
            return None
        opened = self._lookup.compiled(_MAPS, found.artifacts[0])
        return None if isinstance(opened, Problem) else (opened, found.artifacts[0])

    # ── the search ────────────────────────────────────────────────────────────────────────────────────────────────

    def _resolve(self, url: str) -> Generated:
        image_id = self._debug_ids.get(url, (0, None))[1]
        found = self._lookup.find(Key(kind=FileKind.SCRIPT, url=url, debug_id=image_id))
        if len(found.artifacts) > 1:
            return Generated(url=url, problems=(ambiguous(f"script {url}", found),))
        if not found.artifacts:
            return self._without_script(url, image_id, found)
        script = found.artifacts[0]
        if url in script.identity.urls:
            return self._evaluated(url, script)
        return self._script_with_map(url, script, image_id)

    def _script_with_map(self, url: str, script: Artifact, image_id: str | None) -> Generated:
        problems: list[Problem] = []
        tried: list[str] = []
        seen: set[str] = set()
        own_id = image_id or next(iter(script.identity.debug_ids), None)
        for how, candidates in self._maps_of(script, own_id):
            tried += candidates.tried
            if len(candidates.artifacts) > 1:
                problems.append(ambiguous(f"map of {script.name}", candidates))
                continue
            for artifact in candidates.artifacts:
                if artifact.name in seen:
                    continue
                seen.add(artifact.name)
                opened = self._lookup.compiled(_MAPS, artifact)
                if isinstance(opened, Problem):
                    problems.append(opened)
                elif own_id and opened.debug_id and opened.debug_id != own_id:
                    problems.append(_other_build(script.name, own_id, artifact.name, opened.debug_id))
                else:
                    return Generated(url=url, script=script, map=opened, map_artifact=artifact, how=how)
        return Generated(url=url, script=script, problems=tuple(problems) or (self._no_map(script, tried),))

    def _maps_of(self, script: Artifact, debug_id: str | None) -> Iterator[tuple[str, Found]]:
        """Places where a script's map may be, the surest first."""
        if debug_id:
            yield "debug_id", self._lookup.find(Key(kind=FileKind.SOURCEMAP, debug_id=debug_id), near=script)
        reference = script.identity.map_url
        if reference and reference.startswith("data:"):
            yield "inline", Found(artifacts=(part_of(script, "inline map", FileKind.SOURCEMAP, _inline_map),))
        elif reference:
            yield "url", self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=reference), near=script)
        name = url_segments(script.path)[-1:] or (script.path,)
        for ending in _MAP_ENDINGS:
            yield "path", self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=name[0] + ending), near=script)

    def _without_script(self, url: str, debug_id: str | None, looked: Found) -> Generated:
        """The script is not there; its map may be."""
        tried = list(looked.tried)
        problems: list[Problem] = []
        keys = [Key(kind=FileKind.SOURCEMAP, debug_id=debug_id)] if debug_id else []
        path = "/".join(url_segments(url))
        if path:
            scheme = url.partition("://")[0] + "://-/" if "extension://" in url else ""
            folder, slash, name = path.rpartition("/")
            names = dict.fromkeys((path, f"{folder}{slash}{plain_name(name)}"))
            keys += [Key(kind=FileKind.SOURCEMAP, url=f"{scheme}{name}{ending}") for name in names for ending in _MAP_ENDINGS]
        for key in keys:
            found = self._lookup.find(key)
            tried += found.tried
            if len(found.artifacts) > 1:
                problems.append(ambiguous(f"map of {url}", found))
                continue
            for artifact in found.artifacts:
                opened = self._lookup.compiled(_MAPS, artifact)
                if isinstance(opened, Problem):
                    problems.append(opened)
                elif debug_id and opened.debug_id and opened.debug_id != debug_id:
                    problems.append(_other_build(url, debug_id, artifact.name, opened.debug_id))
                else:
                    return Generated(url=url, map=opened, map_artifact=artifact, how="debug_id" if key.debug_id else "url")
        page = self._page(url)
        if page is not None:
            return Generated(url=url, script=page)
        near = self._other_builds(url)
        missing = Problem(
            type=ProblemType.MISSING_SOURCE,
            detail=f"neither {url} nor a source map of it is among the files given"
            + (f"; {near[0]} looks like another build of it" if near else ""),
            artifact=url,
            tried=_once(tried),
            hint=_HINT_NO_FILE,
        )
        return Generated(url=url, problems=tuple(problems) or (missing,))

    def _page(self, url: str) -> Artifact | None:
        """The page that frames of scripts written into it name: its own lines are the source."""
        path = url.split("#", 1)[0].split("?", 1)[0]
        is_folder = path.endswith("/") or ("://" in path and not url_segments(path))
        if not is_folder and not path.lower().endswith(_PAGES):
            return None
        found = self._lookup.source(f"{path.rstrip('/')}/index.html" if is_folder else path)
        return found.artifacts[0] if len(found.artifacts) == 1 else None

    def _other_builds(self, url: str) -> list[str]:
        """Files of the name that `url` has but for the hash in it."""
        wanted = stems(_file_name(url) or "")
        near = [name for stem, sure in wanted.items() for name, is_hash in self._by_stem.get(stem, ()) if sure or is_hash]
        return near[:2]

    @cached_property
    def _by_stem(self) -> dict[Stem, list[tuple[str, bool]]]:
        """Scripts and maps by what they are called but for a hash, with whether that is one beyond doubt."""
        found: dict[Stem, list[tuple[str, bool]]] = {}
        for kind in (FileKind.SCRIPT, FileKind.SOURCEMAP):
            for one in self._lookup.all(kind):
                for stem, sure in stems(_script_name(one.path).rpartition("/")[2].rpartition("!")[2]).items():
                    same = found.setdefault(stem, [])
                    if len(same) < _MAX_NEAR:  # `chunk-….js`: there may be thousands
                        same.append((one.name, sure))
        return found

    def _evaluated(self, url: str, script: Artifact) -> Generated:
        """A module that lies in an `eval` string of a development bundle, with its map in the string."""
        artifact = part_of(script, f"inline map of {url}", FileKind.SOURCEMAP, lambda content: _map_in_eval(content, url))
        opened = self._lookup.compiled(_MAPS, artifact)
        if isinstance(opened, Problem):
            return Generated(url=url, script=script, problems=(opened,))
        return Generated(url=url, script=script, map=opened, map_artifact=artifact, how="inline")

    def _no_map(self, script: Artifact, tried: Sequence[str]) -> Problem:
        reference = script.identity.map_url
        said = f"it names {reference!r}" if reference else "it has no sourceMappingURL"
        return Problem(
            type=ProblemType.MISSING_SOURCEMAP,
            detail=f"no source map of {script.name} was found ({said})",
            artifact=script.name,
            tried=_once(tried),
            hint=_HINT_NO_MAP,
        )


def _inline_map(content: memoryview) -> bytes:
    """The map in a script's own data URL."""
    from symbolicator.sourcemaps.discover import decode_data_url, find_map_url  # only on the first run is the script itself read

    url = find_map_url(content)
    if url is None:
        raise MalformedArtifact("the script has no sourceMappingURL")
    return decode_data_url(url)


def _map_in_eval(content: memoryview, url: str) -> bytes:
    """The map in the `eval` string of one module."""
    from symbolicator.sourcemaps.evals import eval_module  # as above

    module = eval_module(content, url)
    if module is None or module.map is None:
        raise MalformedArtifact(f"the eval of {url} has no inline map")
    return module.map


def ambiguous(what: str, found: Found) -> Problem:
    """Several equally good files: none is chosen."""
    names = [artifact.name for artifact in found.artifacts]
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{what}: {len(names)} files fit equally well: {', '.join(names[:6])}{', …' if len(names) > 6 else ''}",
        artifact=names[0],
        tried=found.tried,
        hint="give only the folder of the right build, set the event's release, or use debug ids",
    )


def _other_build(script: str, script_id: str, map_name: str, map_id: str) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SOURCEMAP,
        detail=f"{map_name} has debug id {map_id}, {script} has {script_id}: the map is of another build, and was not used",
        artifact=map_name,
        hint="give the map that was made together with the script",
    )


def _meant_by(url: str, name: str, rival: str) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SOURCE,
        detail=f"neither {url} nor a source map of it is among the files given; {name} has its name, and is {rival}",
        artifact=url,
        tried=(f"{name}: is {rival}",),
        hint=_HINT_NO_FILE,
    )


def _script_name(map_path: str) -> str:
    """The path of the script that a map belongs to, by the map's own."""
    ending = next((each for each in (".packager.map", *reversed(_MAP_ENDINGS)) if map_path.endswith(each)), "")
    return map_path.removesuffix(ending)


def _file_name(path: str | None) -> str | None:
    """The last segment of a URL or path."""
    return next(iter(url_segments(path)[-1:]), None) if path else None


def _once(tried: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tried))
