"""Which map belongs to a script, by what the script, the event and their names say.

Order (contract, "Files"): the debug id the event gives for the URL, the script's own debug id, the script's `sourceMappingURL` (inline,
beside it, anywhere below the given folders), the script's name with `.map`. The map that the script names is preferred to one that is
merely beside it. A map whose debug id differs from the script's is from another build and not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolicator.artifacts.embedded import part_of
from symbolicator.artifacts.evidence import Stem, plain_name, stems, telling_origin
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.cached import cached_property
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key, url_segments
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.transformers.script import MAP_ENDINGS, Generated, ambiguous, file_name, missing, once, other_build, script_name

MAPS = SourceMapCompiler()
_MAX_NEAR = 8
_SHOWN = 3
"""Last segments of a path that a line of what was tried shows."""
_HINT_NO_MAP = (
    "build with source maps (esbuild --sourcemap, webpack devtool: 'source-map', …) and give the folder of exactly that build with files="
)


class ScriptMaps:
    """The scripts and maps of one event by their URLs; `generated.py` weighs what is found here."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    @cached_property
    def _where(self) -> str:
        return self._lookup.where()

    @cached_property
    def debug_ids(self) -> dict[str, tuple[int, str]]:
        """URL → (place of the image, debug id) of the event's source-map images."""
        return {
            image.code_file: (place, image.debug_id)
            for place, image in enumerate(self._lookup.images)
            if image.type == "sourcemap" and image.code_file and image.debug_id
        }

    def debug_id(self, url: str) -> str | None:
        """The debug id that the event gives the script called `url`; None if it gives none."""
        return self.debug_ids[url][1] if url in self.debug_ids else None

    def find(self, url: str) -> Generated:
        """The files of the script called `url`, as it is called."""
        image_id = self.debug_id(url)
        if image_id is None and not self._lookup.may_answer(url, MAP_ENDINGS):
            path = "/".join(url_segments(url)[-_SHOWN:])
            where = f"{self._where}: " if self._where else ""  # no folder is given where files come with the crash
            tried = f"{where}no {path} in any folder, and no map of that name"
            return Generated(url=url, problems=(self._missing(url, (tried,)),))
        found = self._lookup.find(Key(kind=FileKind.SCRIPT, url=url, debug_id=image_id))
        if len(found.artifacts) > 1:
            return Generated(url=url, problems=(ambiguous(f"script {url}", found),))
        if not found.artifacts:
            return self._without_script(url, image_id, found)
        script = found.artifacts[0]
        if url in script.identity.urls:
            return self._evaluated(url, script)
        return self.with_map(url, script, image_id)

    def with_map(self, url: str, script: Artifact, image_id: str | None) -> Generated:
        """A script that was found, which frames call `url`, and its map. `image_id` is the debug id that the event gives it."""
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
                opened = self._lookup.compiled(MAPS, artifact)
                if isinstance(opened, Problem):
                    problems.append(opened)
                elif own_id and opened.debug_id and opened.debug_id != own_id:
                    problems.append(other_build(script.name, own_id, artifact.name, opened.debug_id))
                else:
                    return Generated(url=url, script=script, map=opened, map_artifact=artifact, how=how)
        return Generated(url=url, script=script, problems=tuple(problems) or (self._no_map(script, tried),))

    def _maps_of(self, script: Artifact, debug_id: str | None) -> Iterator[tuple[str, Found]]:
        """Places where a script's map may be, most certain first."""
        if debug_id:
            yield "debug_id", self._lookup.find(Key(kind=FileKind.SOURCEMAP, debug_id=debug_id), near=script)
        reference = script.identity.map_url
        if reference and reference.startswith("data:"):
            yield "inline", Found(artifacts=(part_of(script, "inline map", FileKind.SOURCEMAP, inline_map),))
        elif reference:
            yield "url", self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=reference), near=script)
        name = url_segments(script.path)[-1:] or (script.path,)
        for ending in MAP_ENDINGS:
            yield "path", self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=name[0] + ending), near=script)
        stem, dot, _ = name[0].rpartition(".")
        beside = self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=f"{stem}.map"), near=script) if dot and stem else Found()
        if beside.how == "path" and all(file_name(one.identity.file) in (None, name[0]) for one in beside.artifacts):
            yield "path", beside  # Expo's older exports: android-2b6e1f.map belongs to android-2b6e1f.js

    def _without_script(self, url: str, debug_id: str | None, looked: Found) -> Generated:
        """The script is not there; its map may be."""
        tried = list(looked.tried)
        problems: list[Problem] = []
        keys = [Key(kind=FileKind.SOURCEMAP, debug_id=debug_id)] if debug_id else []
        path = "/".join(url_segments(url))
        if path:
            origin = telling_origin(url)
            folder, slash, name = path.rpartition("/")
            names = dict.fromkeys((path, f"{folder}{slash}{plain_name(name)}"))
            keys += [Key(kind=FileKind.SOURCEMAP, url=f"{origin}{name}{ending}") for name in names for ending in MAP_ENDINGS]
        for key in keys:
            found = self._lookup.find(key)
            tried += found.tried
            if len(found.artifacts) > 1:
                problems.append(ambiguous(f"map of {url}", found))
                continue
            for artifact in found.artifacts:
                opened = self._lookup.compiled(MAPS, artifact)
                if isinstance(opened, Problem):
                    problems.append(opened)
                elif debug_id and opened.debug_id and opened.debug_id != debug_id:
                    problems.append(other_build(url, debug_id, artifact.name, opened.debug_id))
                else:
                    return Generated(url=url, map=opened, map_artifact=artifact, how="debug_id" if key.debug_id else "url")
        return Generated(url=url, problems=tuple(problems) or (self._missing(url, tried),))

    def _missing(self, url: str, tried: Sequence[str]) -> Problem:
        return missing(url, self._other_builds(url), tried)

    def _other_builds(self, url: str) -> list[str]:
        """Files of the name that `url` has but for the hash in it."""
        if not self._by_stem:
            return []
        wanted = stems(file_name(url) or "")
        near = [name for stem, sure in wanted.items() for name, is_hash in self._by_stem.get(stem, ()) if sure or is_hash]
        return near[:2]

    @cached_property
    def _by_stem(self) -> dict[Stem, list[tuple[str, bool]]]:
        """Scripts and maps by what they are called but for a hash, with whether that is one beyond doubt."""
        found: dict[Stem, list[tuple[str, bool]]] = {}
        for kind in (FileKind.SCRIPT, FileKind.SOURCEMAP):
            for one in self._lookup.all(kind):
                for stem, sure in stems(script_name(one.file_name)).items():
                    same = found.setdefault(stem, [])
                    if len(same) < _MAX_NEAR:  # `chunk-….js`: there may be thousands
                        same.append((one.name, sure))
        return found

    def _evaluated(self, url: str, script: Artifact) -> Generated:
        """A module inside an `eval` string of a development bundle, with its map in the string."""
        artifact = part_of(script, f"inline map of {url}", FileKind.SOURCEMAP, lambda content: _map_in_eval(content, url))
        opened = self._lookup.compiled(MAPS, artifact)
        if isinstance(opened, Problem):
            content = self._lookup.read(script)
            bare = not isinstance(content, Problem) and _has_no_map(content, url)
            return Generated(url=url, script=script, problems=(_no_map_in_eval(script, url) if bare else opened,))
        return Generated(url=url, script=script, map=opened, map_artifact=artifact, how="inline")

    def _no_map(self, script: Artifact, tried: Sequence[str]) -> Problem:
        reference = script.identity.map_url
        said = f"it names {reference!r}" if reference else "it has no sourceMappingURL"
        return Problem(
            type=ProblemType.MISSING_SOURCEMAP,
            detail=f"no source map of {script.name} was found ({said})",
            artifact=script.name,
            tried=once(tried),
            hint=_HINT_NO_MAP,
        )


