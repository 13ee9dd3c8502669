"""The words of .NET's stack traces in the languages of .NET Framework, whose traces speak the user's."""

from __future__ import annotations

from typing import Final

AT: Final = ("bei ", "à ", "en ", "in ", "в ", "w ", "v ", "em ", "bij ", "vid ", "konum: ", "위치: ", "場所 ", "在 ", "於 ")
"""What stands for `at`: German, French, Spanish, Italian, Russian, Polish, Czech, Portuguese, Dutch, Swedish, Turkish, Korean, Japanese,
Chinese."""
IN: Final = (" in ", " dans ", " en ", " в ", " w ", " v ", " na ", " em ", " i ", " 파일 ", " 場所 ", " 位置 ", " 於 ", " 在 ")
LINE: Final = (
    "line", "Zeile", "ligne", "línea", "riga", "строка", "wiersz", "řádek", "linha", "regel", "rad", "satır", "줄", "行", "行号",
)  # fmt: skip
"""Before a line's number, behind a file and a colon."""

_INNER: Final = ("inner", "intern", "внутренн", "wewnętrzn", "vnitřní", "innehåll", "iç özel", "내부", "内部", "內部")
_RULE: Final = "---"


def is_rule(body: str) -> bool:
    """Whether a line parts the frames of one exception, or of two: `--- End of stack trace from previous location ---`."""
    return body.startswith(_RULE) and body.endswith(_RULE) and len(body) > 2 * len(_RULE) and body[len(_RULE)] == " "


def ends_inner(body: str) -> bool:
    """Whether a rule says that the inner exception's frames end there, and those of the one around it follow."""
    return is_rule(body) and any(word in body for word in _INNER)
