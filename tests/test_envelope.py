"""Sentry envelopes: their events come back symbolicated, and everything else byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.event.envelope import MAX_EVENTS, Envelope, is_envelope
from tests.makers.builds import FRAME, build

HEAD = b'{"event_id":"6b0d5a4c1e2f40718293a4b5c6d7e8f9","sent_at":"2026-01-02T03:04:05Z"}\n'


def event(**more):
    return {"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}, **more}


def item(kind, payload, *, with_length=True, **more):
    header = {"type": kind, **({"length": len(payload)} if with_length else {}), **more}
    return json.dumps(header).encode() + b"\n" + payload + b"\n"


def items_of(content):
    """The items of an envelope, by the letter of its description: (header, payload)."""
    _, _, rest = content.partition(b"\n")
    found = []
    while rest.strip(b"\n"):
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        if "length" in header:
            payload, rest = rest[: header["length"]], rest[header["length"] + 1 :]
        else:
            payload, _, rest = rest.partition(b"\n")
        found.append((header, payload))
    return found


@pytest.fixture
def engine(tmp_path):
    from symbolicator import Symbolicator

    build(tmp_path / "dist")
    with Symbolicator(str(tmp_path / "dist"), cache_dir=False) as made:
        yield made


@pytest.mark.parametrize("with_length", [True, False])
def test_the_events_are_symbolicated_and_their_lengths_are_right(engine, with_length):
    binary = b'\x00\n{"type":"event"}\n\xff'
    content = HEAD + item("attachment", binary, filename="core") + item("event", json.dumps(event()).encode(), with_length=with_length)
    content += item("session", b'{"sid":"1"}', with_length=False)
    out = engine.symbolicate_envelope(content)
    assert out.startswith(HEAD)
    before, after = items_of(content), items_of(out)
    assert [header["type"] for header, _ in after] == ["attachment", "event", "session"]
    assert (after[0], after[2]) == (before[0], before[2])
    assert ("length" in after[1][0]) == with_length
    assert json.loads(after[1][1])["stacktrace"]["frames"][0]["function"] == "Cart.total"


def test_a_text_that_is_an_envelope_stays_one(engine):
    content = HEAD + item("event", json.dumps(event(message="größer")).encode())
    assert engine.symbolicate_text(content.decode()).encode() == engine.symbolicate_envelope(content)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n"])
@pytest.mark.parametrize("with_length", [True, False])
def test_the_end_of_an_envelope_is_as_it_came(engine, ending, with_length):
    content = (HEAD + item("event", json.dumps(event()).encode(), with_length=with_length)).rstrip(b"\n") + ending
    out = engine.symbolicate_envelope(content)
    assert out[len(out.rstrip(b"\n")) :] == ending
    assert json.loads(items_of(out)[0][1])["stacktrace"]["frames"][0]["function"] == "Cart.total"


@pytest.mark.parametrize(
    ("tail", "note"),
    [
        (b'{"type":"event","length":900}\n{"platform":', "truncated: it has 12 of its 900 bytes"),
        (b"no JSON\nat all\n", "what follows the last item"),
        (b'{"type":"event"}', "what follows the last item"),
        (item("event", b"{no JSON}"), "is not JSON"),
        (item("event", b"{}") * (MAX_EVENTS + 1), f"more than {MAX_EVENTS} events"),
    ],
)
def test_what_is_damaged_passes_through_and_is_reported(tail, note):
    content = HEAD + item("session", b"{}") + tail
    envelope = Envelope(content)
    assert any(note in each for each in envelope.notes)
    if not envelope.events:
        assert envelope.written([]) == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"{}\n",
        json.dumps(event()).encode() + b"\n" + json.dumps(event(type="event")).encode() + b"\n",
        b'{"level":"info"}\n{"type":"request","path":"/"}\n',
        b'{"message":"a"}\n{"type":"event","length":2}\n{}\n',
        b'Error: x\n{"type":"event"}\n{}\n',
    ],
)
def test_other_files_of_json_are_no_envelopes(content):
    assert not is_envelope(content)


@given(st.binary(max_size=300))
def test_whatever_stands_behind_the_header_nothing_is_lost(rest):
    content = HEAD + item("session", b"{}") + rest
    envelope = Envelope(content)
    assert envelope.written(envelope.events) == content or envelope.events
