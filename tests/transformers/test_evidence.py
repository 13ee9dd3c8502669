"""Which file answers a JavaScript frame (docs/evidence.md)."""

import base64
import json

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.evidence import is_other_build
from symbolicator.artifacts.files import Found
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from tests.makers.builds import FRAME, LINES, MINIFIED, build, mappings, one


@pytest.fixture
def engine(tmp_path):
    def make(*files):
        return Symbolicator([str(tmp_path / one) for one in files or ("dist",)], cache_dir=False)

    return make


def dist(tmp_path, name="index.js"):
    """The build of `builds.py` below `dist`, its script called `name`."""
    folder = tmp_path / "dist"
    folder.mkdir()
    build(folder)
    script, map_ = (folder / "app.js"), (folder / "app.js.map")
    script.rename(folder / name)
    map_.rename(folder / f"{name}.map")
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace("app.js.map", f"{name}.map"))
    return folder


def answered(frame):
    return frame["data"]["symbolicator_status"] == "symbolicated" and "sourcemap" in frame["data"]


@pytest.mark.parametrize(
    "path",
    [
        # packages, of npm, scoped, pnpm's, in a bundle's folder
        "/srv/shop/node_modules/koa-compose/index.js",
        "/srv/shop/node_modules/@koa/router/index.js",
        "/srv/shop/node_modules/.pnpm/koa@2.0.0/node_modules/koa/index.js",
        "file:///srv/shop/node_modules/koa/dist/index.js",
        "C:\\\\shop\\\\node_modules\\\\koa\\\\index.js",
        "https://shop.example/node_modules/koa/index.js",
        # packages on the hosts that serve them, and where Deno keeps them
        "https://cdn.jsdelivr.net/npm/koa@2.1.0/dist/index.js",
        "https://unpkg.com/@koa/router@13.0.0/dist/index.js",
        "https://esm.sh/v135/koa@2.1.0/es2022/index.js",
        "https://cdnjs.cloudflare.com/ajax/libs/koa/2.1.0/dist/index.js",
        "file:///root/.cache/deno/npm/registry.npmjs.org/koa/2.1.0/dist/index.js",
        # the system's
        "/var/runtime/index.js",
        "/usr/lib/node_modules/npm/index.js",
        "/usr/share/nodejs/semver/index.js",
        # a browser's extension
        "chrome-extension://abcdef/index.js",
        "moz-extension://abcdef/index.js",
        "safari-web-extension://abcdef/index.js",
    ],
)
@pytest.mark.parametrize("only_map", [False, True])
def test_a_file_of_somebody_else_s_is_not_answered_by_a_build_of_the_same_name(tmp_path, engine, path, only_map):
    folder = dist(tmp_path)
    if only_map:
        (folder / "index.js").unlink()
    frame = one(engine(), abs_path=path)
    assert not answered(frame)
    assert frame["function"] == FRAME["function"]


def test_what_was_near_is_said_and_why_it_was_not_used(tmp_path, engine):
    dist(tmp_path)
    frame = one(engine(), abs_path="/srv/shop/node_modules/koa-compose/index.js")
    assert any("only the file's name fits; the trace's file belongs to the package koa-compose" in one for one in frame["data"]["near"])


@pytest.mark.parametrize(
    "path",
    [
        # deployed under other folders, to servers, with what servers append
        "https://cdn.example/assets/index.js",
        "https://cdn.example/index.js?v=3#x",
        "https://cdn.example/assets/index.js;v=3",
        "https://cdn.example/assets/index.js.br",
        "https://cdn.example/assets/index.js.gz",
        "https://cdn.example/assets/index%2Ejs",
        "/srv/app/build/index.js",
        "/var/task/index.js",
        "/usr/src/app/dist/index.js",
        "app:///index.js",
        "C:\\\\shop\\\\dist\\\\index.js",
    ],
)
def test_a_build_is_deployed_anywhere(tmp_path, engine, path):
    dist(tmp_path)
    assert answered(one(engine(), abs_path=path))