def inline_map(content: memoryview) -> bytes:
    """The map in the data URL of a script, or of a WebAssembly module, which has it in a section."""
    from symbolicator.debugfiles.wasm.sections import MAGIC, Sections
    from symbolicator.sourcemaps.discover import decode_data_url, find_map_url  # only on the first run is the script itself read

    is_module = bytes(content[: len(MAGIC)]) == MAGIC
    url = Sections(content).data_url() if is_module else find_map_url(content)
    if url is None:
        raise MalformedArtifact("the file has no sourceMappingURL")
    return decode_data_url(url)


def _has_no_map(content: memoryview, url: str) -> bool:
    from symbolicator.sourcemaps.evals import eval_module  # as above

    module = eval_module(content, url)
    return module is not None and module.map is None


def _no_map_in_eval(script: Artifact, url: str) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SOURCEMAP,
        detail=f"{script.name} has {url} in an eval without a source map",
        artifact=script.name,
        hint="webpack's devtool 'eval' writes none: build with 'eval-source-map' or 'source-map'",
    )


def _map_in_eval(content: memoryview, url: str) -> bytes:
    """The map in the `eval` string of one module."""
    from symbolicator.sourcemaps.evals import eval_module  # as above

    module = eval_module(content, url)
    if module is None or module.map is None:
        raise MalformedArtifact(f"the eval of {url} has no inline map")
    return module.map
