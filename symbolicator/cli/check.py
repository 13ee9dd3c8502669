"""`symbolicator check`: will these build files symbolicate?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from symbolicator.cli.failures import NOTHING, Failure, in_options
from symbolicator.cli.options import PATH, color_option, debug_option, terminal_width, use_color
from symbolicator.cli.streams import show, show_json
from symbolicator.cli.style import Style

if TYPE_CHECKING:
    from symbolicator.builds.checking import Checked

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["plain", "json", "sarif", "github"]),
    default="plain",
    help="`sarif` for code scanning, `github` for annotations in GitHub's workflows. Default: plain.",
)
@color_option
@debug_option
def check(paths: tuple[str, ...], form: str, color: str) -> None:
    """Will these build files symbolicate? Show what is missing, mismatched, stripped or ambiguous, and what to do.

    Each script, source map, mapping and native file in PATHs is looked up as a trace would look it up. `fail`: its frames cannot be
    symbolicated, and the exit code is 1. `warn`: they can, but not completely.

    \b
    Example, in a build pipeline, before deployment:
      symbolicator check dist/ build/symbols/
    """
    from symbolicator.builds.annotations import github, sarif
    from symbolicator.builds.checking import FAIL, WARN, checked

    style = Style(color=use_color(color), width=terminal_width())
    levels: list[str] = []
    found: list[Checked] = []
    for one in checked(paths):
        levels.append(one.level)
        one = one._replace(troubles=tuple(trouble._replace(hint=in_options(trouble.hint)) for trouble in one.troubles))  # noqa: PLW2901
        if form != "plain":
            found.append(one)
            continue
        lines = [f"{style.paint(f'{one.level:4}', _COLORS[one.level])}  {one.file}"]
        for trouble in one.troubles:
            what = trouble.what.removeprefix(f"{one.file}: ")
            lines += style.wrap("      ", f"{what}; {trouble.hint}" if trouble.hint else what)
        show("\n".join(lines) + "\n")
    if form == "json":
        show_json([_as_json(one) for one in found], indent=2)
    elif form == "sarif":
        show_json(sarif(found), indent=2)
    elif form == "github":
        show("".join(f"{line}\n" for one in found for line in github(one)))
    if not levels:
        raise Failure(
            f"there are no scripts, mappings or native files in {', '.join(paths)}",
            "give the folder that your build wrote; `symbolicator files ls --all` lists what is there",
            NOTHING,
        )
    failed, warned = levels.count(FAIL), levels.count(WARN)
    if failed:
        raise Failure(f"{failed} of {len(levels)} files will not symbolicate", code=NOTHING)
    if form == "plain":
        files = f"{len(levels)} file{'' if len(levels) == 1 else 's'}"
        show(f"{files} checked, {warned} with warnings\n" if warned else f"{files} checked: no problems\n")


def _as_json(one: Checked) -> dict[str, object]:
    problems = [trouble._asdict() for trouble in one.troubles]
    return {"file": one.file, "kind": one.kind, "level": one.level, "problems": problems}
