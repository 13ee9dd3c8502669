"""Apple's crash reports as text: `Binary Images:` say which files, at which addresses; every other byte stays."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.debugfiles import DebugFile

FILES = Path(__file__).parents[3] / "fixtures" / "native" / "macho-dsym" / "files"
START = 0x104B14000


def _library():
    with DebugFile.open(FILES / "libsmoker.dylib") as file:
        return file.code_id, {one.name.decode(): one.address for one in file.container.symbols()}


UUID, AT = _library()
DEPTH, SUM = AT["smoke_depth"] + 8, AT["smoke_sum"] + 0x44
APP = "/private/var/containers/Bundle/Application/0A1B/My Apiary.app"
IMAGES = f"""Binary Images:
       0x102b00000 -        0x102b03fff My Apiary arm64  <6a0afe0f69b439ad9f42ced873bd43b9> {APP}/My Apiary
       {START:#x} -        {START + 0x7FFF:#x} libsmoker.dylib arm64  <{UUID}> {APP}/Frameworks/libsmoker.dylib
       0x1c7a09000 -        0x1c7a42fff libsystem_kernel.dylib arm64e  <aaaabbbbccccddddeeeeffff00001111> /usr/lib/system/libsystem_kernel.dylib
"""


def report(images=IMAGES, name="libsmoker.dylib"):
    return f"""Incident Identifier: 6D1F5C1B-1111-2222-3333-444455556666
Process:             My Apiary [512]
Code Type:           ARM-64 (Native)

Exception Type:  EXC_BAD_ACCESS (SIGSEGV)
Triggered by Thread:  0

Thread 0 name:  Dispatch queue: com.apple.main-thread
Thread 0 Crashed:
0   {name:<30}\t{START + DEPTH:#18x} {START:#x} + {DEPTH}
1   {name:<30}\t{START + SUM:#18x} smoke_sum + 68
2   My Apiary                     \t       0x102b00f00 0x102b00000 + 3840

Thread 1:
0   libsystem_kernel.dylib        \t       0x1c7a0a1bc mach_msg2_trap + 8
1   {name:<30}\t{START + AT["smoke"] + 16:#18x} {START:#x} + {AT["smoke"] + 16}

Thread 0 crashed with ARM Thread State (64-bit):
    x0: 0x0000000000000000   x1: 0x0000000000000000
    sp: 0x000000016d2f7a20   pc: {START + DEPTH:#018x} cpsr: 0x60001000

{images}
EOF
"""


def symbolicated(text):
    with Symbolicator(FILES, cache_dir=False) as engine:
        return engine.symbolicate_text(text)


def changed(text):
    out = symbolicated(text)
    before, after = text.splitlines(), out.splitlines()
    assert len(before) == len(after)
    return [new.split("\t")[-1].split(maxsplit=1)[1] for old, new in zip(before, after, strict=True) if old != new]


def test_frames_come_back_with_lines_and_nothing_else_changes():
    assert changed(report()) == ["smoke_depth (smoker.c:34)", "smoke_sum (smoker.c:43)", "smoke (smoker.c:51)"]


def test_the_images_of_the_list_are_the_events_with_uuid_architecture_path_and_extent():
    (image,) = [one for one in parse_trace(report())["debug_meta"]["images"] if "smoker" in one["code_file"]]
    assert image == {
        "type": "macho",
        "code_file": f"{APP}/Frameworks/libsmoker.dylib",
        "code_id": UUID,
        "debug_id": "-".join((UUID[:8], UUID[8:12], UUID[12:16], UUID[16:20], UUID[20:])),
        "arch": "arm64",
        "image_addr": hex(START),
        "image_size": 0x8000,
    }


DASHED = "-".join((UUID[:8], UUID[8:12], UUID[12:16], UUID[16:20], UUID[20:])).upper()


@pytest.mark.parametrize(
    "line",
    [
        # macOS: a version where iOS has the architecture, ids with dashes in upper case
        f"       {START:#x} -        {START + 0x7FFF:#x} +libsmoker.dylib (1.0 - 42) <{DASHED}> /Applications/My Apiary.app/libsmoker.dylib",
        f"       {START:#x} -        {START + 0x7FFF:#x} libsmoker.dylib (*) <{DASHED.lower()}> /Users/USER/*/libsmoker.dylib",
        # PLCrashReporter's
        f"{START:#x} - {START + 0x7FFF:#x} +libsmoker.dylib arm64  <{UUID}> /var/mobile/libsmoker.dylib",
        # no path
        f"{START:#x} - {START + 0x7FFF:#x} libsmoker.dylib arm64  <{UUID}>",
    ],
)
def test_images_are_read_as_each_system_writes_them(line):
    assert len(changed(report(f"Binary Images:\n{line}\n"))) == 3


def test_the_address_counts_where_a_frame_has_the_name_of_the_process_or_the_bundle():
    assert len(changed(report(name="com.example.apiary"))) == 3


def test_a_library_of_another_build_answers_nothing_and_both_uuids_are_named():
    text = report(IMAGES.replace(UUID, "11112222333344445555666677778888"))
    assert symbolicated(text) == text
    with Symbolicator(FILES, cache_dir=False) as engine:
        told = str(engine.explain(parse_trace(text)))
    assert "11112222333344445555666677778888" in told
    assert UUID in told.replace("-", "")


def test_addresses_in_one_line_below_the_last_exception_are_symbolicated():
    text = f"Last Exception Backtrace:\n(0x18a3b4c8c 0x1845d0ac8 {START + SUM:#x} 0x102b00f00)\n\n{IMAGES}"
    assert symbolicated(text) == text.replace(f"{START + SUM:#x} ", f"{START + SUM:#x} smoke_sum at smoker.c:43 ")


def test_what_is_missing_is_said_by_uuid_with_the_way_to_find_it():
    with Symbolicator(FILES, cache_dir=False) as engine:
        errors = engine.symbolicate(parse_trace(report().replace("mach_msg2_trap + 8", "0x1c7a09000 + 4540")))["errors"]
    hints = " ".join(one["hint"] for one in errors)
    assert "mdfind 'com_apple_xcode_dsym_uuids == 6A0AFE0F-69B4-39AD-9F42-CED873BD43B9'" in hints
    assert "DeviceSupport" in hints