def test_a_package_served_by_a_host_of_packages_is_found_by_its_package_json(tmp_path, engine):
    folder = dist(tmp_path)
    (tmp_path / "package.json").write_text('{"name": "@koa/router"}')
    assert folder.name == "dist"
    for url in ("https://unpkg.com/@koa/router@13.0.0/dist/index.js", "https://cdn.jsdelivr.net/npm/@koa/router/dist/index.js"):
        assert answered(one(engine("."), abs_path=url))
    assert not answered(one(engine("."), abs_path="https://unpkg.com/@koa/body@13.0.0/dist/index.js"))


def test_a_package_s_own_build_answers_for_the_package(tmp_path, engine):
    folder = dist(tmp_path)
    inner = tmp_path / "node_modules" / "koa"
    inner.parent.mkdir()
    folder.rename(inner)
    assert answered(one(engine("."), abs_path="/srv/shop/node_modules/koa/index.js"))
    assert not answered(one(engine("."), abs_path="/srv/shop/dist/index.js"))


@pytest.mark.parametrize(
    ("folder", "given", "right"),
    [
        # installed: given itself, its inner folder, and the folder that packages are in
        ("node_modules/koa/dist", "node_modules/koa/dist", True),
        ("node_modules/koa/dist", "node_modules/koa", True),
        ("node_modules/koa/dist", "node_modules", True),
        # somebody's folder of that name
        ("koa/dist", "koa/dist", False),
        ("koa/dist", "koa", False),
        ("koa/dist", ".", False),
    ],
)
def test_a_folder_s_name_alone_does_not_make_it_the_package(tmp_path, engine, folder, given, right):
    build(tmp_path / folder, "index.js", comment="index.js.map")
    assert answered(one(engine(given), abs_path="/srv/shop/node_modules/koa/dist/index.js")) is right


def test_a_folder_whose_manifest_names_the_package_answers_for_it(tmp_path, engine):
    build(tmp_path / "packages" / "cart" / "dist", "index.js", comment="index.js.map")
    manifest = tmp_path / "packages" / "cart" / "package.json"
    path = "/var/task/node_modules/@shop/cart/dist/index.js"
    for content, right in (('{"name": "@shop/cart"}', True), ('{"name": "cart"}', False), ('{"name": 7}', False), ("[[", False)):
        manifest.write_text(content)
        assert answered(one(engine("."), abs_path=path)) is right
        assert not answered(one(engine("."), abs_path="/var/task/node_modules/@shop/cart/lib/index.js"))


def test_a_scoped_package_s_folder_is_nobody_else_s(tmp_path, engine):
    build(tmp_path / "@shop" / "cart", "index.js", comment="index.js.map")
    assert answered(one(engine("."), abs_path="/var/task/node_modules/@shop/cart/index.js"))
    assert not answered(one(engine("."), abs_path="/var/task/node_modules/@shop/till/index.js"))


def test_the_release_s_own_file_does_not_stand_before_the_package_s(tmp_path, engine):
    build(tmp_path / "dist" / "shop@1.0", "index.js", comment="index.js.map", source="../src/own.ts")
    build(tmp_path / "dist" / "node_modules" / "koa", "index.js", comment="index.js.map", source="koa.ts")
    frames = [{**FRAME, "abs_path": path} for path in ("/srv/shop/index.js", "/srv/shop/node_modules/koa/index.js")]
    own, package = engine().symbolicate_frames(frames, release="shop@1.0")
    assert (own["filename"], package["filename"]) == ("src/own.ts", "/srv/shop/node_modules/koa/koa.ts")


def test_a_frame_that_names_a_source_of_the_map_was_mapped_already(tmp_path, engine):
    folder = dist(tmp_path, "cart.ts")  # the worst case: the source's own name
    frame = one(engine(), abs_path="/srv/shop/src/cart.ts", lineno=3, colno=9)
    assert (frame["lineno"], frame["colno"], frame["data"]["resolved_with"]) == (3, 9, "source")
    assert frame["context_line"] == "    return this.items.length;"
    assert folder.exists()


