"""Cabinets: what is in them is found as in any container, a symbol store's `app.pd_` as `app.pdb`; and a hostile one costs a note."""

import random
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from symbolicator import bounds
from symbolicator.artifacts import cabinets
from symbolicator.artifacts.cabinets import Cabinet
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.layouts import LayoutStore
from symbolicator.debugfiles.identify import identify
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind, Key
from tests.makers.cabinets import LZX, STORED, cabinet

STORE = Path(__file__).parents[2] / "fixtures" / "native" / "pdb-symstore" / "files" / "store"
PLAIN = STORE.parents[2] / "pdb-x64" / "files"
ID = "1c653c75-a0f7-dba8-4c4c-44205044422e-1"
PRESS = Key(kind=FileKind.DEBUG_FILE, debug_id=ID, url="C:\\build\\press.pdb")
CHANCE = random.Random(7)
FILES = {
    "a.pdb": b"apiary press " * 9_000,
    "leaf/b.dll": bytes(CHANCE.randrange(256) for _ in range(70_001)),
    "c.txt": b"",
    "größe": b"x",
}


def unpacked(data):
    found = Cabinet(memoryview(data))
    return {name: bytes(found.read(name)) for name in found.sizes}


@pytest.mark.parametrize("method", [STORED, 1])
@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize("reserves", [b"", b"room"])
def test_files_come_out_as_they_went_in(method, checksums, reserves):
    assert unpacked(cabinet(FILES, method, checksums=checksums, reserves=reserves)) == FILES


def test_files_come_out_in_any_order():
    found = Cabinet(memoryview(cabinet(FILES)))
    for name in ("größe", "a.pdb", "leaf/b.dll", "a.pdb"):
        assert found.read(name) == FILES[name]


def test_a_cabinet_of_a_real_tool_has_the_file():
    packed = next(STORE.glob("press.pdb/*/press.pd_")).read_bytes()
    assert unpacked(packed) == {"press.pdb": (PLAIN / "press.pdb").read_bytes()}


@pytest.mark.skipif(not shutil.which("gcab"), reason="gcab is not installed")
def test_what_gcab_packs_is_read(tmp_path):
    for name, content in FILES.items():
        (tmp_path / Path(name).name).write_bytes(content)
    names = [Path(name).name for name in FILES]
    for option in ([], ["-z"]):
        subprocess.run(["gcab", "-c", *option, "all.cab", *names], cwd=tmp_path, check=True, capture_output=True)
        assert unpacked((tmp_path / "all.cab").read_bytes()) == {Path(name).name: content for name, content in FILES.items()}


def test_a_symbol_store_has_the_compressed_file_where_the_plain_one_is_missing(tmp_path):
    shutil.copytree(STORE, tmp_path, dirs_exist_ok=True)
    packed = next(tmp_path.glob("press.pdb/*/press.pd_"))
    store = LayoutStore(tmp_path, Identifiers((identify,)))
    found = store.find(PRESS).artifacts
    assert [one.name for one in found] == [f"{packed}!press.pdb"]
    assert found[0].read() == (PLAIN / "press.pdb").read_bytes()
    assert found[0].digest() == DirectoryStore(PLAIN, identifiers=(identify,)).find(PRESS).artifacts[0].digest()
    shutil.copy(PLAIN / "press.pdb", packed.with_name("press.pdb"))
    assert LayoutStore(tmp_path, Identifiers((identify,))).find(PRESS).artifacts[0].name == str(packed.with_name("press.pdb"))


def test_a_cabinet_in_any_folder_stands_for_its_file(tmp_path):
    shutil.copy(next(STORE.glob("press.pdb/*/press.pd_")), tmp_path / "press.pd_")
    store = DirectoryStore(tmp_path, identifiers=(identify,))
    assert [one.name for one in store.find(PRESS).artifacts] == [f"{tmp_path}/press.pd_!press.pdb"]
    named = Key(kind=FileKind.DEBUG_FILE, url="press.pdb")
    assert [one.name for one in store.find(named).artifacts] == [f"{tmp_path}/press.pd_!press.pdb"]


@pytest.mark.parametrize(("method", "name"), [(LZX, "LZX"), (2, "Quantum"), (9, "method 9")])
def test_a_cabinet_of_another_method_says_how_to_unpack_it(tmp_path, method, name):
    (tmp_path / "press.pd_").write_bytes(cabinet({"press.pdb": b"x" * 99}, method))
    tried = DirectoryStore(tmp_path, identifiers=(identify,)).find(PRESS).tried
    assert f"{tmp_path}/press.pd_: cannot be unpacked: it is compressed with {name}; unpack it with `expand` or `cabextract`" in tried


def test_a_file_that_goes_on_in_another_cabinet_is_not_read():
    with pytest.raises(MalformedArtifact, match="another cabinet"):
        unpacked(cabinet({"a": b"x"}, folder=0xFFFE))


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([], "is cut off after 0 bytes"),
        ([(b"CK" + b"\xff" * 20, b"x" * 99)], "cannot be decompressed"),
        ([(b"KC", b"x" * 99)], "MSZIP"),
        ([(b"CK\x03\x00", b"x" * 99)], "a block of 0 bytes that declares 99"),
        ([(b"CK\x03\x00", b"")] * 3, "a block of 0 bytes that declares 0"),
    ],
)
def test_damaged_blocks_give_none_of_the_file(blocks, said):
    with pytest.raises(MalformedArtifact, match=said):
        unpacked(cabinet({"a": b"x" * 99}, blocks=blocks))


def test_a_block_with_another_checksum_is_damaged():
    data = bytearray(cabinet({"a": b"x" * 99}, STORED))
    data[-1] ^= 1
    with pytest.raises(MalformedArtifact, match="another checksum"):
        unpacked(data)


def test_what_expands_beyond_the_bounds_is_refused(monkeypatch):
    bomb = cabinet({"a": bytes(16 << 20)})
    assert len(bomb) < 80_000
    with pytest.raises(LimitExceeded, match="limit"):
        unpacked(bomb)
    monkeypatch.setattr(cabinets, "MAX_SIZE", 1 << 20)
    with pytest.raises(LimitExceeded, match="1048576"):
        unpacked(cabinet({"a": b"12" * (1 << 20)}, STORED))
    monkeypatch.setattr(cabinets, "MAX_MEMBERS", 2)
    with pytest.raises(LimitExceeded, match="3 members"):
        unpacked(cabinet(dict.fromkeys("abc", b"x")))


def test_a_folder_is_decompressed_once_however_many_files_it_has(monkeypatch):
    grown = []
    grow = Cabinet._grow
    monkeypatch.setattr(Cabinet, "_grow", lambda self, folder: grown.append(1) or grow(self, folder))
    found = Cabinet(memoryview(cabinet({str(turn): b"ab" * 1_000 for turn in range(500)})))
    for name in found.sizes:
        found.read(name)
    assert len(grown) == 31


def test_damage_raises_nothing_but_our_exceptions():
    whole = cabinet(FILES, reserves=b"room")
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(CHANCE.randint(1, 4)):
            at = CHANCE.randrange(min(len(data), 300)) if CHANCE.random() < 0.7 else CHANCE.randrange(len(data))
            data[at] = CHANCE.choice((0, 1, 0x7F, 0xFF, CHANCE.randrange(256)))
        with suppress(MalformedArtifact), bounds.kept_by(None):
            unpacked(data[: CHANCE.randrange(len(data))] if CHANCE.random() < 0.2 else data)
