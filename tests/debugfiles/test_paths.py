"""Paths as compilers write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symbolicator.debugfiles.paths import clean, is_absolute, is_plain, join, prefix_of, relative


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("/build", "src", "a.c"), "/build/src/a.c"),
        # the last absolute part begins
        (("/build", "/usr/include", "a.h"), "/usr/include/a.h"),
        (("/build", "C:\\inc", "a.h"), "C:\\inc\\a.h"),
        # `.` and `..` are resolved as text
        (("/build", "../inc/./x", "../a.h"), "/inc/a.h"),
        (("/build", "../../../a.h"), "/a.h"),
        (("src/lib", "../a.c"), "src/a.c"),
        ((None, "../a.c"), "../a.c"),
        ((None, "a/../../b.c"), "../b.c"),
        (("/build/", "a.c"), "/build/a.c"),
        # Windows: backslashes stay, mixed ones become the first one's kind
        (("C:\\src\\app", "..\\lib", "b.c"), "C:\\src\\lib\\b.c"),
        (("C:\\src", "app/a.c"), "C:\\src\\app\\a.c"),
        (("C:/src", "app\\a.c"), "C:/src/app/a.c"),
        (("C:\\", "..\\..\\a.c"), "C:\\a.c"),
        (("\\\\server\\share", "x", "..", "a.c"), "\\\\server\\share\\a.c"),
        # no paths at all
        (("/build", "<built-in>"), "<built-in>"),
        (("/build", "https://x.example/a.c"), "https://x.example/a.c"),
        # Rust's
        (("/", "/rustc/abc/library/core/src/lib.rs"), "/rustc/abc/library/core/src/lib.rs"),
        ((None, None, ""), ""),
        # a backslash in a name of Unix stays
        (("/build", "a\\b.c"), "/build/a\\b.c"),
    ],
)
def test_paths_are_joined_and_cleaned(parts, path):
    assert join(*parts) == path
    assert clean(path) == path


@given(*[st.text("ab./\\:<\0", max_size=6)] * 2)
@example(".", "a")
def test_a_plain_name_behind_the_prefix_of_a_folder_is_the_two_joined(folder, name):
    folder = join(folder)
    prefix = prefix_of(folder)
    if prefix is not None and is_plain(name):
        assert prefix + name == join(folder, name)
    assert prefix_of("/src") == prefix_of("/src/") == "/src/"
    assert is_plain("a.c")


@pytest.mark.parametrize("path", ["/a", "\\\\s\\a", "C:\\a", "c:/a", "<stdin>", "webpack://a"])
def test_absolute_paths_of_all_systems(path):
    assert is_absolute(path)
    assert not is_absolute("x" + path[-1])


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/b/src/a.c", "/b", "src/a.c"),
        ("/b/src/a.c", "/b/", "src/a.c"),
        ("/bc/a.c", "/b", "/bc/a.c"),
        ("C:\\b\\a.c", "C:\\b", "a.c"),
        ("/x/a.c", None, "/x/a.c"),
    ],
)
def test_paths_below_the_directory_of_the_compiler_are_relative_to_it(path, base, expected):
    assert relative(path, base) == expected
