"""The files that together symbolicate one native image: the one with debug information, the program, dwz's common file, split DWARF.

It defines the order of the look-ups. Everything is looked up in the stores by `Key`: a link to `/etc/passwd` can only match a file
in the given folders. Identities say what files contain and refer to, so no file is read here except for the CRC of a debug link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from zlib import crc32

import msgspec

from symbolicator.artifacts.embedded import slices_of
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.debugfiles.arches import pick
from symbolicator.debugfiles.container import LINES, NAMING
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key
from symbolicator.problems import OtherBuild

Find = Callable[[Key, Artifact | None], Found]
"""`Lookup.find`, or that of an `ArtifactStore`."""

_ENDINGS: Final = ("", ".debug", ".dbg", ".dSYM", ".sym")
"""Names of debug files, derived from the program's name."""
_WINDOWS: Final = frozenset(("exe", "dll", "sys", "ocx", "drv", "node", "pyd", "scr", "cpl", "efi"))
"""Endings of Windows programs and libraries."""
_MAX_TRIED: Final = 24
_MAX_WORDS: Final = 8


class Companions(msgspec.Struct, frozen=True, kw_only=True):
    """The files found for an image.

    `main` is the file to use: the one with DWARF, else with another debug format, else with a debug map, else with the most symbols.
    `program` is the file with the code, if that is another one (linkage stubs have their names there). `alt` is dwz's file, `package`
    the `.dwp`. `found_by` says how `main` was found: `debug_id`, `code_id`, `url`, `path`, `debug_link`. `others` are files with the
    image's name from another build.
    """

    main: Artifact | None = None
    program: Artifact | None = None
    alt: Artifact | None = None
    package: Artifact | None = None
    found_by: str = ""
    others: tuple[Artifact, ...] = ()
    tried: tuple[str, ...] = ()

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """All of them, `main` first."""
        return tuple(one for one in (self.main, self.program, self.alt, self.package) if one is not None)

    @property
    def frame_data(self) -> dict[str, str]:
        """Values for frames' data."""
        found = {"resolved_with": self.found_by}
        return found if self.main is None else {**found, "debug_file": self.main.name}


def find_companions(find: Find, key: Key, arch: str | None = None) -> Companions:
    """The files for an image given by `key`: its ids, and in `url` its file's name or path, as far as the event says. Of a fat file the
    slice with these ids is used, else the one for `arch`.

    By ids first. An image without ids is looked up by its name, as are ids without a result, because a file may lack an id; a file
    with another id is in `others`.
    """
    tried: list[str] = []
    # Without the name at first: by id, a stripped program and its debug file are both needed, whatever their names.
    found = find(msgspec.structs.replace(key, url=None) if key.debug_id or key.code_id else key, None)
    if not found.artifacts:
        tried += found.tried
        found = find(key, None)
    tried += found.tried
    candidates = _of_build(found, key, tried, arch)
    how = found.how
    if not candidates and key.url:
        for ending in _ENDINGS[1:]:
            found = find(msgspec.structs.replace(key, url=key.url + ending), None)
            candidates = _of_build(found, key, tried, arch)
            how = found.how
            if candidates:
                break
    if not key.code_id and not key.debug_id:
        candidates = _with_the_program(candidates, tried)
    main = _best(candidates)
    if main is None or not LINES & set(main.identity.features):
        for url in _pdbs(key.url):
            beside = find(msgspec.structs.replace(key, url=url), None)
            more = tuple(one for one in _of_build(beside, key, tried, arch) if one not in candidates)
            if main is None or any(LINES & set(one.identity.features) for one in more):
                candidates, how = (*candidates, *more), how if main else beside.how
        main = _best(candidates)
    if main is None:
        return Companions(others=_others(find, key, tried, arch), tried=_as_text(tried))
    if "debug_info" not in main.identity.features:
        linked = next(filter(None, (find_debug_link(find, one, key.url, tried) for one in candidates)), None)
        if linked is not None:
            candidates, main, how = (*candidates, linked), linked, "debug_link"
        elif not key.debug_id and "records" not in main.identity.features:
            # Found by its name, or by a code id, which not all debug files have: its own ids find its debug file, whatever that is called.
            same, by = _same_build(find, main, tried)
            if same is not None:
                candidates, main, how = (*candidates, same), same, by
    program = next((one for one in candidates if one is not main and "code" in one.identity.features), None)
    if "code" in main.identity.features:
        program = None
    without = not LINES & set(main.identity.features)
    own = key if key.code_id or key.debug_id else msgspec.structs.replace(key, code_id=next(iter(main.identity.code_ids), None))
    return Companions(
        others=_others(find, own, tried, arch) if without else (),
        main=main, program=program, alt=find_alt_link(find, main, tried), package=find_package(find, main, program, key.url),
        found_by=how, tried=_as_text(tried),
    )  # fmt: skip


