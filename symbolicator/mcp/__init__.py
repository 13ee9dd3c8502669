"""A server for coding agents: the Model Context Protocol over standard input and output.

`protocol` reads and writes messages and knows nothing of traces; `tools` answers with an engine; `folders` keeps paths within those given.
Why there is no SDK: `docs/decisions/0007-mcp-without-an-sdk.md`.
"""
