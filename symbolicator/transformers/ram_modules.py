"""Modules of React Native's RAM bundles: a frame names `12.js` or `seg-3_5.js`, the map is the whole bundle's.

`x_facebook_offsets` says where the module is in the map; that Metro counts its first line wrongly (react/metro#399) is recognized by
the wrapper in the module's text, and corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from symbolicator.artifacts.embedded import part_of
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem
from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.sourcemaps.hermes import SegmentName, segment_of
from symbolicator.sourcemaps.lookups import Lookups
from symbolicator.sourcemaps.ram import RamBundle, composed_line, is_ram_bundle, wrapper_shift
from symbolicator.transformers.script import Generated, ambiguous

# Only Metro makes RAM bundles, and these are the names it gives their maps.
_BUNDLE_MAPS = (".bundle.map", ".jsbundle.map", ".packager.map")
_MAX_MAPS = 16


def ram_module(lookup: Lookup, url: str, maps: SourceMapCompiler) -> Generated | None:
    """The map of the bundle with the module `url`, and where in it; None if no bundle's map knows the module."""
    named = segment_of(url)
    if named is None:
        return None
    found = list(_bundles(lookup, maps, named))
    if len({artifact.digest() for artifact, _, _ in found}) > 1:
        return Generated(
            url=url, problems=(ambiguous(f"bundle of module {url}", Found(artifacts=tuple(artifact for artifact, _, _ in found))),)
        )
    for artifact, opened, first_line in found:
        text = _module_text(lookup, artifact, url, named)
        section = opened.section_at(first_line)
        shift = wrapper_shift(text, *section) if text is not None and section is not None else 0
        return Generated(url=url, map=opened, map_artifact=artifact, how="url", first_line=first_line, first_line_shift=shift)
    return None


def _bundles(lookup: Lookup, maps: SourceMapCompiler, named: SegmentName) -> Iterator[tuple[Artifact, Lookups, int]]:
    """Maps that know the module, each with the line on which the module starts."""
    candidates = [artifact for artifact in lookup.all(FileKind.SOURCEMAP) if artifact.path.endswith(_BUNDLE_MAPS)]
    for candidate in candidates[:_MAX_MAPS]:
        artifact, opened = candidate, lookup.compiled(maps, candidate)
        if isinstance(opened, Problem):
            continue
        if named.segment:
            segment = opened.extras.segments.get(str(named.segment))
            if segment is None:
                continue
            artifact = part_of(candidate, f"segment {named.segment}", FileKind.SOURCEMAP, partial(_given, bytes(segment)))
            opened = lookup.compiled(maps, artifact)
            if isinstance(opened, Problem):
                continue
        first_line = 0 if named.module is None else composed_line(opened.extras.offsets, named.module, 0)
        if first_line is not None:
            yield artifact, opened, first_line


def _given(content: bytes, whole: memoryview) -> bytes:
    return content


def _module_text(lookup: Lookup, map_artifact: Artifact, url: str, named: SegmentName) -> str | None:
    """The module's code: in the indexed bundle beside the map, or in the file of its own."""
    if named.module is None:
        return None
    bundle = map_artifact.path.rpartition("/")[2].removesuffix(".map")
    for key in (
        Key(kind=FileKind.SCRIPT, url=bundle),
        Key(kind=FileKind.SCRIPT, url=f"js-modules/{named.module}.js"),
        Key(kind=FileKind.SCRIPT, url=url),
    ):
        for script in lookup.find(key, near=map_artifact).artifacts[:1]:
            content = lookup.read(script)
            if isinstance(content, Problem):
                continue
            if is_ram_bundle(content):
                try:
                    text = RamBundle(content).module(named.module)
                except MalformedArtifact:
                    continue
                if text is not None:
                    return text
            elif key.url != bundle:
                return str(content, "utf-8", "replace")
    return None
