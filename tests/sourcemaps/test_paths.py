"""Sources as bundlers write them, and what people call them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.sourcemaps.paths import in_app, join, module_of, resolve_dots, source_path

_VUE = "./node_modules/cache-loader/dist/cjs.js?!./node_modules/babel-loader/lib/index.js!./node_modules/vue-loader/lib/index.js?!"


@pytest.mark.parametrize(
    ("source", "base", "abs_path", "filename", "module"),
    [
        # webpack and rspack
        (f"webpack-internal:///{_VUE}./src/views/Home.vue?vue&type=script&lang=js&", None, "webpack-internal:///./src/views/Home.vue", "./src/views/Home.vue", "src/views/Home"),
        (f"webpack:///{_VUE}./src/App.vue", None, "webpack:///./src/App.vue", "./src/App.vue", "src/App"),
        (f"webpack:///./src/App.vue?{_VUE}./node_modules/vue-loader/lib", None, "webpack:///./src/App.vue", "./src/App.vue", "src/App"),
        ("webpack:///./src/wow!/a.ts?1f", None, "webpack:///./src/wow!/a.ts", "./src/wow!/a.ts", "src/wow!/a"),
        ("webpack://shop/./src/a.ts", None, "webpack://shop/./src/a.ts", "./src/a.ts", "src/a"),
        ("webpack://shop/./src/a.ts?1f2e", None, "webpack://shop/./src/a.ts", "./src/a.ts", "src/a"),
        ("webpack:///./src/a.ts", None, "webpack:///./src/a.ts", "./src/a.ts", "src/a"),
        ("webpack:///src/a.ts", None, "webpack:///src/a.ts", "src/a.ts", "src/a"),
        ("webpack:///../shared/a.ts", None, "webpack:///../shared/a.ts", "shared/a.ts", "shared/a"),
        ("webpack://@scope/shop/./src/a.ts", None, "webpack://@scope/shop/./src/a.ts", "./src/a.ts", "src/a"),
        ("webpack://shop/./src/App.vue?vue&type=script&lang.ts", None, "webpack://shop/./src/App.vue", "./src/App.vue", "src/App"),
        ("webpack-internal:///(app-pages-browser)/./src/a.tsx", None, "webpack-internal:///(app-pages-browser)/./src/a.tsx", "./src/a.tsx", "src/a"),
        ("webpack-internal:///./src/a.ts", None, "webpack-internal:///./src/a.ts", "./src/a.ts", "src/a"),
        ("webpack://_N_E/./src/app/(shop)/page.tsx", None, "webpack://_N_E/./src/app/(shop)/page.tsx", "./src/app/(shop)/page.tsx", "src/app/(shop)/page"),
        # turbopack
        ("turbopack:///[project]/src/a.ts", None, "turbopack:///[project]/src/a.ts", "src/a.ts", "src/a"),
        ("turbopack://[project]/src/a.ts", None, "turbopack://[project]/src/a.ts", "src/a.ts", "src/a"),
        ("turbopack:///[project]/src/a.ts [app-client] (ecmascript)", None, "turbopack:///[project]/src/a.ts", "src/a.ts", "src/a"),
        # Next's server components
        ("rsc://React/Server/webpack-internal:///(rsc)/./src/a.tsx?3", None, "rsc://React/Server/webpack-internal:///(rsc)/./src/a.tsx", "./src/a.tsx", "src/a"),
        ("rsc://React/Server/file:///srv/app/a.js?0", None, "rsc://React/Server/file:///srv/app/a.js", "/srv/app/a.js", "srv/app/a"),
        # Vite
        ("/@fs/home/ci/app/src/a.ts", "https://h/", "https://h/@fs/home/ci/app/src/a.ts", "/home/ci/app/src/a.ts", "home/ci/app/src/a"),
        ("http://localhost:5173/src/a.ts?t=17", None, "http://localhost:5173/src/a.ts", "src/a.ts", "src/a"),
        # files
        ("file:///home/ci/src/a.ts", None, "file:///home/ci/src/a.ts", "/home/ci/src/a.ts", "home/ci/src/a"),
        ("file:///C:/work/src/a%20b.ts", None, "file:///C:/work/src/a%20b.ts", "C:/work/src/a b.ts", "work/src/a b"),
        ("C:\\work\\src\\a.ts", "https://h/a.js", "C:\\work\\src\\a.ts", "C:/work/src/a.ts", "work/src/a"),
        ("/home/ci/src/a.ts", "/srv/dist/b.js.map", "/home/ci/src/a.ts", "/home/ci/src/a.ts", "home/ci/src/a"),
        ("/src/a.ts", "https://h/dist/b.js.map", "https://h/src/a.ts", "/src/a.ts", "src/a"),
        # relative: joined for the machine, short for people
        ("../src/a.ts", "/srv/app/dist/b.js.map", "/srv/app/src/a.ts", "src/a.ts", "src/a"),
        ("../../libs/x/src/a.ts", "https://cdn.example/assets/js/b.js?v=1", "https://cdn.example/libs/x/src/a.ts", "libs/x/src/a.ts", "libs/x/src/a"),
        ("src/a.ts", "b.js.map", "src/a.ts", "src/a.ts", "src/a"),
        ("./a.ts", None, "./a.ts", "./a.ts", "a"),
        ("..\\src\\a.ts", "C:\\srv\\dist\\b.js.map", "C:/srv/src/a.ts", "src/a.ts", "src/a"),
        ("../src/a.ts", "app:///dist/b.js", "app:///src/a.ts", "src/a.ts", "src/a"),
        ("../src/a.ts", "~/dist/b.js", "~/src/a.ts", "src/a.ts", "src/a"),
        ("../../../../a.ts", "https://h/b.js", "https://h/a.ts", "a.ts", "a"),
        ("https://h/shop/../../app/src/a.ts", "/srv/b.js", "https://h/app/src/a.ts", "app/src/a.ts", "app/src/a"),
        ("src/../lib/./a.ts", None, "src/../lib/./a.ts", "lib/a.ts", "lib/a"),
        ("a.ts", "data:application/json;base64,AAAA", "a.ts", "a.ts", "a"),
        # others
        ("app:///src/a.js", None, "app:///src/a.js", "src/a.js", "src/a"),
        ("~/src/a.js", None, "~/src/a.js", "src/a.js", "src/a"),
        ("ng:///AppModule/a.ngfactory.js", None, "ng:///AppModule/a.ngfactory.js", "AppModule/a.ngfactory.js", "AppModule/a.ngfactory"),
        ("/[metro-project]/src/a.tsx", None, "/[metro-project]/src/a.tsx", "src/a.tsx", "src/a"),
        ("meteor://💻app/imports/a.js", None, "meteor://💻app/imports/a.js", "imports/a.js", "imports/a"),
        ("../node_modules/react/index.js", "/srv/dist/b.js", "/srv/node_modules/react/index.js", "node_modules/react/index.js", "react/index"),
        ("node:internal/modules/cjs/loader", "/a.js", "node:internal/modules/cjs/loader", "node:internal/modules/cjs/loader", None),
        ('external "fs"', "/a.js", 'external "fs"', 'external "fs"', None),
        ("", None, "", "", None),
    ],
)  # fmt: skip
def test_a_source_is_called_what_people_call_it(source: str, base: str | None, abs_path: str, filename: str, module: str | None) -> None:
    assert source_path(source, base)[:3] == (abs_path, filename, module)


@pytest.mark.parametrize(
    ("source", "own"),
    [
        ("webpack://shop/./src/a.ts", True),
        (f"webpack:///{_VUE}./src/App.vue", True),
        (f"webpack:///{_VUE}./node_modules/el/x.vue", False),
        ("webpack-internal:///(rsc)/./node_modules/next/dist/build/webpack/loaders/next-app-loader.js?name=app!", False),
        ("../src/a.ts", True),
        ("/srv/app/dist/a.js", True),
        ("https://cdn.example/assets/app.js", True),
        ("./src/native/bridge.ts", True),
        ("src/internal/a.ts", True),
        ("./src/webpack/bootstrap.ts", True),
        ("ng:///AppModule/a.ngfactory.js", True),
        ("webpack:///./node_modules/react/index.js", False),
        ("../../node_modules/.pnpm/react@18/node_modules/react/index.js", False),
        ("webpack://shop/webpack/bootstrap", False),
        ("webpack:///webpack/runtime/jsonp chunk loading", False),
        ("webpack:///(webpack)/buildin/global.js", False),
        ('webpack:///external "fs"', False),
        ('external commonjs "fs"', False),
        ("\0commonjsHelpers.js", False),
        ("_virtual/a.js", False),
        ("vite/preload-helper", False),
        ("turbopack:///[turbopack]/browser/runtime.ts", False),
        ("node:internal/process/task_queues", False),
        ("internal/modules/cjs/loader.js", False),
        ("native", False),
        ("[native code]", False),
        ("<anonymous>", False),
        ("InternalBytecode.js", False),
        ("chrome-extension://abc/content.js", False),
        ("moz-extension://abc/content.js", False),
        ("safari-web-extension://abc/content.js", False),
        ("extensions::messaging", False),
        ("org-dartlang-sdk:///sdk/lib/core.dart", False),
    ],
)
def test_other_peoples_code_is_not_in_app(source: str, own: bool) -> None:
    assert in_app(source) is own
    assert source_path(source, "https://h/dist/b.js").in_app is own


_PATHS = st.lists(st.sampled_from(["a", "..", ".", "", "b c", "ü", "x.ts", "C:", "webpack:", "?q", "[project]"]), max_size=8).map("/".join)


@given(_PATHS)
def test_resolving_twice_changes_nothing(path: str) -> None:
    once = resolve_dots(path)
    assert resolve_dots(once) == once
    assert "/./" not in once


@given(_PATHS | st.text(max_size=40), st.none() | _PATHS | st.text(max_size=40))
def test_no_source_makes_naming_raise(source: str, base: str | None) -> None:
    answer = source_path(source, base)
    assert answer.filename or not source or not source.strip("./\\?")
    join(base, source)
    module_of(source)