@pytest.mark.parametrize("path", ["/srv/shop/src/cart.ts", "file:///srv/shop/src/cart.ts", "C:\\\\shop\\\\src\\\\cart.ts"])
def test_nothing_is_missing_for_a_frame_that_names_a_source_and_no_generated_file(tmp_path, engine, path):
    dist(tmp_path)
    frame = one(engine(), abs_path=path, lineno=3, colno=9)
    assert (frame["lineno"], frame["colno"], frame["data"]["resolved_with"]) == (3, 9, "source")
    assert frame["context_line"] == "    return this.items.length;"
    assert not frame["data"].get("problems")


@pytest.mark.parametrize(
    ("path", "lineno"),
    [
        # the file's name alone; a line that the source does not have; what a development server made of it
        ("/srv/shop/lib/cart.ts", 3),
        ("/srv/shop/src/cart.ts", 300),
        ("https://localhost/src/cart.ts", 3),
    ],
)
def test_a_frame_that_is_no_source_of_the_map_is_asked_for(tmp_path, engine, path, lineno):
    dist(tmp_path)
    frame = one(engine(), abs_path=path, lineno=lineno, colno=9)
    assert frame["data"]["symbolicator_status"] == "missing"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        # Vite, Rollup; webpack, Angular; Create React App; esbuild; Parcel
        ("index-BocM83dk.js", "index-Bnoo12aZ.js"),
        ("main.3f2a91bc.js", "main.77aa01de.js"),
        ("main.3f2a91bc.chunk.js", "main.77aa01de.chunk.js"),
        ("app-4F5C2A91.js", "app-9B0E77D2.js"),
        ("index.d4e5f6a7.js", "index.00112233.js"),
        # short hashes, of which one may look like a word; separators within; nothing but letters
        ("index-BocM.js", "index-Bnoo.js"),
        ("index-B_c-M1x2.js", "index-Dq0Zz9aa.js"),
        ("main.deadbeef.js", "main.cafebabe.js"),
        ("chunk-ABCDEFGH.js", "chunk-HGFEDCBA.js"),
        # Next, Remix, a runtime of webpack's, minified
        ("page-0123456789abcdef.js", "page-fedcba9876543210.js"),
        ("entry.client-BZ3XxTWm.js", "entry.client-ahdmUDbS.js"),
        ("runtime~main.3f2a.js", "runtime~main.91bc.js"),
        ("main.8f3d2b1a.min.js", "main.00002b1a.min.js"),
    ],
)
def test_the_same_name_with_another_hash_is_another_build(tmp_path, engine, wanted, name):
    dist(tmp_path, name)
    frame = one(engine(), abs_path=f"https://shop.example/assets/{wanted}")
    assert not answered(frame)
    assert f"{name} looks like another build of it" in frame["data"]["problems"][0]["detail"]
    assert frame["data"]["problems"][0]["another_build"] is True


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("main-window.js", "main-dialog.js"),
        ("a.service.js", "a.handler.js"),
        ("x.js", "y.js"),
        ("shop-myCart.js", "shop-myForm.js"),
        ("form-step10.js", "form-step11.js"),
        ("main-es2015.js", "main-es2017.js"),
        ("jquery-3.7.1.min.js", "jquery-3.6.0.min.js"),
        ("app.min.js", "app.max.js"),
        ("cart-abcdefgh.js", "cart-hgfedcba.js"),
    ],
)
def test_words_are_no_hashes(wanted, name):
    assert not is_other_build(wanted, name)


def test_what_is_looked_for_grows_with_the_files_that_frames_name_and_no_faster(tmp_path, engine, monkeypatch):
    dist(tmp_path)
    asked = []
    find = Lookup.find
    monkeypatch.setattr(Lookup, "find", lambda self, key, near=None: asked.append(key) or find(self, key, near))
    counts = []
    for files in (("dist",), ("dist/index.js.map",)):
        for number in (50, 200):
            asked.clear()
            engine(*files).symbolicate_frames([{**FRAME, "abs_path": f"https://shop.example/{i}.js"} for i in range(number)])
            counts.append(len(asked))
    assert counts[1] <= 5 * counts[0]
    assert counts[3] <= 5 * counts[2]


