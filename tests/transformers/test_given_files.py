"""Files that somebody gave by name, whatever they are called: what they answer for."""

import base64
import json
import zipfile

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import FRAME, LINES, MINIFIED, mappings, one


@pytest.fixture
def engine(tmp_path):
    def make(*files):
        return Symbolicator([str(tmp_path / one) for one in files], cache_dir=False)

    return make


def answered(frame):
    return frame["data"]["symbolicator_status"] == "symbolicated" and "sourcemap" in frame["data"]


def inlined(tmp_path, source="src/cart.ts", debug_id=None):
    """A script that has its map in itself, to be given by name."""
    document = {"version": 3, "sources": [source], "names": ["Cart"], "mappings": mappings(LINES)}
    comment = f"//# debugId={debug_id}\n" if debug_id else ""
    encoded = base64.b64encode(json.dumps({**document, **({"debugId": debug_id} if debug_id else {})}).encode()).decode()
    (tmp_path / "prod.js").write_text(f"{MINIFIED}\n{comment}//# sourceMappingURL=data:application/json;base64,{encoded}")


def test_a_script_given_by_name_answers_where_nothing_else_is_asked_for(tmp_path, engine):
    inlined(tmp_path)
    frame = one(engine("prod.js"), abs_path="https://shop.example/bundle.js")
    assert (frame["filename"], frame["lineno"], frame["data"]["resolved_with"]) == ("src/cart.ts", 3, "inline")
    frames = [{**FRAME, "abs_path": f"https://shop.example/{name}"} for name in ("bundle.js", "vendor.js")]
    assert not any(map(answered, engine("prod.js").symbolicate_frames(frames)))  # one of two: which is not known
    assert not answered(one(engine("prod.js"), abs_path="/srv/shop/node_modules/koa/index.js"))  # somebody else's


def test_of_two_files_given_by_name_neither_answers_for_a_third(tmp_path, engine):
    inlined(tmp_path)
    (tmp_path / "test.js").write_text((tmp_path / "prod.js").read_text() + "\n")
    (tmp_path / "test.map").write_text(json.dumps({"version": 3, "sources": ["cart.ts"], "names": [], "mappings": mappings(LINES)}))
    for files in (("prod.js", "test.js"), ("prod.js", "test.map")):
        frame = one(engine(*files), abs_path="https://shop.example/bundle.js")
        assert not answered(frame)
        assert "bundle.js" in frame["data"]["problems"][0]["detail"]


def test_a_script_given_by_name_without_a_map_says_that_the_file_is_missing(tmp_path, engine):
    (tmp_path / "prod.js").write_text(MINIFIED)
    frame = one(engine("prod.js"), abs_path="https://shop.example/bundle.js")
    assert frame["data"]["problems"][0]["type"] == "missing_source"


@pytest.mark.parametrize(
    ("said", "right"), [("85314830-023f-4cf1-a267-535f4e37bb17", True), ("00000000-1111-4222-8333-444444444444", False)]
)
@pytest.mark.parametrize("given", ["prod.js", "prod.map"])
def test_a_file_given_by_name_has_to_have_the_debug_id_that_the_event_says(tmp_path, engine, said, right, given):
    debug_id, url = "85314830-023f-4cf1-a267-535f4e37bb17", "https://shop.example/bundle.js"
    inlined(tmp_path, debug_id=debug_id)
    (tmp_path / "prod.map").write_text(
        json.dumps({"version": 3, "debugId": debug_id, "sources": ["cart.ts"], "names": [], "mappings": mappings(LINES)})
    )
    images = [{"type": "sourcemap", "code_file": url, "debug_id": said}]
    [frame] = engine(given).symbolicate_frames([{**FRAME, "abs_path": url}], images=images)
    assert answered(frame) is right


def test_a_map_given_by_name_that_cannot_be_read_is_what_is_said(tmp_path, engine):
    (tmp_path / "prod.map").write_text('{"version":3,"sources":["a.ts"],"names":[],"mappings":"!"}')
    frame = one(engine("prod.map"), abs_path="https://shop.example/bundle.js")
    assert frame["data"]["problems"][0]["type"] != "missing_source"


@pytest.mark.parametrize(
    ("name", "text", "missing"),
    [
        ("manifest.json", '{"manifest_version": 3, "name": "Till"}', True),
        ("manifest.json", '{"manifest_version": 3, "name": "' + "x" * (1 << 20) + '"}', False),  # as long as none is: not read
        ("manifest.json", '{"name": "Till", "display": "standalone"}', False),  # a page's
        ("a.json", '{"manifest_version": 3}', False),
    ],
)
def test_an_extension_s_frames_lack_a_file_only_where_an_extension_was_given(tmp_path, engine, name, text, missing):
    (tmp_path / name).write_text(text)
    frame = one(engine(name), abs_path="chrome-extension://abcdef/index.js")
    assert (frame["data"]["symbolicator_status"] == "missing") is missing
    assert bool(frame["data"].get("problems")) is missing


def test_an_extension_s_frames_lack_a_file_where_it_was_given_as_a_zip(tmp_path, engine):
    with zipfile.ZipFile(tmp_path / "till.zip", "w") as packed:
        packed.writestr("manifest.json", '{"manifest_version": 3, "name": "Till"}')
    frame = one(engine("till.zip"), abs_path="chrome-extension://abcdef/index.js")
    assert frame["data"]["symbolicator_status"] == "missing"
