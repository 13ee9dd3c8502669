"""JSON-RPC 2.0 over lines, as the Model Context Protocol uses it for local servers: one message a line, requests answered in order.

Of MCP it offers tools, and nothing else: https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, Final

import msgspec

from symbolicator.event.wire import read_json, write_json
from symbolicator.log import log_of

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""The revisions of MCP whose tools are what is offered here; the first is the answer to a client that asks for another."""
MAX_MESSAGE: Final = 32 << 20
"""Bytes of a message."""
MAX_BATCH: Final = 100
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602

Json = Mapping[str, Any]


class ToolError(Exception):
    """A tool cannot answer; the message tells the agent what to do about it."""


class Tool(msgspec.Struct, frozen=True):
    """One tool. `properties` is the part of a JSON schema for its arguments, `required` are those that must be given."""

    name: str
    title: str
    description: str
    properties: Mapping[str, Json]
    call: Callable[[Json], str]
    required: tuple[str, ...] = ()

    def described(self) -> Json:
        """Its entry in the list of tools. All of ours only read."""
        schema = {"type": "object", "properties": self.properties, "required": self.required, "additionalProperties": False}
        hints = {"title": self.title, "readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
        return {"name": self.name, "title": self.title, "description": self.description, "inputSchema": schema, "annotations": hints}


class _RequestError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Server:
    """Answers messages with tools. `instructions` tell an agent what the server is for."""

    def __init__(self, name: str, version: str, instructions: str, tools: Sequence[Tool]) -> None:
        self._about = {"name": name, "version": version}
        self._instructions = instructions
        self._tools = {tool.name: tool for tool in tools}

    def run(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Answer the messages of `source` on `target` until it ends."""
        for line in _lines(source):
            answer = self.answer(line)
            if answer is not None:
                target.write(write_json(answer))
                target.flush()

    def answer(self, line: bytes | None) -> Any:
        """The answer to a message, or to a batch of them; None if there is none to give. `line` is None for one that is too long."""
        if line is None:
            return _failed(None, INVALID_REQUEST, f"a message has more than {MAX_MESSAGE >> 20} MiB: give only the trace, or its file")
        try:
            message = read_json(line)
        except ValueError as error:
            return _failed(None, PARSE_ERROR, f"not JSON: {error}")
        if not isinstance(message, list):
            return self._one(message)
        if not 0 < len(message) <= MAX_BATCH:
            return _failed(None, INVALID_REQUEST, f"a batch has 1 to {MAX_BATCH} messages")
        return [answer for answer in map(self._one, message) if answer is not None] or None

    def _one(self, message: Any) -> Any:
        if not isinstance(message, dict):
            return _failed(None, INVALID_REQUEST, "a message is an object")
        method, identifier = message.get("method"), message.get("id")
        if method is None and ("result" in message or "error" in message):
            return None  # an answer; nothing was asked
        if "id" not in message:
            return None  # a notification
        if not isinstance(identifier, str | int) or isinstance(identifier, bool):
            return _failed(None, INVALID_REQUEST, "an id is a string or a whole number")
        params = message.get("params")
        try:
            result = self._result(method, params if isinstance(params, dict) else {})
        except _RequestError as error:
            return _failed(identifier, error.code, str(error))
        return {"jsonrpc": "2.0", "id": identifier, "result": result}

    def _result(self, method: Any, params: Json) -> Json:
        if method == "initialize":
            wanted = params.get("protocolVersion")
            return {
                "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
                "capabilities": {"tools": {"listChanged": False}},
                "serverInfo": self._about,
                "instructions": self._instructions,
            }
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": [tool.described() for tool in self._tools.values()]}
        if method == "tools/call":
            return self._call(params)
        raise _RequestError(METHOD_NOT_FOUND, f"no method {str(method)[:100]!r}: this server has tools only")

    def _call(self, params: Json) -> Json:
        name, arguments = params.get("name"), params.get("arguments")
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None:
            raise _RequestError(INVALID_PARAMS, f"no tool {str(name)[:100]!r}: there are {', '.join(self._tools)}")
        try:
            text, failed = tool.call(_checked(tool, {} if arguments is None else arguments)), False
        except ToolError as error:
            text, failed = str(error), True
        except Exception:  # noqa: BLE001 - one call fails, the server goes on
            log_of(__name__).exception("the tool %s failed", tool.name)
            text, failed = "a bug of symbolicator; its traceback is in the server's log (stderr)", True
        return {"content": [{"type": "text", "text": text}], "isError": failed}


def _checked(tool: Tool, arguments: Any) -> Json:
    """The arguments of a call. Raises `ToolError` if they do not fit."""
    if not isinstance(arguments, dict):
        raise ToolError("the arguments are an object")
    kinds: Mapping[str, type] = {"string": str, "integer": int}
    for name, value in arguments.items():
        schema = tool.properties.get(name)
        if schema is None:
            raise ToolError(f"{tool.name} has no argument {name[:100]!r}; there are {', '.join(tool.properties)}")
        kind = schema["type"]
        if not isinstance(value, kinds[kind]) or isinstance(value, bool):
            raise ToolError(f"{name} must be {'an' if kind == 'integer' else 'a'} {kind}")
        if "enum" in schema and value not in schema["enum"]:
            raise ToolError(f"{name} must be one of {', '.join(schema['enum'])}")
        if isinstance(value, int) and not schema.get("minimum", 0) <= value <= schema.get("maximum", 1 << 31):
            raise ToolError(f"{name} must be from {schema.get('minimum', 0)} to {schema.get('maximum', 1 << 31)}")
    lacking = [name for name in tool.required if name not in arguments]
    if lacking:
        raise ToolError(f"{tool.name} needs {', '.join(lacking)}")
    return arguments


def _failed(identifier: str | int | None, code: int, message: str) -> Json:
    return {"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": message}}


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """The messages; None in the place of one that is too long, whose rest is passed over."""
    while line := source.readline(MAX_MESSAGE + 1):
        if len(line) > MAX_MESSAGE and not line.endswith(b"\n"):
            while (rest := source.readline(1 << 16)) and not rest.endswith(b"\n"):
                pass
            yield None
        elif line.strip():
            yield line
