"""An event as plain text.

::

    PricingError: division by zero
        at Cart.priceOf (src/checkout/cart.ts:42:25)
      ! at e (https://cdn.example/assets/vendor.js:1:48213)  no source map for vendor.js
    Caused by: TypeError: x is undefined
        at …
"""

from __future__ import annotations

from collections.abc import Iterator

from symbolicator.rendering.frames import LANGUAGE_WIDTH, Json, call, doubt, excerpt, folded, language, place, reason
from symbolicator.rendering.sections import Section, sections


def plain(event: Json, context: int | None) -> Iterator[str]:
    """The lines of `render(event, "plain", context)`."""
    for section in sections(event):
        yield from _plain(section, context)


def _plain(section: Section, context: int | None) -> Iterator[str]:
    indent = "  " * (section.depth if section.relation.startswith("errors") else 0)
    yield indent + (f"{section.relation}: " if section.relation else "") + section.heading
    mixed = section.is_mixed
    if section.note:
        yield f"{indent}    {section.note}"
    for frame in section.frames:
        where, why = ", ".join(filter(None, (place(frame), doubt(frame)))), reason(frame)
        mark = "  ! " if why else "    "
        if mixed:
            mark += f"{language(frame):{LANGUAGE_WIDTH}} "
        yield f"{indent}{mark}at {call(frame)}{f' ({where})' if where else ''}{f'  {why}' if why else ''}"
        for number, text, is_own in excerpt(frame, context) if context is not None else ():
            yield f"{indent}      {'>' if is_own else ' '}{number:3d} | {text}"
        if folded(frame):
            yield f"{indent}    {folded(frame)}"
