"""What `check` found, for tools that show findings beside code: SARIF 2.1.0 (OASIS), and the commands of GitHub's workflows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from symbolicator._version import __version__
from symbolicator.builds.checking import FAIL, WARN, Checked, Trouble

_LEVELS: Final = {FAIL: "error", WARN: "warning"}
"""Both formats call the levels so."""
_RULES: Final = {
    FAIL: ("not-symbolicated", "Frames of this file cannot be symbolicated"),
    WARN: ("incomplete", "Frames of this file can be symbolicated, but not completely"),
}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(files: Iterable[Checked]) -> dict[str, Any]:
    """A SARIF log with a result for each problem. A file within an archive has the archive's place, for that is a file."""
    rules = [
        {"id": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": _LEVELS[level]}}
        for level, (name, text) in _RULES.items()
    ]
    results = [_result(one, trouble) for one in files for trouble in one.troubles]
    driver = {"name": "symbolicator", "version": __version__, "rules": rules}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(file: Checked, trouble: Trouble) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(_on_disk(file.file))}, "region": {"startLine": 1}}
    return {
        "ruleId": _RULES[trouble.level][0],
        "ruleIndex": list(_RULES).index(trouble.level),
        "level": _LEVELS[trouble.level],
        "message": {"text": _message(file, trouble)},
        "locations": [{"physicalLocation": place}],
    }


def github(file: Checked) -> Iterator[str]:
    """The commands that annotate a file's problems in GitHub's workflows, a line each."""
    for trouble in file.troubles:
        path, title = _on_disk(file.file), f"symbolicator: {_RULES[trouble.level][0]}"
        yield f"::{_LEVELS[trouble.level]} file={_property(path)},title={_property(title)}::{_data(_message(file, trouble))}"


def _message(file: Checked, trouble: Trouble) -> str:
    what = trouble.what if file.file in trouble.what else f"{file.file}: {trouble.what}"
    return f"{what}; {trouble.hint}" if trouble.hint else what


def _on_disk(name: str) -> str:
    """The path of a file, or of the archive that it is in."""
    return name.partition("!")[0].replace("\\", "/")


def _uri(path: str) -> str:
    if PurePath(path).is_absolute() or path[1:2] == ":":
        return "file:///" + quote(path.lstrip("/"), safe="/:")
    return quote(path.removeprefix("./"), safe="/")


def _data(text: str) -> str:
    """A text in a command, which is one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