def test_a_name_that_no_file_has_is_looked_for_once(tmp_path, engine, monkeypatch):
    dist(tmp_path)
    asked = []
    find = Lookup.find
    monkeypatch.setattr(Lookup, "find", lambda self, key, near=None: asked.append(key) or find(self, key, near))
    for path, missing in (("https://a/till.js", True), ("https://a/INDEX.js", False), ("https://a/index.js.br", False)):
        asked.clear()
        frame = one(engine(), abs_path=path)
        assert (not asked, not answered(frame)) == (missing, missing)


def test_a_store_that_knows_files_by_other_means_than_their_names_is_always_asked(tmp_path):
    folder = DirectoryStore(dist(tmp_path))
    script, map_ = (next(one for one in folder.artifacts() if one.path == path) for path in ("index.js", "index.js.map"))

    class Remote:
        def find(self, key, near=None):
            answers = {FileKind.SCRIPT: script, FileKind.SOURCEMAP: map_}
            return Found(artifacts=(answers[key.kind],), how="url") if key.kind in answers else Found()

        read, digest, artifacts, describe = folder.read, folder.digest, folder.artifacts, folder.describe

    assert answered(one(Symbolicator([Remote()], cache_dir=False), abs_path="https://a/till.js"))


def test_a_map_given_by_name_answers_for_the_script_it_says_it_is_of(tmp_path, engine):
    folder = dist(tmp_path)
    content = json.loads((folder / "index.js.map").read_text())
    (tmp_path / "prod.map").write_text(json.dumps({**content, "file": "bundle.js"}))
    frames = [{**FRAME, "abs_path": f"https://shop.example/{name}"} for name in ("bundle.js", "vendor.js")]
    own, other = engine("prod.map").symbolicate_frames(frames)
    assert (answered(own), answered(other)) == (True, False)


def test_a_map_given_by_name_that_says_nothing_answers_where_nothing_else_is_asked_for(tmp_path, engine):
    folder = dist(tmp_path)
    content = json.loads((folder / "index.js.map").read_text())
    content.pop("file", None)
    (tmp_path / "prod.map").write_text(json.dumps(content))
    assert answered(one(engine("prod.map"), abs_path="https://shop.example/bundle.js"))
    frames = [{**FRAME, "abs_path": f"https://shop.example/{name}"} for name in ("bundle.js", "vendor.js")]
    assert not any(map(answered, engine("prod.map").symbolicate_frames(frames)))  # one of two: which is not known


def test_a_map_of_another_debug_id_is_not_used_by_its_name(tmp_path, engine):
    folder = dist(tmp_path)
    content = json.loads((folder / "index.js.map").read_text())
    (folder / "index.js").unlink()
    (folder / "index.js.map").write_text(json.dumps({**content, "debugId": "00000000-1111-4222-8333-444444444444"}))
    url = "https://shop.example/index.js"
    images = [{"type": "sourcemap", "code_file": url, "debug_id": "85314830-023f-4cf1-a267-535f4e37bb17"}]
    [frame] = engine().symbolicate_frames([{**FRAME, "abs_path": url}], images=images)
    assert not answered(frame)
    assert "another build" in frame["data"]["problems"][0]["detail"] + "".join(frame["data"]["problems"][0].get("tried", []))
    assert frame["data"]["problems"][0]["another_build"] is True


