"""Small builds written for tests: a script, its map, its sources, in a folder."""

import json
from pathlib import Path

from tests.makers import source_maps


def mappings(lines):
    """Lines of segments `(column,)`, `(column, source, line, column)` or `(…, name)`, absolute and 0-based, as the `mappings` string."""
    return source_maps.mappings([(number, *segment) for number, segments in enumerate(lines) for segment in segments])


def source_map(lines, sources, contents=None, names=(), **more):
    document = {"version": 3, "sources": list(sources), "names": list(names), "mappings": mappings(lines), **more}
    if contents is not None:
        document["sourcesContent"] = list(contents)
    return document


CART = """export class Cart {
  total() {
    return this.items.length;
  }
}
"""
# Minified to one line: class a{total(){return this.items.length}}
MINIFIED = "class a{total(){return this.items.length}}"
LINES = [[(0, 0, 0, 7, 0), (8, 0, 1, 2), (16, 0, 2, 4), (23, 0, 2, 11), (28, 0, 2, 16), (34, 0, 2, 22), (41, 0, 4, 0)]]
FRAME = {"function": "a.total", "abs_path": "https://cdn.example/assets/app.js", "lineno": 1, "colno": 35}


def build(folder: Path, script="app.js", comment="app.js.map", source="../src/cart.ts", content=CART, debug_id=None, **more):
    """Write a script and its map below `folder`; gives the map's document."""
    target = folder / script
    target.parent.mkdir(parents=True, exist_ok=True)
    text = MINIFIED
    if debug_id:
        text += f"\n//# debugId={debug_id}"
        more.setdefault("debugId", debug_id)
    if comment:
        text += f"\n//# sourceMappingURL={comment}"
    target.write_text(text)
    document = source_map(LINES, [source], None if content is None else [content], ["Cart"], **more)
    (target.parent / f"{target.name}.map").write_text(json.dumps(document))
    return document


def one(engine, **frame):
    """The frame that comes out for one that goes in."""
    (out,) = engine.symbolicate_frames([{**FRAME, **frame}])
    return out
