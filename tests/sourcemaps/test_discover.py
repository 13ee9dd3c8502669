"""What a script says of itself: the last magic comment, debug ids, data URLs."""

from __future__ import annotations

import base64

import pytest
import sourcemap
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.errors import MalformedArtifact
from symbolicator.sourcemaps import discover
from symbolicator.sourcemaps.discover import decode_data_url, find_debug_ids, find_map_url, is_data_url, read_comments
from tests.counting import assert_text_in_proportion


def url_of(text: str | bytes) -> str | None:
    return find_map_url(memoryview(text if isinstance(text, bytes) else text.encode()))


CODE = "f();\n"
ID = "85314830-023f-4cf1-a267-535f4e37bb17"
PADDING = "var padding = 1;\n" * 10_000  # pushes what stands before it out of the tail


@pytest.mark.parametrize(
    ("text", "url"),
    [
        # the forms
        ("//# sourceMappingURL=a.js.map", "a.js.map"),
        ("//@ sourceMappingURL=a.js.map", "a.js.map"),
        ("//#sourceMappingURL=a.js.map", "a.js.map"),
        ("//# \tsourceMappingURL=a.js.map \t\n", "a.js.map"),
        ("/*# sourceMappingURL=a.css.map */", "a.css.map"),
        ("/*@ sourceMappingURL=a.css.map*/", "a.css.map"),
        ("f()//# sourceMappingURL=a.js.map", "a.js.map"),
        ("//# sourceMappingURL=a.js.map\r\n", "a.js.map"),
        ("//# sourceMappingURL=a.js.map\u2028", "a.js.map"),
        ("//# sourceMappingURL=../maps/a%20b.js.map?v=1", "../maps/a%20b.js.map?v=1"),
        ("//# sourceMappingURL=my app.js.map", "my app.js.map"),
        # the last one wins, whatever its form
        ("//# sourceMappingURL=a.map\n//# sourceMappingURL=b.map\n", "b.map"),
        ("//# sourceMappingURL=a.map\n/*# sourceMappingURL=b.map */", "b.map"),
        ("/*# sourceMappingURL=a.map */ //# sourceMappingURL=b.map", "b.map"),
        # comments may follow
        ("//# sourceMappingURL=a.map\n//# debugId=1\n/* end */\n\n", "a.map"),
        # and code may, as engines allow (a bundle that was concatenated)
        ("//# sourceMappingURL=a.map\nf();\n", "a.map"),
        ("//# sourceMappingURL=a.map\n" + PADDING, "a.map"),
        ("'//# sourceMappingURL=no'\n//# sourceMappingURL=a.map\nf('\"')", "a.map"),
        # not within strings and templates
        ("var a = '//# sourceMappingURL=a.map';", None),
        ('var a = "//# sourceMappingURL=a.map";', None),
        ('var a = "//# sourceMappingURL=" + b;', None),
        ("var a = `\n//# sourceMappingURL=a.map\n`;", None),
        ("var a = `\n//# sourceMappingURL=a.map\n`;\n//# sourceMappingURL=b.map", "b.map"),
        ("//# sourceMappingURL=b.map\nvar a = `\n//# sourceMappingURL=a.map\n`;\n", "b.map"),
        ("//# sourceMappingURL=a.map\n// it's`", "a.map"),
        ('eval("x\\n//# sourceMappingURL=data:application/json;base64,AAAA\\n//# sourceURL=a")', None),
        # not within other comments
        ("/*\n//# sourceMappingURL=a.map\n*/f()", None),
        # nothing that is not well formed
        ("//# sourceMappingURL=\n", None),
        ("//# sourceMappingURL=a.map and more\n", None),
        ("/*# sourceMappingURL=a.map", None),
        ("// sourceMappingURL=a.map", None),
        ("", None),
        ("f()", None),
        # slashes that are no comments
        ("a = /'/;\n//# sourceMappingURL=a.map\nf('')", "a.map"),
        ("a = b / c; // d'\n//# sourceMappingURL=a.map\nf('')", "a.map"),
    ],
)
def test_the_last_magic_comment_wins_and_only_comments_count(text: str, url: str | None) -> None:
    assert url_of(text) == url


def test_the_comment_is_found_behind_anything_large() -> None:
    inline = "data:application/json;base64," + "QUJD" * 100_000
    assert url_of(PADDING + "//# sourceMappingURL=" + inline + "\n") == inline
    assert url_of(b"\xff\xfe\x00" * 100_000 + b"\n//# sourceMappingURL=a.map") == "a.map"


