"""Recognizes ProGuard and R8 mappings, and finds their ids.

The debug ids are those that apps send: uuid5(uuid5(NAMESPACE_DNS, "guardsquare.com"), content), as upload tools compute it; Java's
`UUID.nameUUIDFromBytes` of R8's hash, without one of the content's MD5 in hex, as in Sentry's Gradle plugin since August 2024; and the one
in the file's name, if any (`<uuid>.txt`): builds before that used a random one. The code ids are R8's own.
"""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Identity
from symbolicator.keys import FileKind, normalise_code_id, normalise_debug_id
from symbolicator.mappings.header import read_header
from symbolicator.patterns import regex

_HEAD: Final = 1 << 14
_NAMESPACE: Final = bytes.fromhex("6ba7b8109dad11d180b400c04fd430c8")
"""RFC 4122's NAMESPACE_DNS."""
_LATER: Final = regex(rb"\n# pg_map_(?:id: |hash: SHA-256 )([0-9a-fA-F]{6,64})(?=[\r\n])")
"""The ids of mappings that were appended to the first."""
_MOST: Final = 64
_UUID: Final = regex(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\.(?:txt|map|pro)")
_CLASS: Final = regex(rb"(?:\xef\xbb\xbf)?(?:[ \t]*+(?:#[^\n]*+|\r)?+\n)*+[^\s#:;{}()=\"<>]++ -> [^\s#:;{}()=\"<>]++:[ \t]*+(?:\r?\n|$)")


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a mapping; None if it is not one: the first line that is not a comment must be a class's. Never raises."""
    head = bytes(data[:_HEAD])
    if b" -> " not in head or b"\0" in head or not _CLASS.match(head):
        return None
    header = read_header(data)
    later = (found[1].decode("ascii") for found, _ in zip(_LATER.finditer(data, 0), range(_MOST), strict=False))
    codes = dict.fromkeys(normalise_code_id(one) for one in (header.id, header.hash, *later))
    return Identity(kind=FileKind.MAPPING, debug_ids=_debug_ids(name, data, header.hash), code_ids=tuple(one for one in codes if one))


def _debug_ids(name: str, data: memoryview, digest: str | None) -> tuple[str, ...]:
    from hashlib import md5  # loads OpenSSL; only for mappings

    plain = (digest or md5(data, usedforsecurity=False).hexdigest()).encode()
    plugin = _uuid_text(bytearray(md5(plain, usedforsecurity=False).digest()), 3)
    named = normalise_debug_id(name.rpartition(".")[0]) if _UUID.fullmatch(name) else None
    return tuple(dict.fromkeys(one for one in (mapping_uuid(data), plugin, named) if one))


def mapping_uuid(data: memoryview | bytes) -> str:
    """The uuid of a mapping's content, in the normal form of debug ids.

    >>> mapping_uuid(b"a.B -> c:\\n")
    '07bdc17e-f1d3-5e1c-9ef4-2b8fc0f2c5a0'
    """
    return _uuid5(bytes.fromhex(_uuid5(_NAMESPACE, b"guardsquare.com").replace("-", "")), data)


def _uuid5(namespace: bytes, name: memoryview | bytes) -> str:
    """RFC 4122 §4.3, of bytes: `uuid.uuid5` takes text only before Python 3.12."""
    from hashlib import sha1  # loads OpenSSL; only for mappings

    digest = sha1(namespace, usedforsecurity=False)
    digest.update(name)
    return _uuid_text(bytearray(digest.digest()[:16]), 5)


def _uuid_text(value: bytearray, version: int) -> str:
    value[6] = value[6] & 0x0F | version << 4
    value[8] = value[8] & 0x3F | 0x80
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
