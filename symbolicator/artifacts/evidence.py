"""Whether a file whose name fits is the right one: the only place that decides by paths (`docs/evidence.md`).

A name alone is weak evidence, because every package has an `index.js`. If the rest of the path says that the file belongs
to something else (a package, the system's runtime, a browser extension), the package's own folders must fit too. Folders above a
build's folder do not contradict: `dist/app.js` is deployed as `/assets/app.js`.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.patterns import regex

_PACKAGES = frozenset(("node_modules", "bower_components", "jspm_packages", "web_modules"))
_PACKAGE_HOST = regex(
    r"(?i)(?:https?:)?//(?:cdn\.jsdelivr\.net|(?:www\.)?unpkg\.com|esm\.sh|esm\.run|cdn\.skypack\.dev|ga\.jspm\.io"
    r"|cdnjs\.cloudflare\.com|ajax\.googleapis\.com)/"
)
"""Hosts that serve only packages."""
_REGISTRY = "registry.npmjs.org"
"""The folder where Deno keeps npm packages."""
_ABOVE_PACKAGE = regex(r"npm:?$|ajax$|libs$|stable$|v\d{1,4}$")
_VERSION = regex(r"\d{1,9}\.\d[\w.+-]{0,60}$")
_SYSTEM = (
    ("var", "runtime"),  # AWS Lambda's
    ("var", "lang"),
    ("usr", "lib"),
    ("usr", "share"),
    ("usr", "local", "lib"),
    ("snap",),
)
PAGES = (".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".jsp", ".cshtml", ".erb")
"""Endings of HTML pages, which may contain scripts."""
_MODULE = regex(r"(?i)(?:webpack|webpack-internal|rspack|rspack-internal|turbopack|meteor|ng|data|javascript):")
_EXTENSION = regex(r"(?i)(?:[a-z]+-)?(?:web-)?extension:")
_PACKED = (".br", ".gz", ".zst", ".gzip", ".deflate")
_PARAMETERS = regex(r"[;?&].*$")
_NAME = regex(r"(?P<body>.{1,200}?)(?P<ending>(?:\.(?:chunk|min|bundle|entry|iife|umd|esm?|legacy|modern|module|prod))*\.[a-z]{2,9})$")
_MAX_NAME = 255
"""Characters of a file name; no file system allows longer ones."""
_HASH = regex(r"[A-Za-z0-9]{4,64}$|[A-Za-z0-9_-]{8}$")
_WORD = regex(r"es\d+$|[A-Z]?[a-z]*(?:[A-Z][a-z]+)*\d{0,4}$")
_HEX = regex(r"[0-9a-f]{8,64}$|[0-9A-F]{8,64}$")
_CAPITALS = regex(r"[A-Z]{8}$")

NAME_ONLY = "only the file's name fits"
"""Text in `tried` about a file that is not used."""
Stem = tuple[str, str, int]
"""A file name without its hash: what is before it, the ending, the length of the hash."""


def contradiction(url: str, wanted: Sequence[str], path: Sequence[str], common: int) -> str | None:
    """Why the file at `path` is not the one named by `url` (its segments: `wanted`), although the last `common` segments fit; None if
    nothing contradicts.
    """
    package, inner = package_of(wanted, url)
    # Any folder may be called `koa`, but not `node_modules/koa` or `@koa/router`.
    if package and common < len(package) + len(inner) + (not package[0].startswith("@")):
        return f"the trace's file belongs to the package {'/'.join(package)}"
    own, inner = package_of(path)
    if own and common < len(own) + len(inner):
        return f"it belongs to the package {'/'.join(own)}, and the trace's file does not"
    if _is_module(url):
        return "the trace names a module, not a file"
    if is_extension(url) and common < 2:
        return "the trace's file belongs to a browser extension"
    system = next((head for head in _SYSTEM if tuple(wanted[: len(head)]) == head), None)
    if system is not None and common <= max(1, min(2, len(wanted) - len(system) - 1)):
        return f"the trace's file belongs to the system, below /{'/'.join(system)}"
    return None


def is_extension(url: str) -> bool:
    """Whether a URL belongs to a browser extension: `chrome-extension://…`, `safari-web-extension://…`."""
    return ":" in url and _EXTENSION.match(url) is not None  # a path of a disk needs no pattern; nor in the next two


def _is_module(url: str) -> bool:
    return ":" in url and _MODULE.match(url) is not None


def _package_host(url: str) -> str:
    """The host of a URL, to its path, if that serves packages only; else ""."""
    found = _PACKAGE_HOST.match(url) if "//" in url else None
    return "" if found is None else found[0]


def is_page(url: str) -> bool:
    """Whether a URL may be a page's: it names a folder, a page, or something without an ending on a server.

    >>> is_page("https://shop.example/cart"), is_page("https://shop.example/"), is_page("https://shop.example/cart.js"), is_page("cart")
    (True, True, False, False)
    """
    path = url.split("#", 1)[0].split("?", 1)[0]
    name = path.rpartition("/")[2]
    if "." in name:
        return name.lower().endswith(PAGES) or ("://" in path and path.count("/") == 2)
    return not name or path[:8].lower().startswith(("http://", "https://"))


def telling_origin(url: str) -> str:
    """The part of a URL before the path, if that shows an owner: an extension, a package, no file at all; else "".

    >>> telling_origin("https://unpkg.com/vue@3/index.js"), telling_origin("https://shop.example/index.js")
    ('https://unpkg.com/', '')
    """
    return _package_host(url) or (url.partition(":")[0] + "://-/" if is_extension(url) or _is_module(url) else "")


def other_owner(url: str, wanted: Sequence[str]) -> str | None:
    """The owner of a file that is not part of an application's build, by its URL (segments: `wanted`): a `package` or an `extension`."""
    return "extension" if is_extension(url) else "package" if package_of(wanted, url)[0] else None


