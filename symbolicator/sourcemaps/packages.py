"""Sources of generated files that are themselves sources of another map, and of files that were installed: whose they are.

A package that ships its own maps (most that are written in TypeScript) calls its sources `../src/a.ts`: as seen from its own file, which
lies below `node_modules/`. Seen from anywhere else that would be the application's `src/`.
"""

from __future__ import annotations

from symbolicator.sourcemaps.paths import clean, is_absolute, join, strip_query

_FOLDER = "node_modules/"
BUNDLES = (".bundle", ".jsbundle", ".hbc")


def package_folder(path: str) -> str | None:
    """The folder of the innermost package around a file: npm's, pnpm's, Yarn's (also within its zips). None outside of packages, and for
    what tools keep there (`node_modules/.vite/deps`), which is of no one package.

    >>> package_folder("/app/node_modules/.pnpm/@a+b@1.0.0/node_modules/@a/b/dist/x.js")
    '/app/node_modules/.pnpm/@a+b@1.0.0/node_modules/@a/b'
    """
    path = path.replace("\\", "/")
    at = path.rfind(_FOLDER)
    if at < 0 or (at and path[at - 1] != "/"):
        return None
    names = path[at + len(_FOLDER) :].split("/", 2)
    depth = 2 if names[0].startswith(("@", "%40")) else 1
    if len(names) <= depth or names[0].startswith("."):
        return None
    return path[: at + len(_FOLDER)] + "/".join(names[:depth])


def inner_source(outer: str, source: str) -> str:
    """What `source`, of the map of the generated file `outer`, is called where `outer` itself is known by that name.

    >>> inner_source("webpack://shop/./node_modules/rxjs/dist/esm/a.js", "../../src/a.ts")
    'webpack://shop/node_modules/rxjs/src/a.ts'
    >>> inner_source("/app/node_modules/lib/dist/lib.js", "webpack://lib/./src/a.ts")
    '/app/node_modules/lib/src/a.ts'
    """
    if outer.endswith(BUNDLES):
        return source  # the bundle that a bytecode compiler read: it is where the build put it, not where its sources are
    outer = strip_query(outer)
    package = package_folder(outer)
    joined = source if is_absolute(source) else join(outer, source)
    if package is None or package_folder(joined) is not None:
        return joined
    return f"{package}/{clean(strip_query(source)).removeprefix('./').lstrip('/')}"
