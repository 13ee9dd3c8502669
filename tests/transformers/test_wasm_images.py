"""Events that list WebAssembly modules among their images, as SDKs for browsers and native ones write them."""

from symbolicator import Symbolicator
from tests.makers.wasm import CODE, FIXTURES, HEADER, custom, leb, without

BUILD_ID = bytes(range(1, 21))
HEAVIEST = [("lift", 31), ("heaviest", 16), ("share", 10)]


def frames(folder, *offsets, **image):
    """Function and line of what an event's frames at offsets in one module are, caller first; and the event."""
    listed = {"type": "wasm", "code_file": "https://crane.example/crane.wasm", **image}
    sent = [{"platform": "native", "instruction_addr": hex(one), "addr_mode": "rel:0"} for one in offsets]
    event = {"platform": "javascript", "debug_meta": {"images": [listed]}, "stacktrace": {"frames": sent}}
    with Symbolicator(files=[folder], cache_dir=False) as engine:
        found = engine.symbolicate(event)
    return [(one.get("function"), one.get("lineno")) for one in found["stacktrace"]["frames"]], found


def with_id(module: bytes) -> bytes:
    return module + custom("build_id", leb(len(BUILD_ID)) + BUILD_ID)


def test_a_call_is_looked_up_where_the_engine_says_and_not_before_it():
    answer, event = frames(FIXTURES / "dwarf5", 0x63, 0x131)
    assert answer == HEAVIEST
    assert event["debug_meta"]["images"][0]["debug_status"] == "found"
    assert [one["data"]["lookup_addr"] for one in event["stacktrace"]["frames"]] == ["0x63", "0x131", "0x131"]


def test_a_build_id_finds_the_module_whatever_it_is_called_and_another_one_is_refused(tmp_path):
    (tmp_path / "other.wasm").write_bytes(with_id((FIXTURES / "dwarf5" / "crane.wasm").read_bytes()))
    assert frames(tmp_path, 0x63, 0x131, code_id=BUILD_ID.hex())[0] == HEAVIEST
    (tmp_path / "crane.wasm").write_bytes((tmp_path / "other.wasm").read_bytes())
    assert frames(tmp_path, 0x63, 0x131, code_id="00" * 20)[0] == [(None, None)] * 2


def test_a_debug_file_without_code_counts_from_that_of_the_module(tmp_path):
    whole = with_id((FIXTURES / "separate" / "crane.debug.wasm").read_bytes())
    debug = tmp_path / "crane.debug.wasm"
    debug.write_bytes(without(whole, CODE))
    answer, event = frames(tmp_path, 0x63, 0x131, code_id=BUILD_ID.hex())
    assert answer == [(None, None)] * 2
    assert "has no code" in event["stacktrace"]["frames"][0]["data"]["problems"][0]["detail"]
    (tmp_path / "crane.wasm").write_bytes(with_id((FIXTURES / "separate" / "crane.wasm").read_bytes()))
    assert frames(tmp_path, 0x63, 0x131, code_id=BUILD_ID.hex())[0] == HEAVIEST


def test_what_is_cut_to_its_header_is_missing_and_no_bug(tmp_path):
    (tmp_path / "crane.wasm").write_bytes(HEADER)
    assert frames(tmp_path, 0x63)[0] == [(None, None)]
