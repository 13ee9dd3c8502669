"""Messages of the Model Context Protocol: right ones are answered, wrong ones refused, and none ends the server."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.mcp import protocol
from symbolicator.mcp.protocol import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, VERSIONS, Server, Tool, ToolError


def echo(arguments):
    if arguments.get("text") == "bug":
        raise KeyError("a bug")
    if arguments.get("text") == "no":
        raise ToolError("not that")
    return arguments.get("text", "nothing")


PROPERTIES = {
    "text": {"type": "string"},
    "lines": {"type": "integer", "minimum": 0, "maximum": 9},
    "kind": {"type": "string", "enum": ["a", "b"]},
}
SERVER = Server("test", "1", "say something", [Tool("echo", "Echo", "Gives back.", PROPERTIES, echo)])


def talk(*lines):
    """The answers to lines of bytes or values."""
    given = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    target = io.BytesIO()
    SERVER.run(io.BytesIO(given), target)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def ask(method, params=None, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, **({} if params is None else {"params": params})}


def call(**arguments):
    """The text of a call, and whether it failed."""
    (answer,) = talk(ask("tools/call", {"name": "echo", "arguments": arguments}))
    return answer["result"]["content"][0]["text"], answer["result"]["isError"]


# a revision that is known; one to come; none
@pytest.mark.parametrize(
    ("asked", "answered"),
    [*((version, version) for version in VERSIONS), ("2026-07-28", VERSIONS[0]), (None, VERSIONS[0]), (7, VERSIONS[0])],
)
def test_the_revision_is_the_clients_if_it_is_known(asked, answered):
    (answer,) = talk(ask("initialize", {"protocolVersion": asked, "capabilities": {}}))
    assert answer["result"]["protocolVersion"] == answered
    assert answer["result"]["capabilities"] == {"tools": {"listChanged": False}}


def test_tools_are_listed_with_their_schema_as_such_that_only_read():
    (answer,) = talk(ask("tools/list", number="a"))
    assert answer["id"] == "a"
    (tool,) = answer["result"]["tools"]
    assert tool["inputSchema"] == {"type": "object", "properties": PROPERTIES, "required": [], "additionalProperties": False}
    assert tool["annotations"]["readOnlyHint"] is True


def test_a_call_is_answered_with_text():
    assert call(text="hello\n😀") == ("hello\n😀", False)


# what the tool says; what does not fit its schema
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": "no"}, "not that"),
        ({"text": 7}, "text must be a string"),
        ({"lines": "3"}, "lines must be an integer"),
        ({"lines": True}, "lines must be an integer"),
        ({"lines": 10}, "lines must be from 0 to 9"),
        ({"lines": -1}, "lines must be from 0 to 9"),
        ({"kind": "c"}, "kind must be one of a, b"),
        ({"file": "x"}, "echo has no argument 'file'; there are text, lines, kind"),
        ({"text": "bug"}, "a bug of symbolicator"),
    ],
)
def test_what_a_tool_cannot_do_is_told_to_the_agent(arguments, words):
    text, failed = call(**arguments)
    assert words in text
    assert failed


# a method that is not there; a tool that is not there; arguments that are none
@pytest.mark.parametrize(
    ("message", "code"),
    [
        (ask("resources/list"), METHOD_NOT_FOUND),
        (ask("server/discover"), METHOD_NOT_FOUND),
        (ask(["tools/list"]), METHOD_NOT_FOUND),
        (ask("tools/call", {"name": "rm"}), INVALID_PARAMS),
        (ask("tools/call", {"name": ["echo"]}), INVALID_PARAMS),
        (ask("tools/call", [1]), INVALID_PARAMS),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, INVALID_REQUEST),
        (7, INVALID_REQUEST),
        (None, INVALID_REQUEST),
        ([], INVALID_REQUEST),
        ([ask("ping")] * 101, INVALID_REQUEST),
        (b"{\n", PARSE_ERROR),
        (b"hello\n", PARSE_ERROR),
        (b"[" * 200_000 + b"\n", PARSE_ERROR),
        (b'{"a":' * 200_000 + b"\n", PARSE_ERROR),
    ],
)
def test_a_wrong_message_is_refused_and_the_next_one_answered(message, code):
    first, second = talk(message, ask("ping", number=2))
    assert first["error"]["code"] == code
    assert second == {"jsonrpc": "2.0", "id": 2, "result": {}}


def test_an_error_has_the_id_of_its_own_request():
    answers = talk(ask("ping", number=8), b"garbage\n", ask("no/such", number=9))
    assert [answer["id"] for answer in answers] == [8, None, 9]


def test_notifications_and_answers_get_no_answer():
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    unknown = {"jsonrpc": "2.0", "method": "notifications/no/such"}
    assert (
        talk(notification, unknown, {"jsonrpc": "2.0", "id": 4, "result": {}}, {"jsonrpc": "2.0", "id": None, "error": {}}, b"\n  \n") == []
    )


def test_a_batch_has_the_answers_of_its_requests():
    (answer,) = talk([ask("ping"), {"jsonrpc": "2.0", "method": "notifications/initialized"}, ask("ping", number=2)])
    assert [one["id"] for one in answer] == [1, 2]
    assert talk([{"jsonrpc": "2.0", "method": "notifications/initialized"}]) == []


def test_a_message_that_is_too_long_is_passed_over(monkeypatch):
    monkeypatch.setattr(protocol, "MAX_MESSAGE", 1_000)
    long = json.dumps(ask("tools/call", {"name": "echo", "arguments": {"text": "x" * 200_000}})).encode() + b"\n"
    first, second = talk(long, ask("ping", number=2))
    assert first["error"]["code"] == INVALID_REQUEST
    assert second["id"] == 2


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    assert talk(b"\xef\xbb\xbf" + json.dumps(ask("ping")).encode() + b"\r\n")[0]["result"] == {}


def test_an_answer_is_one_line_of_utf_8_whatever_the_text():
    (answer,) = talk(
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a\\ud800\\nb\\u2028"}}}\n'
    )
    assert answer["result"]["content"][0]["text"].replace("\ud800", "?") == "a?\nb\u2028"


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=9),
        st.sampled_from(["echo", "tools/call", "initialize", "ping", "tools/list"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "method", "params", "name", "arguments", "text", "protocolVersion"]), inner, max_size=5),
    ),
    max_leaves=20,
)


@given(st.lists(st.one_of(JSON, st.binary(max_size=30).map(lambda line: line + b"\n")), max_size=5))
def test_nothing_ends_the_server(messages):
    assert talk(*messages, ask("ping", number="last"))[-1] == {"jsonrpc": "2.0", "id": "last", "result": {}}
