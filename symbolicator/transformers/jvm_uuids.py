"""The mapping of a uuid that is only in another file of the build: Android's Gradle plugin once used random ids.

::

    io.sentry.ProguardUuids=6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c                                 sentry-debug-meta.properties
    <meta-data android:name="io.sentry.ProguardUuids" android:value="6f1c…|…" />                 AndroidManifest.xml
"""

from __future__ import annotations

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind, normalise_debug_id
from symbolicator.lookup import Lookup
from symbolicator.patterns import regex
from symbolicator.problems import Problem

_FILES = frozenset(("sentry-debug-meta.properties", "AndroidManifest.xml"))
_MAX_BYTES = 4 << 20
_MAX_FILES = 64
_IDS = rb"([0-9A-Fa-f|, -]{32,2000})"
_NAMED = regex(
    rb"io\.sentry\.(?:ProguardUuids|proguard-uuid)(?:[ \t]{0,20}=[ \t]{0,20}" + _IDS + rb"|\"\s{1,200}android:value=\"" + _IDS + rb"\")"
    rb"|android:value=\"" + _IDS + rb"\"\s{1,200}android:name=\"io\.sentry\.(?:ProguardUuids|proguard-uuid)\""
)


def mappings_named(lookup: Lookup, wanted: str) -> tuple[Artifact, ...]:
    """The mappings that a file beside them calls `wanted`; else, if Gradle left both, those of the same module and variant."""
    mappings = lookup.all(FileKind.MAPPING)
    folders = [_folders(one) for one in _naming(lookup, wanted)] if mappings else []
    beside = tuple(one for one in mappings if _folders(one) in folders)
    if beside or not folders:
        return beside
    return tuple(one for one in mappings if any(_is_variant_of(_folders(one), folder) for folder in folders))


def _is_variant_of(mapping: tuple[str, ...], naming: tuple[str, ...]) -> bool:
    """Whether Gradle wrote both: `build/outputs/mapping/release/` and, of one variant, `build/intermediates/assets/release/…/`."""
    if mapping[-3:-1] != ("outputs", "mapping"):
        return False
    build = mapping[:-3]
    return naming[: len(build) + 1] == (*build, "intermediates") and mapping[-1] in naming[len(build) :]


def _folders(artifact: Artifact) -> tuple[str, ...]:
    return tuple(artifact.name.replace("!", "/").split("/")[:-1])


def _naming(lookup: Lookup, wanted: str) -> list[Artifact]:
    """The files that name the uuid."""
    files = [one for one in lookup.all(FileKind.SOURCE) if one.path.rpartition("/")[2] in _FILES and one.size <= _MAX_BYTES]
    return [one for one in files[:_MAX_FILES] if wanted in _uuids(lookup.read(one))]


def _uuids(content: memoryview | Problem) -> set[str]:
    if isinstance(content, Problem):
        return set()
    texts = (b"|".join(filter(None, found.groups())).decode() for found in _NAMED.finditer(content))
    return {known for text in texts for one in text.replace(",", "|").split("|") if (known := normalise_debug_id(one))}
