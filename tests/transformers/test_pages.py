"""Scripts that are written into pages: which of a page's scripts a place is in, and whose map is its."""

import base64
import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import CART, FRAME, LINES, MINIFIED, source_map

ID = "85314830-023f-4cf1-a267-535f4e37bb17"
OTHER_ID = "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def shop(tmp_path):
    def frames(page, *places, maps=(), path="https://shop.example/", also=()):
        """What comes out for `places` (line and column, from 1) of `page`; each of `maps` is a source map's (name, source, further keys)."""
        for name in ("index.html", *also):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(page if name == "index.html" else f"{page}<!-- {name} -->")
        for name, source, more in maps:
            (tmp_path / name).write_text(json.dumps(source_map(LINES, [source], [CART], ["Cart"], **more)))
        return Symbolicator([str(tmp_path)], cache_dir=False).symbolicate_frames(
            [{**FRAME, "abs_path": path, "lineno": line, "colno": column} for line, column in places]
        )

    return frames


def test_a_script_of_a_page_that_says_no_url_is_mapped_by_its_debug_id(shop):
    page = f"<html>\n<script>{MINIFIED}\n//# debugId={ID}\n</script>\n"
    place = 2, len("<script>") + FRAME["colno"]
    [frame] = shop(page, place, maps=[("0001.map", "src/cart.ts", {"debugId": ID})])
    assert (frame["filename"], frame["lineno"], frame["colno"], frame["function"]) == ("src/cart.ts", 3, 23, "Cart.total")


def test_a_script_of_a_page_is_not_mapped_by_another_build_s_map(shop):
    page = f"<html>\n<script>{MINIFIED}\n//# debugId={ID}\n//# sourceMappingURL=page.map\n</script>\n"
    [frame] = shop(page, (2, len("<script>") + FRAME["colno"]), maps=[("page.map", "src/cart.ts", {"debugId": OTHER_ID})])
    assert frame["function"] == FRAME["function"]
    assert frame["context_line"].endswith(MINIFIED)


def test_each_script_of_a_page_has_its_own_map(shop):
    scripts = [f"<script>{MINIFIED}\n//# sourceMappingURL={name}.map\n</script>" for name in ("one", "two", "three")]
    line = len("<script>") + FRAME["colno"]
    out = shop(
        "\n".join(scripts),
        (1, line),
        (4, line),
        (7, line),
        maps=[(f"{name}.map", f"src/{name}.ts", {}) for name in ("one", "two", "three")],
    )
    assert [(frame["filename"], frame["lineno"], frame["colno"]) for frame in out] == [
        (f"src/{name}.ts", 3, 23) for name in ("one", "two", "three")
    ]


def test_scripts_of_a_page_with_maps_written_into_them_keep_their_own(shop):
    names = ["one", "two", "three"]
    maps = [json.dumps(source_map(LINES, [f"src/{name}.ts"], [CART], ["Cart"])).encode() for name in names]
    inline = [f"data:application/json;base64,{base64.b64encode(content).decode()}" for content in maps]
    page = "\n".join(f"<script>{MINIFIED}\n//# sourceMappingURL={url}\n</script>" for url in inline)
    column = len("<script>") + FRAME["colno"]
    assert [frame["filename"] for frame in shop(page, (1, column), (4, column), (7, column))] == [f"src/{name}.ts" for name in names]


def test_a_script_begins_right_behind_its_tag(shop):
    page = f"<p><script>{MINIFIED}\n//# sourceMappingURL=page.map\n</script>"
    first = len("<p><script>") + 1
    tag, script = shop(page, (1, first - 1), (1, first), maps=[("page.map", "src/cart.ts", {})])
    assert "sourcemap" not in tag["data"]
    assert (script["filename"], script["lineno"], script["colno"]) == ("src/cart.ts", 1, 8)


@pytest.mark.parametrize("path", ["https://shop.example/cart", "https://shop.example/cart/"])
def test_of_two_equally_good_pages_neither_is_shown(shop, path):
    [frame] = shop("<script>\nsell();\n</script>", (2, 1), path=path, also=("de/cart.html", "en/cart.html"))
    assert "context_line" not in frame


def test_a_page_s_file_stands_before_the_folder_of_its_name(shop):
    [frame] = shop("<script>\nsell();</script>", (2, 1), path="https://shop.example/cart", also=("cart.html", "cart/index.html"))
    assert frame["context_line"].endswith("<!-- cart.html -->")
