"""`symbolicator anonymize`: a crash as a fixture that may be shown to anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symbolicator.cli.explain import read_given
from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import PATH, debug_option, engine_options, open_engine

_MOST_SHOWN = 5


@click.command()
@click.argument("file", default="-", type=PATH, metavar="[FILE|-]")
@engine_options
@click.option(
    "-o", "--output", "out", required=True, type=PATH, metavar="DIR", help="A new folder: crash.txt or event.json, and files/."
)
@debug_option
def anonymize(file: str, out: str, **options: Any) -> None:
    """Write a crash as a small fixture for a public bug report: nobody's names, paths, hosts, messages or source text.

    FILE is a trace as text, or an event as JSON. The fixture is one too (of native traces an event), with the parts of source maps, of
    mapping.txt and of symbols that its frames need. It symbolicates to the same lines, which is checked. Read it before you publish it.
    """
    from symbolicator.anonymizing import anonymize as make
    from symbolicator.anonymizing import differences
    from symbolicator.engine import Symbolicator
    from symbolicator.event.wire import write_json

    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{out} is not empty", "give a new folder")
    event, traces = read_given(file, options)
    with open_engine(options) as engine:
        fixture = make(event, engine, traces)
    try:
        (folder / "files").mkdir(parents=True, exist_ok=True)
        if fixture.text is None:
            (folder / "event.json").write_bytes(write_json(fixture.event, indent=2))
        else:
            (folder / "crash.txt").write_text(fixture.text, encoding="utf-8")
        for name, content in fixture.files.items():
            (folder / "files" / name).write_bytes(content + b"\n")
    except OSError as error:
        raise Failure(f"{out} cannot be written: {error.strerror}", "give a folder that can be written") from error
    with Symbolicator(files=[folder / "files"], cache_dir=False) as engine:
        different = differences(fixture, engine)
    for line in different[:_MOST_SHOWN]:
        say(f"symbolicator: {line}")
    if different:
        raise Failure(
            f"{len(different)} of {len(fixture.wanted)} mapped frames are not symbolicated as the original is",
            "the fixture is written, and shows less than the original",
            NOTHING,
        )
    say(f"symbolicator: {len(fixture.wanted)} mapped frames symbolicate as in the original; read {out} before you publish it")