@pytest.mark.parametrize(
    "path", ["https://stall.example/index.html", "https://stall.example/", "https://stall.example", "https://stall.example/?a=1"]
)
def test_a_script_written_into_a_page_has_the_page_s_own_line_and_lacks_nothing(tmp_path, engine, path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("<html>\n<script>\nsell();\n</script>\n")
    frame = one(engine(), abs_path=path, lineno=3, colno=1)
    assert frame["context_line"] == "sell();"
    assert not frame["data"].get("problems")


def frame_of_page(tmp_path, engine, path, page):
    """The frame at `path`, in the script of the one page of a build, which is the file `page`."""
    target = tmp_path / "dist" / page
    target.parent.mkdir(parents=True)
    target.write_text("<html>\n<script>\nsell();\n</script>\n")
    return one(engine(), abs_path=path, lineno=3, colno=1)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        # what servers leave out
        ("https://stall.example/cart", "cart.html"),
        ("https://stall.example/cart?a=1#b", "cart.html"),
        ("https://stall.example/cart", "cart/index.html"),
        ("https://stall.example/cart/", "cart/index.html"),
        ("https://stall.example/cart/", "cart.html"),
        ("https://stall.example/de/cart", "de/cart.html"),
        ("https://stall.example/cart.htm", "cart.htm"),
    ],
)
def test_a_page_is_found_by_the_url_that_its_server_gives_it(tmp_path, engine, path, page):
    frame = frame_of_page(tmp_path, engine, path, page)
    assert frame["context_line"] == "sell();"
    assert not frame["data"].get("problems")


@pytest.mark.parametrize(
    ("path", "page"),
    [
        # another folder's page; another page; what is no page's URL
        ("https://stall.example/en/cart", "de/cart.html"),
        ("https://stall.example/cart", "till.html"),
        ("https://stall.example/cart.v2", "cart.html"),
        ("/srv/stall/cart", "cart.html"),
    ],
)
def test_a_page_of_another_path_is_not_shown(tmp_path, engine, path, page):
    frame = frame_of_page(tmp_path, engine, path, page)
    assert frame["data"]["symbolicator_status"] == "missing"
    assert "context_line" not in frame


def test_what_may_be_a_page_is_said_to_be_one(tmp_path, engine):
    dist(tmp_path)
    [problem] = one(engine(), abs_path="https://shop.example/cart")["data"]["problems"]
    assert problem["hint"] == "if it is a page, the script is inline: give the folder with the page's HTML with files="


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("lead", ["", "\n", "\r\n  "])
def test_a_script_written_into_a_page_is_mapped_by_its_own_map(tmp_path, engine, inline, lead):
    folder = dist(tmp_path)
    content = (folder / "index.js.map").read_bytes()
    (folder / "index.js").unlink()
    (folder / "index.js.map").rename(folder / "page.map")
    url = f"data:application/json;base64,{base64.b64encode(content).decode()}" if inline else "page.map"
    before = "<html><!-- ž𝄞 --><script>\nfirst();\n//# sourceMappingURL=gone.map\n</script>\n<p>𝄞</p><SCRIPT type='a>b' defer>"
    page = f"{before}{lead}{MINIFIED}\n//# sourceMappingURL={url}\n</SCRIPT\n><script>third();</script>"
    (folder / "index.html").write_text(page, newline="")
    head = (before + lead).rpartition("\n")[2]
    line, column = (before + lead).count("\n") + 1, len(head.encode("utf-16-le")) // 2
    frames = [
        {**FRAME, "abs_path": "https://shop.example/", "lineno": place[0], "colno": place[1]}
        for place in ((2, 1), (line, column + FRAME["colno"]), (page.count("\n") + 1, 12), (1, 3))
    ]
    # Its text begins right behind the tag, with the line that the tag is on: its map has to count from there.
    document = json.loads(content)
    document["mappings"] = ";" * lead.count("\n") + mappings([[(len(lead.rpartition("\n")[2]) + c, *rest) for c, *rest in LINES[0]]])
    changed = json.dumps(document).encode()
    (folder / "index.html").write_text(page.replace(base64.b64encode(content).decode(), base64.b64encode(changed).decode()), newline="")
    (folder / "page.map").write_bytes(changed)
    first, own, third, markup = engine().symbolicate_frames(frames)
    assert (own["filename"], own["lineno"], own["colno"], own["function"]) == ("src/cart.ts", 3, 23, "Cart.total")
    assert own["context_line"] == "    return this.items.length;"
    assert first["context_line"] == "first();"
    assert third["context_line"].endswith("third();</script>")
    assert not any(answered(frame) for frame in (first, third, markup))