def package_of(path: Sequence[str], url: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What follows the last `node_modules`: the segments of the package's name, and those of the file within; () outside of packages.

    Or what follows the host of `url`, if it is a host that serves packages.

    >>> package_of(("srv", "node_modules", "@koa", "router", "lib", "index.js"))
    (('@koa', 'router'), ('lib', 'index.js'))
    """
    for at in range(len(path) - 2, -1, -1):
        if path[at] in _PACKAGES:
            inner = at + 3 if path[at + 1].startswith("@") else at + 2
            return tuple(path[at + 1 : inner]), tuple(path[inner:])
    if _package_host(url):
        return _served(path)
    return _served(path[path.index(_REGISTRY) + 1 :]) if _REGISTRY in path else ((), ())


def _served(path: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The package and the file of a path below such a host: `npm/vue@3.4.0/dist/vue.js`, `ajax/libs/vue/3.4.0/vue.js`."""
    at = 0
    while at < len(path) and _ABOVE_PACKAGE.match(path[at]):
        at += 1
    inner = at + 2 if path[at : at + 1] and path[at].startswith("@") else at + 1
    if inner >= len(path):
        return (), ()
    name = path[inner - 1].partition("@")[0]
    within = path[inner + 1 :] if _VERSION.match(path[inner]) else path[inner:]
    return (*path[at : inner - 1], name), tuple(within)


def plain_name(name: str) -> str:
    """The name of a script without what servers append: parameters (`;v=1`, an encoded query), the ending of a precompressed file.

    >>> plain_name("app.js.br;v=1"), plain_name("app.js?v=1"), plain_name("app.js.map")
    ('app.js', 'app.js', 'app.js.map')
    """
    bare = _PARAMETERS.sub("", name) or name
    if not bare.lower().endswith(_PACKED):
        return bare
    name = bare.rpartition(".")[0]
    return name if "." in name else bare


def is_other_build(wanted: str, name: str) -> bool:
    """Whether two file names differ only in the hash added by a bundler. One of the two must certainly be a hash.

    >>> is_other_build("index-BocM.js", "index-Bnoo.js"), is_other_build("main-page.js", "main-view.js")
    (True, False)
    """
    known = stems(name)
    return wanted != name and any(stem in known and (sure or known[stem]) for stem, sure in stems(wanted).items())


def stems(name: str) -> dict[Stem, bool]:
    """What a file name may be without its hash, with whether the hash is certainly not a word: Vite, Rollup, webpack, Angular, esbuild, …

    >>> stems("main.3f2a91bc.chunk.js")
    {('main.', '.chunk.js', 8): True}
    """
    found = _NAME.match(name) if len(name) <= _MAX_NAME else None
    if found is None:
        return {}
    body, ending = found["body"], found["ending"]
    last = max(map(body.rfind, "-._~"))
    # The alphabet of Rollup's hashes, which have eight characters, includes separators.
    cuts = {last, len(body) - 9} if body[-9:-8] in ("-", ".") else {last}
    return {(body[: at + 1], ending, len(body) - at - 1): _is_hash(body[at + 1 :]) for at in cuts if at > 0 and _HASH.match(body[at + 1 :])}


def _is_hash(text: str) -> bool:
    return bool(_HEX.match(text) or _CAPITALS.match(text)) or not (_WORD.match(text) or "-" in text or "_" in text) or _has_mixed(text)


def _has_mixed(text: str) -> bool:
    """For text with separators: whether it mixes capitals and digits with small letters, as words do not."""
    return ("-" in text or "_" in text) and any(map(str.isdigit, text)) and any(map(str.isupper, text))
