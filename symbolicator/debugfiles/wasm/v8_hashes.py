"""What V8 calls a WebAssembly module that was compiled from bytes: `wasm://wasm/95e547f2` is a hash of them.

It is the hash that V8 has for strings (`wasm::GetWireBytesHash`, `StringHasher::HashSequentialString`, with seed 0): Jenkins' in Node 20,
rapidhash (the first version, with its default secrets) in Chromium 156. Both are shifted by two bits for V8's flags.
"""

from __future__ import annotations

from typing import Final

_MOST: Final = 16_383
"""Bytes of content that V8 hashes; of a longer one it takes the length."""
_SHORTEST: Final = 17
"""No module with a function is shorter; rapidhash has another way for such content."""
_WORD: Final = (1 << 64) - 1
_SECRETS: Final = (0x2D358DCCAA6C78A5, 0x8BB84B93962EACC9, 0x4B33A62ED433D4A3)
_STRIPE: Final = 48


def v8_hashes(content: memoryview) -> frozenset[int]:
    """The numbers that versions of V8 may call a module by.

    >>> [f"{one:08x}" for one in v8_hashes(memoryview(bytes(20_000)))]
    ['00013882']
    """
    if len(content) > _MOST:
        return frozenset((len(content) << 2 | 2,))
    data = bytes(content)
    hashes = (_jenkins(data), _rapidhash(data)) if len(data) >= _SHORTEST else (_jenkins(data),)
    return frozenset((one << 2 | 2) & 0xFFFFFFFF for one in hashes)


def _jenkins(data: bytes) -> int:
    """Jenkins' one-at-a-time hash, of 32 bits."""
    value = 0
    for byte in data:
        value = (value + byte) & 0xFFFFFFFF
        value = (value + (value << 10)) & 0xFFFFFFFF
        value ^= value >> 6
    value = (value + (value << 3)) & 0xFFFFFFFF
    value ^= value >> 11
    return (value + (value << 15)) & 0xFFFFFFFF


def _rapidhash(data: bytes) -> int:
    """Rapidhash V1 of more than 16 bytes, with seed 0."""
    first, second, third = _SECRETS
    size = len(data)
    seed = _mix(first, second) ^ size
    at, left = 0, size
    if left > _STRIPE:
        lanes = [seed, seed, seed]
        while left >= _STRIPE:
            lanes = [_mix(_word(data, at + 16 * one) ^ _SECRETS[one], _word(data, at + 16 * one + 8) ^ lanes[one]) for one in range(3)]
            at += _STRIPE
            left -= _STRIPE
        seed = lanes[0] ^ lanes[1] ^ lanes[2]
    if left > 16:
        seed = _mix(_word(data, at) ^ third, _word(data, at + 8) ^ seed ^ second)
        if left > 32:
            seed = _mix(_word(data, at + 16) ^ third, _word(data, at + 24) ^ seed)
    product = (_word(data, size - 16) ^ second) * (_word(data, size - 8) ^ seed)
    return _mix(product & _WORD ^ first ^ size, product >> 64 ^ second)


def _mix(a: int, b: int) -> int:
    product = a * b
    return product & _WORD ^ product >> 64


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")
