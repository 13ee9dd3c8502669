"""`symbolicator lookup` of a Portable PDB or an assembly of .NET: a method's token, or its name, and an offset in its IL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symbolicator.cli.failures import say, sentence
from symbolicator.patterns import regex

_TOKEN = regex(r"(?:.{0,1000}?:?token )?(?:0x)?(?P<token>0?6[0-9a-fA-F]{6}|[0-9]{1,8})(?:\+|:| )0x(?P<offset>[0-9a-fA-F]{1,8})")
_NAMED = regex(r"(?:at )?(?P<name>\S{1,1000}?)(?P<arguments> ?\([^()]{0,1000}\))?(?: ?\+ ?| \[)0x(?P<offset>[0-9a-fA-F]{1,8}).{0,1000}")
_BESIDE = {".pdb": (".dll", ".exe"), ".dll": (".pdb",), ".exe": (".pdb",)}


def is_dotnet(file: str) -> bool:
    """Whether a file is a Portable PDB or an assembly; not a pipe, which is read once, nor what cannot be read."""
    from symbolicator.portable_pdb.identify import identify

    try:
        path = Path(file)
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            if not stream.read(4).startswith((b"BSJB", b"MZ")):
                return False
        return identify(path.name, memoryview(path.read_bytes())) is not None
    except (OSError, ValueError):
        return False


def files_of(file: str) -> tuple[str, ...]:
    """The file, with its PDB and assembly if they are beside it."""
    path = Path(file)
    beside = (path.with_suffix(one) for one in _BESIDE.get(path.suffix.lower(), ()))
    return file, *(str(one) for one in beside if one.is_file())


def ask(engine: Any, position: str) -> list[dict[str, Any]] | None:
    """The frame at a position; None (and a line on stderr) if unknown."""
    read = _TOKEN.fullmatch(position.strip()) or _NAMED.fullmatch(position.strip())
    if read is None:
        say(f"symbolicator: {position!r} is not a position in a method; expected 0x6000002+0x6, or `Shop.Cart.Total + 0x6`")
        return None
    frame: dict[str, Any] = {"platform": "csharp", "data": {"il_offset": int(read["offset"], 16)}}
    image: dict[str, Any] = {"type": "pe_dotnet"}
    token = read.groupdict().get("token")
    if token is not None:
        pdb = next((one for one in engine.store.artifacts() if one.identity.debug_ids), None)
        image["debug_id"] = pdb.identity.debug_ids[0] if pdb is not None else None
        frame |= {"function_id": f"0x{token}", "addr_mode": "rel:0"}
    else:
        from symbolicator.traces.dotnet.frames import split_name

        frame["module"], frame["function"] = split_name(read["name"])
        if read["arguments"]:
            frame["data"]["arguments"] = read["arguments"].strip(" ()")
    event = engine.symbolicate({"platform": "csharp", "stacktrace": {"frames": [frame]}, "debug_meta": {"images": [image]}})
    frames: list[dict[str, Any]] = event["stacktrace"]["frames"]
    data = frames[0].get("data", {})
    if data.get("symbolicator_status") == "symbolicated":
        return frames
    problem: dict[str, Any] = next(iter(data.get("problems") or ()), {})
    detail = str(problem.get("detail") or "nothing is known of it")
    say(f"symbolicator: {sentence(f'{position}: {detail}', str(problem.get('hint') or ''))}")
    return None
