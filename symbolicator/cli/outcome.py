"""The result of an event: how many of its frames were symbolicated, and what is reported about the others."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

import click

from symbolicator.cli.failures import DETAILED, NO_TRACE, NOTHING, OTHER_BUILD, SOME, Failure, say, sentence
from symbolicator.rendering.frames import Json, errors_of, said
from symbolicator.rendering.tally import Outcome, outcome_of

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator

SILENT = frozenset(("plain",))
"""The formats that say nothing of groups, suspects and problems: standard error does."""
_MAX_LISTED = 5
_OTHERS = {"package": "packages without source maps", "extension": "browser extensions"}


def require_some(outcome: Outcome, engine: Symbolicator, otherwise: str) -> None:
    """Raises `Failure`, which says `otherwise` and what to do, if frames should be symbolicated and none is; with `--exit-code detailed`,
    `Exit` if some are not.
    """
    if outcome.lacking and not outcome.symbolicated:
        hint = missing_files(engine, outcome)
        code = OTHER_BUILD if outcome.foreign else NOTHING
        raise Failure(otherwise, hint, NOTHING, code) if otherwise else Failure(hint, "", NOTHING, code)
    if outcome.lacking and click.get_current_context().obj.get(DETAILED):
        raise click.exceptions.Exit(OTHER_BUILD if outcome.foreign else SOME)


def report(event: dict[str, Any], engine: Symbolicator, form: str, silent: Container[str] = SILENT) -> None:
    """Report on stderr what could not be done; raises `Failure` if that is everything. In the formats that are `silent` about them, also
    the group, the likeliest suspect and the first few problems.
    """
    outcome, errors = outcome_of(event), errors_of(event)
    if form in silent:
        tell(event)
    if not outcome.total:
        raise Failure("the event has no frames", "there is nothing to symbolicate", NOTHING, NO_TRACE)
    if not (outcome.symbolicated or outcome.lacking or outcome.readable or outcome.others.keys() & _OTHERS.keys()):
        raise Failure("no frame is in a file: all are the engine's own, or in code without a file", "nothing can be symbolicated", NOTHING)
    unread = [problem for problem in errors if problem.get("of") == "text"]
    if unread and not (outcome.lacking and not outcome.symbolicated):
        raise Failure(said(unread[0]), str(unread[0].get("hint") or ""), NOTHING)
    require_some(outcome, engine, "" if form == "pretty" else outcome.failed)  # the page has just said it


def tell(event: Json) -> None:
    """Write the group, the likeliest suspect and the first few problems to stderr, a line each."""
    errors, outcome = errors_of(event), outcome_of(event)
    if event.get("grouping"):
        from symbolicator.rendering.group import group_line  # these two only for who asked for it

        if group := group_line(event):
            say(f"symbolicator: group: {group}")
    if event.get("suspect_commits"):
        from symbolicator.rendering.suspects import suspect_lines

        for commit, why, address in suspect_lines(event)[:1]:
            say(f"symbolicator: suspect: {commit}: {why}{address and '; '}{address}")
    told = errors if outcome.lacking else [problem for problem in errors if problem.get("type") == "missing_history"]
    for problem in told[:_MAX_LISTED]:
        say(f"symbolicator: {sentence(said(problem), str(problem.get('hint') or ''))}")
    if len(told) > _MAX_LISTED:
        say(f"symbolicator: {len(told) - _MAX_LISTED} more problems; `symbolicator explain` lists them all")
    if note := _others_note(outcome.others):
        say(f"symbolicator: {note}")


def _others_note(others: Mapping[str, int]) -> str:
    """One sentence about frames that need none of the user's files; "" if it would say nothing new."""
    counts = [f"{count} in {_OTHERS[owner]}" for owner, count in others.items() if owner in _OTHERS]
    if not counts:
        return ""
    return f"other frames need none of your files: {', '.join(counts)}; if that code is yours, give its build too"


def missing_files(engine: Symbolicator, outcome: Outcome) -> str:
    """What to do if nothing was found, depending on the given files."""
    if outcome.foreign and outcome.foreign == outcome.lacking:
        return "the files given are from another build: give those of exactly the build that crashed"
    given = [str(each) for each in engine.settings.all_files]
    if not given:
        return "name the folder of your build, with its source maps: -f dist/"
    kinds = [artifact.identity.kind.value for artifact in engine.store.artifacts()]
    names = ", ".join(given)
    if not any(kind in {"sourcemap", "debug_file", "portable_pdb", "mapping"} for kind in kinds):
        return f"found no source map, mapping or debug file in {names}: have the build write them, and give their folder with -f"
    return f"nothing in {names} matches the trace; `symbolicator explain` with the same arguments shows what was looked for"