def _with_the_program(candidates: tuple[Artifact, ...], tried: list[str]) -> tuple[Artifact, ...]:
    """The files found by a name, without those whose id differs from that of the only program among them, because that program ran."""
    programs = {one.identity.code_ids: one for one in candidates if "code" in one.identity.features and one.identity.code_ids}
    if len(programs) != 1:
        return candidates
    ((ids, program),) = programs.items()
    others = [one for one in candidates if one.identity.code_ids and one.identity.code_ids != ids]
    tried += (OtherBuild.of(one.name, f"its id is {_either(one.identity.code_ids)}", program.name) for one in others)
    return tuple(one for one in candidates if one not in others)


def _pdbs(url: str | None) -> Iterator[str]:
    """The name of a Windows program's PDB."""
    stem, dot, ending = (url or "").rpartition(".")
    if dot and ending.lower() in _WINDOWS:
        yield f"{stem}.pdb"


def _same_build(find: Find, artifact: Artifact, tried: list[str]) -> tuple[Artifact | None, str]:
    """The file with debug information, or with symbols if `artifact` has none, that has an id of `artifact`; and by which id."""
    identity = artifact.identity
    known = set(identity.features)
    keys = [("code_id", Key(kind=FileKind.DEBUG_FILE, code_id=one)) for one in identity.code_ids[:1]]
    keys += [("debug_id", Key(kind=FileKind.DEBUG_FILE, debug_id=one)) for one in identity.debug_ids[:1]]
    for by, key in keys:
        found = find(key, None)
        tried += found.tried
        best = _best(one for one in _of_build(found, key, tried, None) if one.name != artifact.name)
        if best is not None and (LINES | {"symbols"}) & (set(best.identity.features) - known):
            return best, by
    return None, ""


def _others(find: Find, key: Key, tried: list[str], arch: str | None) -> tuple[Artifact, ...]:
    """Files of the image's name with an id of another build."""
    others: dict[str, Artifact] = {}
    urls = [f"{key.url}{ending}" for ending in _ENDINGS] if key.url else []
    # Also by the bare name: of files with the same name a path finds the program, but not the debug file in another folder.
    urls += [key.url.replace("\\", "/").rpartition("/")[2]] if key.url else []
    for url in dict.fromkeys(urls):
        for one in _native(find(Key(kind=FileKind.DEBUG_FILE, url=url), None)):
            if not _of_build(Found(artifacts=(one,)), key, tried, arch):
                others[one.name] = one
    return tuple(others.values())


def find_debug_link(find: Find, artifact: Artifact, path: str | None = None, tried: list[str] | None = None) -> Artifact | None:
    """The file named by `.gnu_debuglink`: beside `artifact`, in `.debug/` there, or below a root of debug files by the program's `path`.

    A file is accepted if its id is that of `artifact`; if one of them has none, if its CRC-32 is that in the link; for a link
    without a CRC (WebAssembly's `external_debug_info`), if its code is the same.
    """
    link = artifact.identity.debug_link
    if link is None:
        return None
    name, crc = link
    folder = path.replace("\\", "/").rpartition("/")[0] if path else ""
    seen: set[str] = set()
    for url, near in ((name, artifact), (f".debug/{name}", artifact), (f"{folder}/{name}", None), (name, None)):
        found = find(Key(kind=FileKind.DEBUG_FILE, url=url), near)
        for one in _native(found):
            if one.name in seen or one.name == artifact.name:
                continue
            seen.add(one.name)
            if _is_linked(one, artifact, crc, tried):
                return one
    if tried is not None and not seen:
        tried.append(f"{artifact.name}: its debug link names {name}, which is not among the files given")
    return None


def _is_linked(one: Artifact, artifact: Artifact, crc: int | None, tried: list[str] | None) -> bool:
    said, wanted = one.identity.code_ids, artifact.identity.code_ids
    if said and wanted:
        reason = f"its build id is {said[0]}, and that of {artifact.name} is {wanted[0]}"
        same = said == wanted
    elif crc is None:
        reason = f"its code differs from that of {artifact.name}"
        same = _has_code_of(one, artifact)
    else:
        try:
            actual = crc32(one.read())
        except MalformedArtifact as error:
            actual = -1
            reason = f"cannot be read: {error.reason}"
        else:
            reason = f"its CRC-32 is {actual:08x}, and the debug link of {artifact.name} says {crc:08x}"
        same = actual == crc
    if not same and tried is not None:
        tried.append(OtherBuild.of(one.name, reason))
    return same


def _has_code_of(one: Artifact, artifact: Artifact) -> bool:
    """Whether two WebAssembly files have the same code; or one has none, and nothing contradicts."""
    from symbolicator.debugfiles.wasm.sections import code_of  # few links are such

    try:
        own, other = code_of(one.read()), code_of(artifact.read())
    except MalformedArtifact:
        return False
    return own is None or other is None or own == other