def test_a_page_is_no_script_whatever_stands_at_its_end(tmp_path, engine):
    folder = dist(tmp_path)
    (folder / "index.js").unlink()
    (folder / "index.html").write_text(f"<p>\n<script>{MINIFIED}\n//# sourceMappingURL=index.js.map\n</script>")
    frame = one(engine(), abs_path="https://shop.example/index.html", lineno=2, colno=len("<script>") + FRAME["colno"])
    assert (frame["filename"], frame["lineno"]) == ("src/cart.ts", 3)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("webpack-internal:///./src/index.js", "it is a module that a development bundle evaluates"),
        ("webpack-internal:///(rsc)/./src/cart.ts", "it is a module that a development bundle evaluates"),
        ("data:text/javascript,import('/index.js", "the code of a data: URL has no file"),
        (f"data:text/javascript;base64,{'a' * 5000}", "the code of a data: URL has no file"),
        ("blob:https://shop.example/0b2e1a3c-0000-4000-8000-000000000000", "code created at run time (a Blob) has no file"),
        ("about:srcdoc", "it is a page that has no file"),
        ("javascript:index.js", "the code of a javascript: URL has no file"),
    ],
)
@pytest.mark.parametrize("only_map", [True, False])
def test_what_has_no_file_is_answered_by_none_and_said_to_have_none(tmp_path, engine, path, what, only_map):
    folder = dist(tmp_path)
    if only_map:
        (folder / "index.js").unlink()
    frame = one(engine(), abs_path=path, lineno=3, colno=9)
    [problem] = frame["data"]["problems"]
    assert frame["data"]["symbolicator_status"] == "missing"
    assert what in problem["detail"]
    assert len(problem["detail"]) < 400


@pytest.mark.parametrize(
    "path", ["webpack://shop/./lib/index.js", "webpack:///lib/index.js", "turbopack:///[project]/lib/index.js", "ng:///lib/index.js"]
)
def test_a_module_of_a_bundle_is_no_generated_file_of_its_name(tmp_path, engine, path):
    dist(tmp_path)
    assert not answered(one(engine(), abs_path=path))


def test_a_module_that_was_mapped_already_stays_and_one_that_is_evaluated_is_not_taken_for_it(tmp_path, engine):
    dist(tmp_path)
    for path, right in (("webpack://shop/./src/cart.ts", True), ("webpack://shop/./src/cart.ts?", False)):
        frame = one(engine(), abs_path=path, lineno=3, colno=9)
        assert (frame["data"].get("resolved_with") == "source") is right


def test_the_map_of_a_worker_made_at_run_time_counts_where_it_is_given_by_name(tmp_path, engine):
    folder = dist(tmp_path)
    (folder / "index.js").unlink()
    path = "blob:https://shop.example/0b2e1a3c-0000-4000-8000-000000000000"
    assert answered(one(engine("dist/index.js.map"), abs_path=path))
    assert not answered(one(engine(), abs_path=path))


