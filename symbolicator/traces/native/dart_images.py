r"""What Dart's stacks count from: what the lines above them say of the build, and of where its parts were loaded.

::

    *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
    pid: 8353, tid: 8399, name 1.ui
    os: android arch: arm64 comp: yes sim: no
    build_id: '3a7b0dc4c99330fc79254075fd558d67'
    loading_unit: 3, build_id: '…', dso_base: 7f0281700000, instructions: 7f0281983000
    isolate_dso_base: 723d47e000, vm_dso_base: 723d47e000
    isolate_instructions: 723d47f000, vm_instructions: 723d47f000

Dart's signal handler prints the same with `=` for `: `; Crashlytics keeps one line, `BuildId: 3a7b…`. A symbol and an offset are the same
in the app and in its debug file, `virt` only where both are laid out alike: so frames count from the symbol (their image's
`image_symbol`), and from what `virt` makes of it where the file has lost that. A stack without such lines is of the only build that the
text tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from symbolicator.keys import normalise_code_id
from symbolicator.patterns import regex
from symbolicator.traces.format import Where
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.native.dart import FAMILY
from symbolicator.traces.stack import Stack

MAX_ABOVE: Final = 200
"""Lines above a stack in which its build is looked for."""
_ROOT: Final = 1
"""The part of an app that is loaded first."""
_RULE: Final = "*** *** *** ***"
_SYSTEM: Final = regex(r"os(?:: {1,20}|=)(\w{1,20}),? {1,20}arch(?:: |=)(\w{1,20})\b")
_BUILD: Final = regex(r"build_id(?:: |=)'([0-9A-Fa-f]{8,64})'|BuildId: ([0-9A-Fa-f]{16,64})\s*$")
_UNIT: Final = regex(
    r"loading_unit(?:: |=)(\d{1,6}),? (?:build_id(?:: |=)'([0-9a-f]{8,64})',? )?dso_base(?:: |=)[0-9a-f]{1,16},? "
    r"instructions(?:: |=)([0-9a-f]{1,16})"
)
_STARTS: Final = regex(r"isolate_instructions(?:: |=)([0-9a-f]{1,16}),? vm_instructions(?:: |=)([0-9a-f]{1,16})")
_ISOLATE: Final = "_kDartIsolateSnapshotInstructions"
_VM: Final = "_kDartVmSnapshotInstructions"
_ARCHES: Final = {"x64": "x86_64", "ia32": "x86"}
_APPLES: Final = {"ios": "ios", "macos": "darwin"}
"""Systems of Apple's, and what Flutter calls them in names of files."""


class Build(NamedTuple):
    """The known facts about one process: its system, the build that ran, and where the code of its parts begins (by their numbers)."""

    system: str | None = None
    arch: str | None = None
    build_id: str | None = None
    vm_start: int = 0
    starts: tuple[tuple[int, int], ...] = ()
    ids: tuple[tuple[int, str], ...] = ()


def locate(stacks: Sequence[Stack], lines: Sequence[Line]) -> None:
    """Set the image of each Dart frame, as far as the text says."""
    dart = [stack for stack in stacks if stack.family == FAMILY]
    builds = [_build_above(stack, lines) for stack in dart]
    told = {build for build in builds if build is not None}
    for stack, build in zip(dart, builds, strict=True):
        own = build or (next(iter(told)) if len(told) == 1 else Build())
        for place, found in enumerate(stack.founds):
            printed = (found.frame.get("data") or {}).get("dart")
            if printed is not None:
                where = _where(printed, found.frame.get("package"), own)
                stack.founds[place] = msgspec.structs.replace(found, where=where)


def _build_above(stack: Stack, lines: Sequence[Line]) -> Build | None:
    """The build whose header is above a stack; None if there is none."""
    first = stack.lines[0]
    texts: list[str] = []
    for index in range(first - 1, max(first - MAX_ABOVE, 0) - 1, -1):
        plain = lines[index].plain
        if lines[index].region != stack.region or " abs " in plain:
            break
        texts.append(plain)
        if _RULE in plain[body_start(plain) :]:
            break
    build = Build()
    for text in reversed(texts):
        build = _read(text, build)
    return None if build == Build() else build


def _read(text: str, build: Build) -> Build:
    """The build with the information of one line added."""
    if "loading_unit" in text:
        unit = _UNIT.search(text)
        if unit is not None:
            number = int(unit[1])
            ids = (*build.ids, (number, unit[2])) if unit[2] else build.ids
            return build._replace(starts=(*build.starts, (number, int(unit[3], 16))), ids=ids)
    elif "build_id" in text or "BuildId: " in text:
        said = _BUILD.search(text)
        if said is not None:
            return build._replace(build_id=normalise_code_id(said[1] or said[2]))
    elif "_instructions" in text:
        starts = _STARTS.search(text)
        if starts is not None:
            return build._replace(starts=(*build.starts, (_ROOT, int(starts[1], 16))), vm_start=int(starts[2], 16))
    elif "arch" in text:
        system = _SYSTEM.search(text)
        if system is not None:
            return build._replace(system=system[1], arch=system[2])
    return build


def _where(printed: dict[str, str], module: str | None, build: Build) -> Where | None:
    """The place of a frame; None if the text does not say what its address counts from."""
    unit = int(printed.get("unit", _ROOT))
    address = int(printed["abs"], 16)
    virtual = int(printed["virt"], 16) if "virt" in printed else None
    symbol = printed.get("symbol")
    offset = int(printed["offset"], 16) if symbol else None
    if symbol is None:
        starts = {_ISOLATE: dict(build.starts).get(unit, 0), _VM: build.vm_start if unit == _ROOT else 0}
        below = [(start, name == _ISOLATE, name) for name, start in starts.items() if 0 < start <= address]
        if below and virtual is None:
            start, _, symbol = max(below)
            offset = address - start
        elif virtual is not None:
            offset = virtual
    if offset is None:
        return None
    image = _image(build, unit)
    if module is not None:
        image["code_file"] = module
    if symbol is not None:
        image["image_symbol"] = symbol
    if virtual is not None:
        image["image_vmaddr"] = hex(max(virtual - offset, 0))
    return Where(offset=offset, exact=True, image=image)


def _image(build: Build, unit: int) -> dict[str, Any]:
    """The image of a part of an app: what it is called in a build, and by its id."""
    system, arch = build.system or "", _ARCHES.get(build.arch or "", build.arch)
    image: dict[str, Any] = {"type": "macho" if system in _APPLES else "elf"}
    build_id = build.build_id if unit == _ROOT else dict(build.ids).get(unit)
    if system:
        image["code_file"] = "App" if system in _APPLES else "libapp.so" if system in ("android", "ohos", "linux") else "app.so"
    if unit != _ROOT:
        image["code_file"] = f"{image.get('code_file') or 'libapp.so'}-{unit}.part.so"
    elif system and build.arch:
        image["debug_file"] = f"app.{_APPLES.get(system, system)}-{build.arch}.symbols"
    if build_id:
        image["code_id"] = build_id
    if arch:
        image["arch"] = arch
    return image