def find_alt_link(find: Find, artifact: Artifact, tried: list[str] | None = None) -> Artifact | None:
    """The file to which dwz moved shared parts of `artifact`: by build id, else by its path if it has no other build id."""
    link = artifact.identity.alt_link
    if link is None:
        return None
    path, build_id = link
    keys: list[tuple[Key, Artifact | None]] = []
    if build_id:
        keys.append((Key(kind=FileKind.DEBUG_FILE, code_id=build_id), None))
    keys += [(Key(kind=FileKind.DEBUG_FILE, url=path), artifact), (Key(kind=FileKind.DEBUG_FILE, url=path), None)]
    for key, near in keys:
        for one in _native(find(key, near)):
            if not build_id or not one.identity.code_ids or build_id in one.identity.code_ids:
                return one
            if tried is not None:
                tried.append(OtherBuild.of(one.name, f"its build id is {one.identity.code_ids[0]}, expected {build_id}"))
    if tried is not None:
        wanted = f"{path} (build id {build_id or 'unknown'})"
        tried.append(f"{artifact.name}: its shared parts are in {wanted}, which is not among the files given")
    return None


def find_split(find: Find, artifact: Artifact, name: str, folder: str = "") -> tuple[Artifact, ...]:
    """The `.dwo` files that a skeleton unit of `artifact` may mean by `name`, compiled in `folder`; the unit's id decides."""
    found: dict[str, Artifact] = {}
    absolute = name if name.startswith("/") or not folder else f"{folder}/{name}"
    for url, near in ((name, artifact), (name.rpartition("/")[2], artifact), (absolute, None)):
        for one in _native(find(Key(kind=FileKind.DEBUG_FILE, url=url), near)):
            found.setdefault(one.name, one)
        if found:
            break
    return tuple(found.values())


def find_package(find: Find, main: Artifact, program: Artifact | None, url: str | None) -> Artifact | None:
    """The `.dwp` named after the program or its debug file, beside them; else after the image's path."""
    if "debug_addr" not in main.identity.features:
        return None
    wanted: list[tuple[str, Artifact | None]] = []
    for one in (main, program):
        if one is not None:
            name = one.file_name
            wanted += [(f"{name}.dwp", one), (f"{name.removesuffix('.debug')}.dwp", one)]
    if url:
        wanted.append((f"{url}.dwp", None))
    for name, near in dict.fromkeys(wanted):
        for one in _native(find(Key(kind=FileKind.DEBUG_FILE, url=name), near)):
            if "debug_info" in one.identity.features:
                return one
    return None


def apart(one: Artifact, other: Artifact) -> bool:
    """Whether two files of one build count addresses from different places: records count from the load address, all others from the
    linked address.
    """
    return ("records" in one.identity.features) != ("records" in other.identity.features)


def _best(candidates: Iterable[Artifact]) -> Artifact | None:
    def rank(one: Artifact) -> tuple[bool, bool, bool, bool, int]:
        features = set(one.identity.features)
        return "debug_info" in features, bool(LINES & features), "debug_map" in features, bool(NAMING & features), one.size

    return max(candidates, key=rank, default=None)


def _of_build(found: Found, key: Key, tried: list[str], arch: str | None) -> tuple[Artifact, ...]:
    """Those without another id than the key's; a store that finds by name may not have checked."""
    fitting: list[Artifact] = []
    for each in _native(found):
        one = _slice(each, key, arch)
        identity = one.identity
        if key.code_id and identity.code_ids and key.code_id not in identity.code_ids:
            said = f"UUID is {_either(identity.debug_ids)}" if is_apples(one) else f"code id is {_either(identity.code_ids)}"
            tried.append(OtherBuild.of(one.name, f"its {said}"))
        elif key.debug_id and identity.debug_ids and key.debug_id not in identity.debug_ids:
            what = "UUID" if is_apples(one) else "debug id"
            tried.append(OtherBuild.of(one.name, f"its {what} is {_either(identity.debug_ids)}"))
        elif len(identity.slices) > 1:
            tried.append(f"{one.name}: holds {_either([each.arch for each in identity.slices])}, and nothing says which one was running")
        else:
            fitting.append(one)
    return tuple(fitting)


def _slice(one: Artifact, key: Key, arch: str | None) -> Artifact:
    """The slice of a fat file that is meant: by id, else by architecture; the file itself if it is not fat, or it is unclear."""
    slices = [(each.arch, (*each.identity.debug_ids, *each.identity.code_ids)) for each in one.identity.slices]
    number = pick(slices, (key.debug_id, key.code_id), arch)
    return one if number is None else slices_of(one)[number]


def is_apples(one: Artifact) -> bool:
    """Whether a file has a UUID, which is both of its ids."""
    return [each.replace("-", "") for each in one.identity.debug_ids] == list(one.identity.code_ids)


def _either(words: Sequence[str]) -> str:
    return " or ".join(words[:_MAX_WORDS])


def _native(found: Found) -> tuple[Artifact, ...]:
    return tuple(one for one in found.artifacts if one.identity.kind is FileKind.DEBUG_FILE)


def _as_text(tried: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tried))[:_MAX_TRIED]