def two(engine, one, other):
    """What became of two files that frames of one event name: the first's places are the build's, the second's are not."""
    frames = [{**FRAME, "abs_path": one}, {**FRAME, "abs_path": other, "colno": 34}]
    return [answered(frame) for frame in engine.symbolicate_frames(frames)]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        # another host's, whose path says nothing
        ("https://shop.example/index.js", "https://widget.example/index.js"),
        # another folder's of one machine: the path says it, or the positions do
        ("/srv/shop/dist/index.js", "/srv/shop/lib/index.js"),
        ("/var/task/index.js", "/opt/nodejs/index.js"),
        ("https://shop.example/a/index.js", "https://shop.example/b/index.js"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_one_file_of_the_build_is_one_of_two_files_of_a_trace(tmp_path, engine, own, other, turned):
    dist(tmp_path)
    frames = [{**FRAME, "abs_path": own}, {**FRAME, "abs_path": other, "colno": 34}]
    found = {frame["data"]["raw_index"]: frame for frame in engine().symbolicate_frames(frames[::-1] if turned else frames)}
    first, second = (found[1], found[0]) if turned else (found[0], found[1])
    assert (answered(first), answered(second)) == (True, False)
    assert f"index.js has its name but is {own}" in second["data"]["problems"][0]["detail"]


def test_of_two_hosts_the_one_is_meant_most_of_whose_places_begin_segments(tmp_path, engine):
    dist(tmp_path)
    columns = [("a", 9), ("a", 35), ("a", 41), ("b", 35), ("b", 34), ("b", 41)]
    frames = [{**FRAME, "abs_path": f"https://{host}.example/index.js", "colno": column} for host, column in columns]
    assert [answered(frame) for frame in engine().symbolicate_frames(frames)] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("columns", "right"),
    [
        # two of few and of many; one alone, which an engine's own fault may be
        ([3, 11], False),
        ([3], True),
        ([9, 35, 17, 24, 3, 11], False),
        ([9, 35, 17, 24, 11], True),
        # where tokens begin, and behind them, as JavaScriptCore counts
        ([9, 17, 24, 29, 35], True),
        ([14, 28, 34], True),
    ],
)
@pytest.mark.parametrize("lead", ["", "/*ž𝄞*/"])
def test_positions_in_the_middle_of_words_are_of_another_build(tmp_path, engine, columns, right, lead):
    folder = dist(tmp_path)
    (folder / "index.js").write_text(lead + (folder / "index.js").read_text())
    shift = len(lead.encode("utf-16-le")) // 2
    content = json.loads((folder / "index.js.map").read_text())
    content["mappings"] = mappings([[(shift + c, *rest) for c, *rest in LINES[0]]])
    (folder / "index.js.map").write_text(json.dumps(content))
    frames = [{**FRAME, "abs_path": "https://shop.example/index.js", "colno": shift + column} for column in columns]
    found = engine().symbolicate_frames(frames)
    assert {answered(frame) for frame in found} == {right}
    assert right or "this is in the middle of a word" in found[0]["data"]["problems"][0]["detail"]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_folders_the_one_that_the_path_names_answers(tmp_path, engine, turned):
    for name in ("modern", "legacy"):
        build(tmp_path / name, "index.js", comment="index.js.map", source=f"../src/{name}.ts")
    own = engine(*(("modern", "legacy") if turned else ("legacy", "modern")))
    for name in ("modern", "legacy"):
        assert one(own, abs_path=f"https://shop.example/{name}/index.js")["filename"] == f"src/{name}.ts"
    # Where nothing tells them apart, the order does in which they were given.
    assert one(own, abs_path="https://shop.example/index.js")["filename"] == f"src/{'modern' if turned else 'legacy'}.ts"


def test_an_id_in_a_later_folder_stands_before_a_name_in_an_earlier_one(tmp_path, engine):
    known = "85314830-023f-4cf1-a267-535f4e37bb17"
    build(tmp_path / "old", source="../src/old.ts")
    build(tmp_path / "new", source="../src/new.ts", debug_id=known)
    images = [{"type": "sourcemap", "code_file": FRAME["abs_path"], "debug_id": known}]
    [frame] = engine("old", "new").symbolicate_frames([FRAME], images=images)
    assert frame["filename"] == "src/new.ts"


@pytest.mark.parametrize(
    ("one_name", "other_name", "name"),
    [
        # the same file by a path and by a URL, with and without a query
        ("/srv/shop/index.js", "file:///srv/shop/index.js", "index.js"),
        ("https://shop.example/index.js", "https://shop.example/index.js?v=1", "index.js"),
        # a hash makes it one, on whatever host
        ("https://a.example/index-3f2a91bc.js", "https://b.example/x/index-3f2a91bc.js", "index-3f2a91bc.js"),
        # an app's bundle, wherever the device keeps it
        ("index.android.bundle", "/data/user/0/app/files/index.android.bundle", "index.android.bundle"),
    ],
)
def test_one_file_by_two_names_is_answered_by_both(tmp_path, engine, one_name, other_name, name):
    dist(tmp_path, name)
    assert two(engine(), one_name, other_name) == [True, True]


