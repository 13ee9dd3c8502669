"""Sources of packages: whose they are, and what they are called from outside."""

import pytest

from symbolicator.sourcemaps.packages import inner_source, package_folder


@pytest.mark.parametrize(
    ("outer", "source", "named"),
    [
        # webpack, a scoped package
        ("webpack://shop/./node_modules/@acme/ui/dist/b.js", "../src/b.ts", "webpack://shop/node_modules/@acme/ui/src/b.ts"),
        # pnpm
        (
            "../node_modules/.pnpm/rxjs@7.8.1/node_modules/rxjs/dist/esm/a.js",
            "../../src/a.ts",
            "../node_modules/.pnpm/rxjs@7.8.1/node_modules/rxjs/src/a.ts",
        ),
        # Yarn's zips
        (
            "/app/.yarn/cache/lib-npm-1.0.0-ab.zip/node_modules/lib/dist/a.js",
            "../src/a.ts",
            "/app/.yarn/cache/lib-npm-1.0.0-ab.zip/node_modules/lib/src/a.ts",
        ),
        # a package that was bundled: its own bundler's scheme
        ("/app/node_modules/lib/dist/lib.js", "webpack://lib/./src/a.ts", "/app/node_modules/lib/src/a.ts"),
        # a map that lay somewhere else when it was written
        ("node_modules/lib/a.js", "../../../../packages/lib/src/a.ts", "node_modules/lib/packages/lib/src/a.ts"),
        # what a package bundled of another one
        (
            "/app/node_modules/lib/dist/lib.js",
            "../node_modules/tslib/tslib.es6.js",
            "/app/node_modules/lib/node_modules/tslib/tslib.es6.js",
        ),
        # Windows
        ("C:\\app\\node_modules\\lib\\dist\\a.js", "../src/a.ts", "C:/app/node_modules/lib/src/a.ts"),
        # the application's own
        ("dist/app.js", "../src/a.ts", "src/a.ts"),
        # where a bytecode compiler read the bundle says nothing of its sources
        ("build/index.android.bundle", "src/a.ts", "src/a.ts"),
    ],
)
def test_a_source_is_named_as_seen_from_the_file_that_it_went_into(outer, source, named):
    assert inner_source(outer, source) == named


@pytest.mark.parametrize(
    "path",
    [
        # an application's file
        "/srv/app/dist/main.js",
        # what tools keep beside the packages
        "/app/node_modules/.vite/deps/chunk.js",
        # a folder that only ends like it
        "/app/my_node_modules/lib/a.js",
        # no file of a package
        "node_modules/lib",
    ],
)
def test_what_is_in_no_package_has_no_package_folder(path):
    assert package_folder(path) is None
