"""What files are known by in the cache."""

from hashlib import blake2b

import pytest

from symbolicator.artifacts import digests
from symbolicator.artifacts.digests import digest_of
from symbolicator.artifacts.files import Identity
from symbolicator.keys import FileKind

NATIVE = Identity(kind=FileKind.DEBUG_FILE)


@pytest.fixture
def big(monkeypatch):
    monkeypatch.setattr(digests, "SAMPLED_FROM", 1 << 20)
    return memoryview(bytes(range(256)) * 8192)


def test_all_but_big_native_files_are_known_by_their_whole_content(big):
    small, script = big[: 1 << 19], Identity(kind=FileKind.SCRIPT)
    assert digest_of(small, NATIVE, "/a", "1") == digest_of(small, NATIVE, "/b", "2") == blake2b(small, digest_size=16).hexdigest()
    assert digest_of(big, script, "/a", "1") == digest_of(big, script, "/b", "2") == blake2b(big, digest_size=16).hexdigest()


def test_a_big_native_file_is_another_one_when_its_place_times_or_headers_are(big):
    same = digest_of(big, NATIVE, "/a", "1")
    assert digest_of(memoryview(bytes(big)), NATIVE, "/a", "1") == same
    others = {digest_of(big, NATIVE, "/b", "1"), digest_of(big, NATIVE, "/a", "2"), digest_of(big[:-1], NATIVE, "/a", "1")}
    for at in (0, 20_000, len(big) - 1):
        changed = bytearray(big)
        changed[at] ^= 1
        others.add(digest_of(memoryview(changed), NATIVE, "/a", "1"))
    assert len(others - {same}) == 6
