"""What a source is called: the URL it has, the path a person knows it by, its module, and whether it is the application's own.

Owns the conventions by which bundlers write `sources` (webpack, turbopack, Vite, Rollup, Parcel, Metro, Meteor, Angular, React) and
the joining of relative ones. `sourceRoot` is applied before (by the map); which file on disk answers, is the stores' affair.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from symbolicator.patterns import regex

MAX_PATH = 8192
"""Longer sources are kept as they are: they are no paths."""
_LONGEST_REMEMBERED = 512

_SCHEME = regex(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]+:|~(?=/))")
_PREFIX = regex(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]+:(?://[^/]*)?|//[^/]+|[a-zA-Z]:(?=[\\/])|~(?=/))")
_DRIVE = regex(r"^/?([a-zA-Z]:)(?=[\\/])")
# turbopack says after a path how it was read: `cart.ts [app-client] (ecmascript) <export Cart>`.
_TURBO_NOTES = regex(r"(?: \[[\w-]{1,100}+\])?(?: \((?:ecmascript|css)[^()]*+\))(?: <[^<>]*+>)?$")
_ROOTS = regex(r"^/?\[(?:project|metro-project|metro-watchFolders|root|root-of-the-server|root of the server)\](?:/\d+(?=/))?/?")
_LAYER = regex(
    r"^/?\((?:rsc|ssr|sc_\w+|app-pages-browser|pages-dir-browser|action-browser|api|instrument|middleware|shared|[a-z]+(?:-[a-z]+)+)\)/(?=\./|\.\./)"
)
# webpack calls a module by the loaders that made it: `./node_modules/vue-loader/lib/index.js?!./src/App.vue?vue&type=script`.
_REQUEST = regex(r"^((?:webpack|rspack)(?:-internal)?://[^/?!]*/)([^?!]*)[?!]")
_RSC = regex(r"^(?:rsc|about)://React/[^/]*/", re.IGNORECASE)
_ENDING = regex(r"\.(?:[cm]?[jt]sx?|es6|vue|svelte|astro|coffee|ls|elm|dart|json|bundle|jsbundle|hbc)$", re.IGNORECASE)

# Code nobody in the application wrote. On the source as written: browsers and their extensions, engines and SDKs, bundlers' externals.
_FOREIGN_SOURCE = regex(
    r"""^(?:(?:chrome|moz|safari|safari-web|ms-browser|webkit-masked-url)-?(?:extension)?:|chrome://|resource://|extensions::"""
    r"""|node:|internal/|native\b|\[native|<anonymous>$|wasm-function|org-dartlang-sdk:|dart:|package:flutter/"""
    r"""|\0|external\s|debugger\s|evalmachine\b)""",
    re.IGNORECASE,
)
# On the cleaned path: packages, the bundlers' runtimes and the modules they make up.
_FOREIGN_PATH = regex(
    r"""(?:^|/)(?:node_modules|bower_components|jspm_packages|\.yarn|\.pnpm|\.vite/deps|_virtual)/"""
    r"""|^(?:\./)?(?:webpack/(?:bootstrap|runtime|before-startup|startup|after-startup|container|sharing|universalModuleDefinition|hot)\b"""
    r"""|\(webpack\)|webpack-dev-server)(?!\.)"""
    r"""|^(?:\./)?(?:external\s|ignored\s|\(ignored\)|delegated\s|remote\s|consume\sshared|container\s|lazy\s.*\snamespace\sobject$)"""
    r"""|^/?\[(?:turbopack|next|externals|turbopack-[a-z]+)\]|^(?:\./)?vite/|^/?@vite/|^/?@react-refresh|^/?@id/__x00__"""
    r"""|(?:^|/)(?:commonjsHelpers(?:\.[cm]?js)?|InternalBytecode\.js|__prelude__|require-[0-9a-f]+\.js|\0[^/]*)$"""
    r"""|^packages/[^/]+\.js$""",  # Meteor's packages
)


class SourcePath(NamedTuple):
    """A source, named. `abs_path` is the joined URL, `filename` the path for people, `module` the path without its ending."""

    abs_path: str
    filename: str
    module: str | None
    in_app: bool


def source_path(source: str, base: str | None = None) -> SourcePath:
    """The names of a map's `source`, `sourceRoot` applied; `base` is the URL or path of the map, else of the script.

    >>> source_path("webpack://shop/./src/checkout/cart.ts?1f2e")[:3]
    ('webpack://shop/./src/checkout/cart.ts', './src/checkout/cart.ts', 'src/checkout/cart')
    >>> source_path("../src/a.ts", "/srv/app/dist/bundle.js.map")[:3]
    ('/srv/app/src/a.ts', 'src/a.ts', 'src/a')
    """
    if len(source) > MAX_PATH:
        return SourcePath(source, source, None, True)
    if len(source) + len(base or "") > _LONGEST_REMEMBERED:
        return _named.__wrapped__(source, base)
    return _named(source, base)


def unnamed(index: int) -> SourcePath:
    """What source number `index` of a map is called where the map gives it no name."""
    name = f"<unnamed source {index}>"
    return SourcePath(name, name, None, True)


