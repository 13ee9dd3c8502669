"""Two speeds, one answer: files read unit by unit, and compiled whole."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts import directory
from symbolicator.transformers import native_images

NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
WHOLE = ("breakpad-", "macho-debug-map")
"""Formats that are compiled whole, whatever their size."""
CASES = sorted(one for one in NATIVE.glob("*/expected.json") if not one.parent.name.startswith(WHOLE))


def events(case, seed):
    """Two events over the addresses of a case and some beside them, in no order; the second has what the first has not."""
    chance = random.Random(seed)
    addresses = [int(look["addr"], 16) for look in case["lookups"]]
    addresses = sorted({address + shift for address in addresses for shift in (0, 1, 5, -3)})
    chance.shuffle(addresses)
    addresses = addresses[:400]
    half = len(addresses) // 2
    return [
        {
            "platform": "native",
            "debug_meta": {"images": case["images"]},
            "frames": [{"instruction_addr": hex(max(address, 0))} for address in some],
        }
        for some in (addresses[:half], addresses[half:])
    ]


def frames(engine, event):
    return engine.symbolicate(event)["frames"]


@pytest.mark.parametrize("expected", CASES, ids=lambda path: path.parent.name)
def test_unit_by_unit_a_file_answers_as_it_does_whole(expected, tmp_path, monkeypatch):
    case = json.loads(expected.read_text())
    files = [str(expected.parent / file) for file in case["files"]]
    first, second = events(case, expected.parent.name)
    with Symbolicator(files, cache_dir=False) as engine:
        want = frames(engine, first), frames(engine, second)
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)
    with Symbolicator(files, cache_dir=tmp_path) as engine:
        assert (frames(engine, first), frames(engine, second)) == want, "cold"
    tables = sorted((tmp_path / "tables").rglob("*.table"))
    assert {table.parent.name.rpartition("-")[0] for table in tables} >= {"native-outline"}
    assert not list((tmp_path / "tables").glob("native-[0-9]*"))
    with Symbolicator(files, cache_dir=tmp_path) as engine:
        assert (frames(engine, second), frames(engine, first)) == want[::-1], "warm"
    chance = random.Random(7)
    for table in chance.sample(tables, -(-len(tables) // 2)):
        if chance.random() < 0.5:
            table.unlink()
        else:
            content = bytearray(table.read_bytes())
            content[chance.randrange(len(content))] ^= 0x10
            table.write_bytes(content)
    with Symbolicator(files, cache_dir=tmp_path) as engine:
        assert (frames(engine, second), frames(engine, first)) == want[::-1], "after losses"


def test_where_the_whole_table_is_there_it_is_used(tmp_path, monkeypatch):
    case = json.loads(CASES[0].read_text())
    files = [str(CASES[0].parent / file) for file in case["files"]]
    first, _ = events(case, 1)
    with Symbolicator(files, cache_dir=tmp_path) as engine:
        want = frames(engine, first)
    made = sorted(path.name for path in (tmp_path / "tables").iterdir())
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)
    with Symbolicator(files, cache_dir=tmp_path) as engine:
        assert frames(engine, first) == want
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == made


def test_a_file_that_goes_away_is_read_on_where_it_is_open(tmp_path, monkeypatch):
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)
    for name in ("LOOK_AGAIN", "LOOK_AGAIN_MISSING"):  # on a busy machine seconds go by
        monkeypatch.setattr(directory, name, 1e9)
    path = next(path for path in CASES if path.parent.name == "gcc-dwarf5")
    case = json.loads(path.read_text())
    first, second = events(case, 2)
    with Symbolicator([str(path.parent / file) for file in case["files"]], cache_dir=False) as engine:
        frames(engine, first)
        want = frames(engine, second)
    copies = [tmp_path / Path(file).name for file in case["files"]]
    for copy, file in zip(copies, case["files"], strict=True):
        copy.write_bytes((path.parent / file).read_bytes())
    with Symbolicator([str(copy) for copy in copies], cache_dir=False) as engine:
        frames(engine, first)
        for copy in copies:
            copy.unlink()
        have = frames(engine, second)
    for frame in (*have, *want):
        frame["data"].pop("debug_file", None)  # they were of two folders
    assert have == want
    assert any(frame.get("lineno") for frame in have)


def test_many_threads_read_units_of_one_file_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)
    path = next(path for path in CASES if path.parent.name == "rust-v0")
    case = json.loads(path.read_text())
    files = [str(path.parent / file) for file in case["files"]]
    several = [event for seed in range(6) for event in events(case, seed)]
    with Symbolicator(files, cache_dir=False) as engine:
        want = [frames(engine, event) for event in several]
    with Symbolicator(files, cache_dir=tmp_path) as engine, ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda event: frames(engine, event), several)) == want