@given(st.text(alphabet="abc/._-", min_size=1, max_size=30), st.integers(0, 3))
def test_for_one_plain_comment_at_the_end_the_sourcemap_package_agrees(url: str, blank: int) -> None:
    text = f"f();\n//# sourceMappingURL={url}" + "\n" * blank
    assert url_of(text) == sourcemap.discover(text)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("//# debugId=85314830-023f-4cf1-a267-535f4e37bb17\n//# sourceMappingURL=a.map", (ID,)),
        ("//# debugId=85314830023F4CF1A267535F4E37BB17", (ID,)),
        ("//# debugId=85314830-023f-4cf1-a267-535f4e37bb17\n" + PADDING, (ID,)),
        # the comment has the word before injected code, the last comment before others
        ("e._sentryDebugIds[n]='11111111-023f-4cf1-a267-535f4e37bb17';\n//# debugId=85314830-023f-4cf1-a267-535f4e37bb17", (ID,)),
        ("//# debugId=11111111-023f-4cf1-a267-535f4e37bb17\n//# debugId=85314830-023f-4cf1-a267-535f4e37bb17", (ID,)),
        # injected code
        ('e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="85314830-023f-4cf1-a267-535f4e37bb17"', (ID,)),
        ('e._sentryDebugIdIdentifier="sentry-dbid-85314830-023f-4cf1-a267-535f4e37bb17"' + PADDING, (ID,)),
        # none
        ("//# debugId=nonsense", ()),
        ("f('debugId=')", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_debug_ids_are_read_from_the_comment_then_from_injected_code(text: str, ids: tuple[str, ...]) -> None:
    assert find_debug_ids(memoryview(text.encode())) == ids
    assert read_comments(memoryview(text.encode())).debug_ids == ids


MAP = '{"version":3,"sources":["☕.ts"]}'


@pytest.mark.parametrize(
    "url",
    [
        "data:application/json;base64," + base64.b64encode(MAP.encode()).decode(),
        "data:application/json;charset=utf-8;base64," + base64.b64encode(MAP.encode()).decode(),
        "DATA:application/json;Charset=UTF-8;Base64," + base64.b64encode(MAP.encode()).decode().rstrip("="),
        "data:;base64," + base64.urlsafe_b64encode(MAP.encode()).decode(),
        "data:application/json;base64," + base64.b64encode(MAP.encode()).decode().replace("+", "%2B").replace("=", "%3D"),
        "data:application/json;charset=utf-16le;base64," + base64.b64encode(MAP.encode("utf-16-le")).decode(),
        "data:application/json," + MAP,
        "data:application/json;charset=utf-8," + MAP.replace('"', "%22").replace("☕", "%E2%98%95"),
        "data:,%7B%22version%22%3A3%2C%22sources%22%3A%5B%22%E2%98%95.ts%22%5D%7D",
    ],
)
def test_a_data_url_gives_its_content_in_utf8(url: str) -> None:
    assert is_data_url(url)
    assert decode_data_url(url).decode() == MAP


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:application/json;base64", "no comma"),
        ("data:application/json;base64,{}", "base64"),
        ("data:application/json;base64,A", "base64"),
        ("data:application/json;charset=rot13,abc", "charset"),
        ("data:application/json;charset=utf-16le,abc", "not utf-16le"),
        ("app.js.map", "not a data URL"),
    ],
)
def test_a_broken_data_url_is_malformed(url: str, reason: str) -> None:
    with pytest.raises(MalformedArtifact, match=reason):
        decode_data_url(url)


def test_a_data_url_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover, "MAX_DATA_URL", 10)
    with pytest.raises(discover.LimitExceeded, match="at most 10"):
        decode_data_url("data:,12345678")


@pytest.mark.parametrize(
    "text",
    [
        "//# sourceMappingURL=" * 200_000,
        "//#sourceMappingURL=data:" * 200_000 + '"',
        "//# sourceMappingURL=a\n" * 100_000 + "//" + " " * 1_000_000 + '"',
        "//# sourceMappingURL=a\n" * 1_000 + "/* */ " * 300_000 + '"',
        "`" + "//# sourceMappingURL=a\n" * 100_000 + "`;",
        "/*" * 500_000 + "\n//# sourceMappingURL=a\nf()",
        "\"'`" * 300_000 + "\n//# sourceMappingURL=a\nf()",
        "=/[" * 300_000 + "\n//# sourceMappingURL=a\nf()",
        "\\" * 1_000_000 + "\n//# sourceMappingURL=a\nf()",
        "// debugId=" * 200_000,
        "sentry-dbid-" * 200_000,
        "_sentryDebugIds[" * 200_000,
    ],
)
def test_hostile_scripts_are_read_in_bounded_time(text: str) -> None:
    read_comments(memoryview(text.encode()))
    assert_text_in_proportion(lambda data: read_comments(memoryview(data)), text.encode())


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_no_bytes_make_discovery_raise(data: bytes, tail: bytes) -> None:
    read_comments(memoryview(data + b"//# sourceMappingURL=" + tail))