@lru_cache(maxsize=8192)  # a dozen patterns for each frame were an eighth of an event's time
def _named(source: str, base: str | None) -> SourcePath:
    bare = strip_query(source)
    filename = clean(bare)
    return SourcePath(join(base, bare), filename, module_of(filename), in_app(bare, filename))


def strip_query(source: str) -> str:
    """A source without what loaders and servers append: webpack's `?1f2e`, Vite's `?t=…`, `?vue&type=script`; turbopack's notes."""
    bare = (_resource(source) if "!" in source else source).split("?", 1)[0]
    return (_TURBO_NOTES.sub("", bare) if bare.endswith((")", ">")) else bare) or source


def _resource(source: str) -> str:
    """What the loaders of a webpack request loaded; `source` itself if it is none, or if the loaders made it up.

    >>> _resource("webpack-internal:///./node_modules/vue-loader/lib/index.js?!./src/App.vue?vue")
    'webpack-internal:///./src/App.vue?vue'
    """
    request, resource = _REQUEST.match(source), source.rpartition("!")[2]
    # Loaders may follow the resource as well: `webpack:///./src/App.vue?./node_modules/vue-loader/lib!./node_modules/…`
    if request is None or "loader" not in request[2] or "loader" in resource.split("?", 1)[0] or not resource.startswith((".", "/")):
        return source
    return request[1] + resource


def is_absolute(source: str) -> bool:
    """Whether a source stands by itself: a URL, an absolute path of any system, `~/`."""
    return source[:1] in ("/", "\\") or (source[:1] != "." and bool(_DRIVE.match(source) or _SCHEME.match(source)))


def join(base: str | None, source: str) -> str:
    """The URL or path of `source` as seen from the file `base`; `source` itself where it is absolute or nothing is known.

    >>> join("https://cdn.example/assets/js/app.js.map?v=1", "../src/a.ts")
    'https://cdn.example/assets/src/a.ts'
    """
    if not base or base[:5].lower() == "data:" or len(base) > MAX_PATH:
        return _resolved(source)
    windows = "\\" in base and "/" not in base
    base = strip_query(base).split("#", 1)[0].replace("\\", "/") if not windows else base.replace("\\", "/")
    if _is_foreign(source):
        return source
    prefix_match = _PREFIX.match(base)
    prefix = prefix_match[0] if prefix_match else ""
    if is_absolute(source):
        # `/src/a.ts` from a web server is of that server; of a local file, it is a path.
        on_server = source[:1] == "/" and source[:2] != "//" and prefix.lower().startswith(("http:", "https:"))
        return prefix + resolve_dots(source) if on_server else _resolved(source)
    folder = base[len(prefix) :].rpartition("/")[0]
    return prefix + resolve_dots(f"{folder}/{source}" if folder or base[len(prefix) :][:1] == "/" else source)


def _resolved(source: str) -> str:
    """A URL of a server or file without `..`, which `sourceRoot` put there; bundlers' own schemes are kept as their users know them."""
    found = re.match(r"(?:https?|file|app|capacitor)://[^/]*(?=/)", source, re.IGNORECASE)
    return found[0] + resolve_dots(source[found.end() :]) if found and "/." in source else source


def resolve_dots(path: str) -> str:
    r"""A path with `.` and `..` resolved and Windows separators turned; never above a root, and leading `..` of a relative path are kept.

    >>> resolve_dots("/srv/app/dist/../src/./a.ts")
    '/srv/app/src/a.ts'
    >>> resolve_dots("..\\..\\src\\a.ts")
    '../../src/a.ts'
    """
    path = path.replace("\\", "/")
    rooted = path[:1] == "/"
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if segments and segments[-1] != "..":
                segments.pop()
            elif not rooted:
                segments.append("..")
        elif segment not in ("", "."):
            segments.append(segment)
    return ("/" if rooted else "") + "/".join(segments)


def clean(source: str) -> str:
    """The path that a person knows a source by, without scheme, namespace, layers and roots.

    webpack's leading `./` stays, as webpack's users know it; `../` in front, which only says where the map lay, goes. An absolute path of a
    machine stays absolute.
    """
    path = source.replace("\\", "/")
    if "://" in path:
        path = _RSC.sub("", path)
    lower = path[:24].lower()
    if _is_foreign(path) and not lower.startswith(("chrome-extension:", "moz-extension:", "safari-")):
        return path
    decode = False
    dotted = False
    if lower.startswith(("webpack-internal://", "webpack://", "rspack://", "rspack-internal://")):
        # `webpack://namespace/…`: the namespace may itself hold slashes only where it is a scoped package's name.
        rest = path.partition("://")[2]
        namespace = re.match(r"(?:@[^/]+/)?[^/]*/", rest)
        path = rest[namespace.end() :] if namespace else rest
        path = _LAYER.sub("", path)
        dotted = path[:2] == "./"
    elif lower.startswith("file:"):
        path = re.sub(r"^file:(?://(?:localhost(?=/))?)?", "", path, flags=re.IGNORECASE)
        decode = True
    elif (
        lower.startswith(("turbopack:", "meteor:", "ng:", "app:", "capacitor:", "ionic:", "parcel:", "rollup:", "metro:"))
        or path[:2] == "~/"
    ):
        # The host says nothing where the scheme is the bundler's own: `meteor://💻app/`, `app:///`.
        path = re.sub(r"^(?:[a-zA-Z]+:(?://(?!\[)[^/]*)?/*|~/)", "", path)
        decode = True
    elif "://" in path[:40] or path[:2] == "//":
        prefix = _PREFIX.match(path)
        path = path[prefix.end() :].lstrip("/") if prefix else path
        decode = True
    else:
        dotted = path[:2] == "./"
    if decode and "%" in path:
        path = unquote(path)
    if path.startswith(("[", "/[")):
        path = _ROOTS.sub("", path)
    if path.startswith("/@fs/"):
        path = path[4:]
    elif path.startswith("@fs/"):
        path = path[3:]
    drive = _DRIVE.match(path) if ":" in path[:3] else None
    if drive:
        path = path[drive.start(1) :]
    path = resolve_dots(path)
    while path.startswith("../"):
        path = path[3:]
    return ("./" if dotted and not path.startswith("/") else "") + path or source