def test_an_extension_s_own_build_answers_for_it_where_its_manifest_shows_that_it_is_one(tmp_path, engine):
    folder = dist(tmp_path)
    url = "chrome-extension://abcdef/index.js"
    assert not answered(one(engine(), abs_path=url))
    (folder / "manifest.json").write_text('{"manifest_version": 3}')
    assert answered(one(engine(), abs_path=url))
    assert not answered(one(engine(), abs_path="chrome-extension://abcdef/js/index.js"))


@pytest.mark.parametrize("ending", [".br", ".gz", ";v=1", ";jsessionid=0A1B", "%3Fv=1", "&v=1", ".br?v=2#top"])
@pytest.mark.parametrize("only_map", [True, False])
def test_a_script_is_found_however_the_server_spells_it(tmp_path, engine, ending, only_map):
    folder = dist(tmp_path)
    if only_map:
        (folder / "index.js").unlink()
    assert answered(one(engine(), abs_path=f"https://shop.example/index.js{ending}"))


def test_a_file_of_the_very_name_is_taken_before_other_spellings(tmp_path, engine):
    build(tmp_path / "dist", source="../wrong.ts")
    build(tmp_path / "dist", "app.js;v=1", comment="app.js;v=1.map", source="../right.ts")
    assert one(engine(), abs_path=FRAME["abs_path"] + ";v=1")["filename"] == "right.ts"


def test_the_url_of_a_source_is_the_same_with_and_without_the_script(tmp_path, engine):
    folder = dist(tmp_path)
    with_script = one(engine(), abs_path="https://shop.example/a/index.js")["abs_path"]
    (folder / "index.js").unlink()
    assert one(engine(), abs_path="https://shop.example/a/index.js")["abs_path"] == with_script == "https://shop.example/src/cart.ts"


@pytest.mark.parametrize(
    "path",
    [
        # Deno, Bun, workerd
        "ext:core/01_core.js",
        "ext:deno_web/02_event.js",
        "bun:main",
        "cloudflare:sockets",
        "node-internal:async_hooks",
        # Electron, new and old
        "electron/js2c/browser_init.js",
        "node:electron/js2c/renderer_init",
        "/usr/lib/electron/resources/electron.asar/browser/init.js",
        # what runs a function in the cloud
        "/var/runtime/index.mjs",
        "file:///var/runtime/index.mjs",
        "/azure-functions-host/workers/node/dist/src/worker-bundle.js",
        # browsers' own
        "resource://gre/modules/Timer.sys.mjs",
        "chrome://global/content/main.js",
        "devtools://devtools/bundled/main.js",
        "extensions::event_bindings",
        "webkit-masked-url://hidden/",
        "jar:file:///usr/lib/firefox/omni.ja!/modules/main.js",
        # text that lies in no file
        "[eval]",
        "evalmachine.<anonymous>",
        "REPL1",
        "__puppeteer_evaluation_script__",
    ],
)
def test_files_of_the_engine_are_nobody_s_build(tmp_path, engine, path):
    name = path.rpartition("/")[2]
    if name.endswith(("js", "mjs")):
        dist(tmp_path, name)  # of the same name, and not the same file
    frame = one(engine("."), abs_path=path)
    assert (frame["function"], frame["abs_path"], frame["in_app"]) == ("a.total", path, False)
    assert not frame["data"].get("problems")


@pytest.mark.parametrize("path", ["/srv/internal.js", "https://x/electron/js2c.js", "about://React/Server/app.js", "nodes/app.js"])
def test_files_that_only_look_like_the_engine_s_are_asked_for(engine, path):
    [problem] = one(engine("."), abs_path=path)["data"]["problems"]
    assert problem["type"] == "missing_source"
