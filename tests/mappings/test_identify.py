import hashlib
import uuid

import pytest

from symbolicator.keys import FileKind
from symbolicator.mappings.identify import identify


def found(text, name="mapping.txt"):
    return identify(name, memoryview(text.encode() if isinstance(text, str) else text))


def test_the_debug_id_is_the_uuid_that_upload_tools_compute():
    text = "shop.Main -> a:\n    1:1:void m() -> a\n"
    namespace = uuid.uuid5(uuid.NAMESPACE_DNS, "guardsquare.com")
    assert found(text).debug_ids[0] == str(uuid.uuid5(namespace, text))  # ASCII: text and bytes are the same there
    assert found(text).kind is FileKind.MAPPING


def test_a_debug_id_is_the_uuid_that_the_gradle_plugin_gives_the_app():
    # Java's nameUUIDFromBytes: version 3 of the bytes alone
    def java(text):
        return str(uuid.UUID(bytes=hashlib.md5(text.encode()).digest(), version=3))

    assert java("abc12ff0") in found("# pg_map_hash: SHA-256 abc12ff0\nA -> b:\n").debug_ids
    assert java(hashlib.md5(b"A -> b:\n").hexdigest()) in found("A -> b:\n").debug_ids


def test_a_debug_id_is_the_uuid_that_the_file_is_called_by():
    name = "6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c"
    assert name in found("A -> b:\n", f"{name}.txt").debug_ids
    assert len(found("A -> b:\n", "mapping.txt").debug_ids) == 2


def test_r8s_ids_are_code_ids():
    assert found("# compiler: R8\n# pg_map_id: abc12\n# pg_map_hash: SHA-256 abc12ff0\nA -> b:\n").code_ids == ("abc12", "abc12ff0")


def test_the_ids_of_an_appended_mapping_are_its_files_too():
    assert found("# pg_map_id: abc1234\nA -> b:\n# pg_map_id: def5678\nC -> d:\n").code_ids == ("abc1234", "def5678")


@pytest.mark.parametrize(
    "text", ["A -> b:\n", "\n# x\n\nA -> b:\r\n", b"\xef\xbb\xbfA -> b:", "# {'id':'x'}\na.b.C$D -> a.b.c:\n    int x -> a\n"]
)
def test_a_mapping_is_told_by_its_first_class_whatever_its_name(text):
    assert found(text, "x").kind is FileKind.MAPPING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello -> world\n",
        "def f(a) -> b:\n    return a\n",
        '{"a -> b": 1}\n',
        "A -> b:\0",
        "match x {\n    A -> b:\n",
        "Some prose.\nshop.Main -> a:\n",
    ],
)
def test_other_texts_are_no_mappings(text):
    assert found(text) is None


def test_comments_with_windows_line_ends_are_skipped():
    text = b"# License line\r\n" * 60
    assert identify("mapping.txt", memoryview(text + b"\r\n  \r\nshop.Cart -> a:\r\n")) is not None
    assert identify("tool.py", memoryview(text + b"def f(x) -> int:\r\n    return 1\r\n")) is None
