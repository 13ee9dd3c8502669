"""`symbolicator event`: events as JSON or JSON Lines in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from symbolicator.cli.documents import read_documents
from symbolicator.cli.envelopes import show_envelope
from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, say
from symbolicator.cli.options import (
    EXIT_CODES,
    PATH,
    color_option,
    debug_option,
    engine_options,
    exit_code_option,
    format_option,
    on_terminal,
    open_engine,
    with_release,
)
from symbolicator.cli.outcome import SILENT, report, require_some
from symbolicator.cli.pages import FORMATS, full_option, links_option, page_of, refuse_several
from symbolicator.cli.progress import Progress
from symbolicator.cli.resuming import Earlier
from symbolicator.cli.streams import open_input, refuse_input, show, show_json, show_json_bytes
from symbolicator.errors import ReportError
from symbolicator.event.wire import read_json
from symbolicator.rendering.tally import Outcome, outcome_of
from symbolicator.traces.encoded import bytes_of, text_in
from symbolicator.traces.json_reports.marks import may_hold_report
from symbolicator.traces.json_reports.parsed import may_be_report, report_of

if TYPE_CHECKING:
    from symbolicator.traces.json_reports.report import JsonReport

WHAT = "an event as JSON, or events as JSON Lines"


@click.command(epilog=EXIT_CODES)
@click.argument("file", default="-", type=PATH, metavar="[FILE|-]")
@engine_options
@format_option(*FORMATS, default="json")
@color_option
@exit_code_option
@links_option
@full_option
@click.option("--jobs", type=click.IntRange(1, 256), default=1, metavar="N", help="Processes for many events.")
@click.option("--memory", metavar="SIZE", help="Memory for opened files, for each process. Default: 256M.")
@click.option(
    "--on-error",
    type=click.Choice(["skip", "keep"]),
    default="skip",
    help="A line that is not an event: skipped, or kept as an object with `errors`, so that output has a line for each line of input.",
)
@click.option(
    "--resume",
    type=PATH,
    metavar="OUT",
    help="Append to the file OUT, and continue where an earlier run ended. Implies --on-error keep.",
)
@debug_option
def event(file: str, form: str, color: str, jobs: int, memory: str | None, on_error: str, resume: str | None, **options: Any) -> None:
    """Symbolicate an event (JSON) or many events (JSON Lines). With `-` or no FILE, they are read from standard input.

    Apple's JSON reports (.ips, MetricKit) and `minidump-stackwalk --json` are printed as the same JSON, symbolicated; with --format plain
    as text for people. A line that is not an event is reported on stderr with its number and the reason; the exit code is then 1.

    \b
    Examples:
      symbolicator event crash.json -f dist/ > readable.json
      zcat events.jsonl.gz | symbolicator event -f dist/ --jobs 4 > out.jsonl
      symbolicator event events.jsonl -f dist/ --jobs 4 --resume out.jsonl
    """
    if resume is not None and form != "json":
        raise Failure(f"--resume with --format {form}", "what is resumed is JSON Lines: leave --format out")
    if resume is not None:
        refuse_input(resume, file, "--resume")
    with open_input(file, WHAT) as stream, ExitStack() as stack:
        one, content, lines, envelope = read_documents(stream, "standard input" if file == "-" else file)
        reported = _report_in(content)
        page = page_of(form, file, options, color)
        answer: Callable[..., None] = show_json if page is None else page.show
        engine = stack.enter_context(open_engine(options, memory=memory))
        if resume is not None and (reported is not None or envelope is not None):
            raise Failure("--resume with a single report or envelope", "it works only with JSON Lines")
        if reported is not None:
            out = engine.symbolicate(with_release(reported.event, options))
            _show_report(reported, out, form, answer)
            report(out, engine, form, {*SILENT, "json"})  # the report's own JSON has no place for them
            return
        if envelope is not None:
            show_envelope(envelope, engine, options, None if form == "json" else answer, form)
            return
        if resume is None and isinstance(one, dict):
            out = engine.symbolicate(with_release(one, options))
            show_json(out, indent=2 if on_terminal() else 0) if form == "json" else answer(out)
            report(out, engine, form)
            return
        if lines is None and not isinstance(one, list | dict):
            raise Failure(f"the document is {one!r:.40}, not an event", "an event is a JSON object with frames")
        refuse_several(form, options)
        batch = _Batch(options, as_reports=form == "json", keep=on_error == "keep" or resume is not None)
        if resume is not None:
            earlier = stack.enter_context(Earlier(resume))
            batch.skip, answer = earlier.answers, earlier.add
        entries = batch.parsed(lines) if lines is not None else batch.events(enumerate(one if isinstance(one, list) else [one], 1))
        with Progress("events", stream if lines is not None else None) as progress:
            for out in engine.symbolicate_many(entries, workers=jobs):
                answer(out)
                if not may_be_report(out):
                    batch.outcome += outcome_of(out)
                progress.advance()
        batch.report(engine)


def _report_in(content: bytes) -> JsonReport | None:
    """The JSON report in one document; None if it is an event. Raises `Failure` if it has no stacks."""
    from symbolicator.traces.document import find_report  # loads what reads texts

    try:
        return find_report(text_in(content)) if may_hold_report(content) else None
    except ReportError as error:
        raise Failure(str(error), "give a crash report, a hang report or a sample", NOTHING, NO_TRACE) from error


def _show_report(reported: JsonReport, out: dict[str, Any], form: str, answer: Any) -> None:
    """The report as JSON again, as text for people, or its event as a page."""
    if form == "plain":
        show(reported.plain(out))
    elif form == "json":
        show_json_bytes(bytes_of(reported.render(out)))
    else:
        answer(out)


class _Batch:
    """Reads events; what is not an event is reported and counted.

    `keep`: whether it is kept, to be answered in its place, or skipped. `skip`: how many have been answered by an earlier run.
    """

    def __init__(self, options: dict[str, Any], *, as_reports: bool, keep: bool) -> None:
        self.options = options
        self._as_reports = as_reports
        self._keep = keep
        self.skip = 0
        self.seen = self.bad = 0
        self.outcome = Outcome()

    def parsed(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[Any]:
        """The events of JSON Lines."""
        for number, line in islice(lines, self.skip, None):
            try:
                value = read_json(line)
            except ValueError as error:
                yield from self._no_event(number, f"not JSON: {error}", line.decode(errors="replace").strip())
            else:
                yield from self._event(number, value)

    def events(self, values: Iterable[tuple[int, Any]]) -> Iterator[Any]:
        """The events among `values`."""
        for number, value in islice(values, self.skip, None):
            yield from self._event(number, value)

    def _event(self, number: int, value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            self.seen += 1
            reported = report_of(value) if not self._as_reports and may_be_report(value) else None
            yield with_release(value if reported is None else reported.event, self.options)
        else:
            yield from self._no_event(number, f"{value!r:.40} is not an event (a JSON object)", value)

    def _no_event(self, number: int, why: str, value: Any) -> Iterator[Any]:
        self.seen += 1
        self.bad += 1
        say(f"symbolicator: line {number}: {why}; {'kept with an error' if self._keep else 'skipped'}")
        if self._keep:
            yield value

    def report(self, engine: Any) -> None:
        """Raises `Failure` if lines were bad or nothing could be symbolicated."""
        if self.bad:
            done = "were not events" if self._keep else "were skipped"
            raise Failure(f"{self.bad} of {self.seen} lines {done}", "they are listed above; the others were processed", NOTHING)
        require_some(self.outcome, engine, f"no frame of {self.seen} events could be symbolicated")
