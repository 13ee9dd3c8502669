"""What a file is known by."""

import pytest

from symbolicator.keys import normalise_code_id, normalise_debug_id, url_segments


@pytest.mark.parametrize(
    ("url", "segments"),
    [
        # URLs: without scheme, host, query and fragment
        ("https://cdn.example/assets/app.3f2.js?v=1#x", ("assets", "app.3f2.js")),
        ("https://cdn.example:8443/app.js", ("app.js",)),
        ("//cdn.example/app.js", ("app.js",)),
        ("https://cdn.example", ()),
        # an empty host is no host, and what follows is the path
        ("file:///srv/app/bundle.js", ("srv", "app", "bundle.js")),
        ("app:///index.android.bundle", ("index.android.bundle",)),
        ("webpack:///./src/a.ts", ("src", "a.ts")),
        ("webpack-internal:///(rsc)/./src/a.ts", ("(rsc)", "src", "a.ts")),
        # a host that names a bundle
        ("webpack://shop/./src/a.ts", ("src", "a.ts")),
        # Sentry's artifact names
        ("~/static/js/main.js", ("static", "js", "main.js")),
        # Windows
        ("C:\\build\\dist\\app.js", ("build", "dist", "app.js")),
        ("C:/build/app.js", ("build", "app.js")),
        # dots, doubled slashes, percent escapes
        ("/srv/../app/./x//y.js", ("app", "x", "y.js")),
        ("../../../etc/passwd", ("etc", "passwd")),
        ("a%20b/c.js", ("a b", "c.js")),
        # plain names
        ("app.js", ("app.js",)),
        ("", ()),
    ],
)
def test_paths_are_compared_by_their_segments(url, segments):
    assert url_segments(url) == segments


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        # dashes or none, any case, an age
        ("85314830-023F-4CF1-A267-535F4E37BB17", "85314830-023f-4cf1-a267-535f4e37bb17"),
        ("85314830023f4cf1a267535f4e37bb17", "85314830-023f-4cf1-a267-535f4e37bb17"),
        ("DFB8E43AF2423D73A453AEB6A777EF75a", "dfb8e43a-f242-3d73-a453-aeb6a777ef75-a"),
        ("dfb8e43a-f242-3d73-a453-aeb6a777ef75-0", "dfb8e43a-f242-3d73-a453-aeb6a777ef75"),
        ("{dfb8e43a-f242-3d73-a453-aeb6a777ef75}", "dfb8e43a-f242-3d73-a453-aeb6a777ef75"),
        # what is none
        ("dfb8", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_debug_ids_have_one_normal_form(text, normal):
    assert normalise_debug_id(text) == normal


@pytest.mark.parametrize(("text", "normal"), [("5AB3-80CF6C5000", "5ab380cf6c5000"), ("xyz", None), ("", None), (b"ab", None)])
def test_code_ids_have_one_normal_form(text, normal):
    assert normalise_code_id(text) == normal
