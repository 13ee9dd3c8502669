"""An upload store that grows while it is read: each look-up sees what was added, and goes through that alone."""

import os

import msgspec
import pytest

from symbolicator.artifacts.keyed import Keyed
from symbolicator.artifacts.uploaded import UploadedStore
from symbolicator.keys import FileKind, Key
from symbolicator.workshop import IDENTIFIERS
from tests.counting import steps
from tests.makers.builds import build
from tests.makers.uploads import bundle

from .test_uploading import add, store_in

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no locks of files")
ID, OTHER_ID = "85314830-023f-4cf1-a267-535f4e37bb17", "0f7fe2a6-0e3c-4a7e-9b3c-1f6f7d1c2b3a"
ENDINGS = (".map", ".gz")
KEYS = [
    Key(kind=kind, url=url, release=release)
    for kind in (FileKind.SOURCEMAP, FileKind.SCRIPT)
    for url in ("https://cdn.example/app.js.map", "https://cdn.example/app.js", "~/APP.js.map", "https://cdn.example/js/App.js.map")
    for release in ("shop@1", "shop@2", None)
] + [Key(kind=FileKind.SOURCEMAP, debug_id=debug_id) for debug_id in (ID, OTHER_ID)]


def answers(store):
    """All that a store says to questions of every kind."""
    asked = [store.find(key) for key in KEYS]
    may = [store.may_answer(url, ENDINGS) for url in ("x/app.js", "x/APP.JS", "x/app.js.map", "x/vendor.js", "x/other.js", "~/app.js")]
    return [(one.how, one.tried, one.fit, [artifact.path for artifact in one.artifacts]) for one in asked], may, [
        artifact.path for artifact in store.artifacts()
    ]  # fmt: skip


def uploads_of(tmp_path):
    """Calls of `add` that each change what is found: new names and releases, bundles, the same release again, another spelling."""
    texts = []
    for number, debug_id in ((0, ID), (1, OTHER_ID), (2, None)):
        build(tmp_path / "dist", x_number=number, debug_id=debug_id)
        texts.append([(tmp_path / "dist" / name).read_bytes() for name in ("app.js", "app.js.map")])
    yield texts[2][1], {"name": "app.js.map"}
    for number in (0, 1, 0, 1):
        script, its_map = texts[number]
        for release in ("shop@1", "shop@2"):
            yield (
                bundle([("~/app.js", script, None), ("~/app.js.map", its_map, None)], release=release, dist=str(number)),
                {"name": "artifacts.zip", "release": release},
            )
            yield its_map, {"name": "app.js.map", "release": release, "dist": str(number)}
    yield texts[0][0], {"name": "js/App.js", "url": "~/js/App.js"}
    yield texts[0][1], {"name": "js/App.js.map", "url": "~/js/App.js.map"}
    yield texts[1][1], {"name": "app.js.map"}


def test_a_store_that_grew_answers_as_one_that_is_read_whole(tmp_path):
    uploads = store_in(tmp_path / "store")
    grown = UploadedStore(tmp_path / "store", IDENTIFIERS)
    seen = []
    for content, known in uploads_of(tmp_path):
        add(uploads, content, **known)
        said = answers(grown)
        assert said == answers(UploadedStore(tmp_path / "store", IDENTIFIERS)), known
        seen.append(said[0])
    assert len({str(one) for one in seen}) > 5  # they did change what is found


def list_more(uploads, count):
    """Have the journal list `count` more files, each of a release of its own."""
    entry = next(iter(uploads.journal.entries.values()))
    with uploads.journal.locked():
        there = len(uploads.journal.entries)
        for at in range(there, there + count):
            path = f"shop@x{at}/app.js.map"
            uploads.journal.append(
                msgspec.structs.replace(entry, path=path, release=f"x{at}", record=msgspec.structs.replace(entry.record, path=path))
            )


def test_one_more_file_costs_as_much_in_a_large_store_as_in_a_small_one(tmp_path):
    uploads = store_in(tmp_path / "store")
    build(tmp_path / "dist", debug_id=ID)
    add(uploads, (tmp_path / "dist" / "app.js.map").read_bytes())
    store = UploadedStore(tmp_path / "store", IDENTIFIERS)
    costs = []
    for count in (20, 400):
        list_more(uploads, count)
        answers(store)
        list_more(uploads, 1)
        costs.append(steps(lambda: store.may_answer("x/other.js", ENDINGS)))
    assert len(store.artifacts()) == 423
    assert costs[1] <= costs[0] + 50


def test_what_grows_from_files_leaves_them_as_they_are_for_who_is_reading_them(tmp_path):
    uploads = store_in(tmp_path / "store")
    for content, known in uploads_of(tmp_path):
        add(uploads, content, **known)
    places = [one.place for one in UploadedStore(tmp_path / "store", IDENTIFIERS)._known_in(uploads.journal.entries.values())]
    some = Keyed(places[:-3])
    some.spelled(ENDINGS)
    before = {name: repr(value) for name, value in vars(some).items()}
    some.grown(places[-3:])
    assert {name: repr(value) for name, value in vars(some).items()} == before
