"""Texts of VLQs that are no `mappings`, as numbers (ECMA-426 "Base64 VLQ"); what these mean, their readers know."""

from __future__ import annotations

from symbolicator.kernels import vlq


def tokens_of(text: bytes | memoryview) -> memoryview:
    """The unsigned VLQs of a text as i64; `COMMA_TOKEN`, `SEMICOLON_TOKEN` and `BAD_TOKEN` of `vlq_numbers` for what is none."""
    tokens = memoryview(bytearray(8 * (len(text) + 1))).cast("q")
    return tokens[: vlq.decode_tokens(text, vlq.DIGITS, tokens)]


def signed(value: int) -> int:
    """VLQSignedValue of an unsigned one."""
    return value >> 1 if value & 1 == 0 else -(value >> 1) if value > 1 else -(1 << 31)