def module_of(filename: str) -> str | None:
    """A cleaned path without its ending and its front: `src/checkout/cart`; a package's file from the package's name on.

    >>> module_of("/home/ci/app/node_modules/react-dom/cjs/react-dom.development.js")
    'react-dom/cjs/react-dom.development'
    """
    path = re.sub(r"^(?:[a-zA-Z]:)?(?:\.{0,2}/+)+", "", filename)
    inside = path.rfind("node_modules/")
    if inside >= 0:
        path = path[inside + len("node_modules/") :]
    if not path or path[0] in "<[(\0" or ":" in path or " " in path.split("/", 1)[0]:
        return None
    return _ENDING.sub("", path) or None


def _is_foreign(source: str) -> bool:
    """Whether a source as written is of code that nobody in the application wrote. Plain paths never are, and most sources are that."""
    return not source.startswith((".", "/")) and _FOREIGN_SOURCE.match(source) is not None


def in_app(source: str, filename: str | None = None) -> bool:
    """Whether a source is the application's own code: not a package's, the bundler's runtime, the engine's or an extension's.

    `source` may be a frame's own URL just as well (`node:internal/…`, `chrome-extension://…`). Ignore lists are the map's affair.
    """
    if _is_foreign(source):
        return False
    return not _FOREIGN_PATH.search(clean(strip_query(source)) if filename is None else filename)


# Code that an engine or a runtime brings along: nobody built it, and no file of a build answers for it.
# By scheme: Node, Deno, Bun, workerd, browsers' own pages. By what stands for a file: V8 says which promise: `Promise.all (index 2)`.
# By path: Electron's snapshot; old Node printed its own modules without a folder: `Module._compile (module.js:643:30)`.
_INTERNAL = regex(
    r"""^(?:(?:node|deno|ext|bun|workerd|cloudflare|workerd-internal|node-internal|electron|extensions|chrome|edge|devtools|resource"""
    r"""|safari-resource|webkit-masked-url|user-script|pptr|__playwright[a-z_]*):"""
    r"""|internal/[\w/-]+(?:\.js)?$|electron/js2c/|jar:file:.*/omni\.ja!/|native(?:\scode)?$|\[native|\[?wasm\scode\]?$|<(?:anonymous|unknown|input|internal)>$"""
    r"""|index\s\d+$|self-hosted$|evalmachine\.|\[(?:eval|stdin|worker\seval)\]|REPL\d*$|__puppeteer_evaluation_script__"""
    r"""|(?:module|events|fs|net|timers|vm|util|assert|domain|bootstrap_node|_stream_\w+|_http_\w+|_tls_\w+)\.js$)"""
    r"""|(?:^|/)InternalBytecode\.js$"""
)
_RUNTIMES = ("/var/runtime/", "/var/lang/", "/azure-functions-host/", "/opt/rust/nodejs.js")
"""Where the machines of AWS Lambda, Azure Functions and Vercel keep what runs a function."""
_ASAR = "/electron.asar/"


def is_internal(url: str) -> bool:
    """Whether what a frame names is the engine's or the runtime's own: native functions, the internals of Node, Deno, Electron, Hermes.

    >>> is_internal("node:internal/timers"), is_internal("ext:core/01_core.js"), is_internal("/srv/app/module.js")
    (True, True, False)
    """
    if url.startswith(("/", "http", "file:")):  # most frames, checked without the pattern
        path = url.removeprefix("file://")
        return url.endswith("/InternalBytecode.js") or path.startswith(_RUNTIMES) or _ASAR in path
    return url.startswith("node:") or _INTERNAL.search(url) is not None


def is_webassembly(url: str) -> bool:
    """Whether a frame is of WebAssembly code: `wasm://wasm/00a1`, `https://x/app.wasm:wasm-function[12]`."""
    return "wasm" in url and (url.startswith("wasm://") or ":wasm-function[" in url or strip_query(url).endswith(".wasm"))
