"""`symbolicator lookup` in a ProGuard or R8 mapping: a method's original, by its new name and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symbolicator.cli.failures import say, sentence
from symbolicator.mappings.identify import identify
from symbolicator.patterns import regex

_METHOD = regex(
    r"\s*(?:at )?(?P<module>[^\s():]{1,1000})\.(?P<function>[^\s().:]{1,1000})"
    r"(?: ?\([^():]{0,200}(?::(?P<line>\d{1,9}))?\)|:(?P<at>\d{1,9}))?\s*"
)
_HEAD = 1 << 14


def is_mapping(file: str) -> bool:
    """Whether a file is a mapping; False for a pipe, which can be read only once, and for unreadable files."""
    try:
        if not Path(file).is_file():
            return False
        with Path(file).open("rb") as stream:
            return identify(Path(file).name, memoryview(stream.read(_HEAD))) is not None
    except (OSError, ValueError):
        return False


def ask(engine: Any, position: str) -> list[dict[str, Any]] | None:
    """The frames of a method, innermost first; None (and a line on stderr) if the mapping has no such method."""
    read = _METHOD.fullmatch(position)
    if read is None:
        say(f"symbolicator: {position!r} is not a method; expected CLASS.METHOD:LINE or a whole `at a.b.c(SourceFile:12)`")
        return None
    line = read["line"] or read["at"]
    frame: dict[str, Any] = {"platform": "java", "module": read["module"], "function": read["function"]}
    frames: list[dict[str, Any]] = engine.symbolicate_frames([{**frame, "lineno": int(line)} if line else frame])[::-1]
    data = frames[0].get("data", {}) if frames else {}
    if data.get("symbolicator_status") == "symbolicated":
        return frames
    problem: dict[str, Any] = next(iter(data.get("problems") or ()), {})
    detail = str(problem.get("detail") or "the compiler generated this method: it has no source")
    say(f"symbolicator: {sentence(f'{position}: {detail}', str(problem.get('hint') or ''))}")
    return None
