"""Where dSYMs lie: bundles, archives of Xcode, zips, symbol servers, caches; each found by UUID, however it is called."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from symbolicator import Symbolicator

FILES = Path(__file__).parents[2] / "fixtures" / "native" / "macho-dsym" / "files"
PROGRAM = FILES / "libsmoker.dylib"
DSYM = FILES / "libsmoker.dylib.dSYM" / "Contents" / "Resources" / "DWARF" / "libsmoker.dylib"


def uuid():
    from symbolicator.debugfiles import DebugFile

    with DebugFile.open(DSYM) as file:
        return file.debug_id.upper()


UUID = uuid()
ADDRESS = json.loads((FILES.parent / "expected.json").read_text())["lookups"][0]["addr"]
BARE = UUID.replace("-", "")


def place(folder, path, source=DSYM):
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def line(folder, code_file="/private/var/containers/Bundle/Application/X/App.app/Frameworks/libsmoker.dylib"):
    """What the first function's frame has: its file and line."""
    image = {"type": "macho", "debug_id": UUID, "code_file": code_file, "image_addr": "0x100000000", "image_size": 0x10000}
    event = {"platform": "cocoa", "debug_meta": {"images": [image]}, "frames": [{"instruction_addr": ADDRESS}]}
    with Symbolicator([str(folder)], cache_dir=False) as engine:
        (frame,) = engine.symbolicate(event)["frames"][-1:]
    return Path(frame.get("filename") or "").name, frame.get("lineno")


BUNDLE = "Contents/Resources/DWARF/libsmoker.dylib"


@pytest.mark.parametrize(
    "path",
    [
        # beside the build, deep below it, called otherwise
        f"libsmoker.dylib.dSYM/{BUNDLE}",
        f"a/b/c/Renamed.framework.dSYM/{BUNDLE}",
        "loose",
        # Xcode's archive, and its folder of the products of a build
        f"App 30.11.2026.xcarchive/dSYMs/libsmoker.dylib.dSYM/{BUNDLE}",
        f"Build/Products/Release-iphoneos/libsmoker.dylib.dSYM/{BUNDLE}",
        # as App Store Connect calls them, and CocoaPods' folders
        f"{UUID}.dSYM/{BUNDLE}",
        f"Pods/Sentry.xcframework/ios-arm64/dSYMs/libsmoker.dylib.dSYM/{BUNDLE}",
        # Xcode's symbols of a device, and what ipsw takes out of a shared cache
        "iOS DeviceSupport/17.4 (21E213) arm64e/Symbols/usr/lib/libsmoker.dylib",
        "21E213__iPhone14,2/usr/lib/libsmoker.dylib",
        # LLDB's, unified, SSQP's
        "/".join((*(BARE[at : at + 4] for at in range(0, 20, 4)), BARE[20:])),
        f"{BARE[:2].lower()}/{BARE[2:].lower()}/debuginfo",
        f"_.dsym/mach-uuid-sym-{BARE.lower()}/_.dwarf",
    ],
)
def test_a_dsym_is_found_wherever_it_lies(tmp_path, path):
    place(tmp_path, path)
    place(tmp_path, "Products/Applications/App.app/Frameworks/libsmoker.dylib", PROGRAM)
    found = line(tmp_path)
    assert found[0] == "smoker.c"
    assert found[1]


@pytest.mark.parametrize("prefix", ["", "dSYMs/"])
def test_a_dsym_in_a_zip_is_found_among_others(tmp_path, prefix):
    with zipfile.ZipFile(tmp_path / "appDsyms.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("__MACOSX/._libsmoker.dylib.dSYM", b"\0\5\x16\7" + bytes(60))
        packed.writestr(f"Other.framework.dSYM/{BUNDLE}", PROGRAM.read_bytes()[:-1])
        packed.writestr(f"{prefix}{UUID}.dSYM/Contents/Info.plist", (FILES / "libsmoker.dylib.dSYM/Contents/Info.plist").read_bytes())
        packed.write(DSYM, f"{prefix}{UUID}.dSYM/{BUNDLE}")
    assert line(tmp_path)[0] == "smoker.c"


def test_a_link_of_lldbs_tree_leads_to_the_file_in_the_bundle(tmp_path):
    place(tmp_path, f"bundles/libsmoker.dylib.dSYM/{BUNDLE}")
    link = tmp_path.joinpath(*(BARE[at : at + 4] for at in range(0, 20, 4)), BARE[20:])
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "bundles" / "libsmoker.dylib.dSYM" / BUNDLE)
    assert line(tmp_path)[0] == "smoker.c"


def test_a_dsym_of_the_same_name_and_another_uuid_is_not_taken(tmp_path):
    other = FILES.parents[1] / "macho-fat" / "files" / "App.app.dSYM" / BUNDLE
    place(tmp_path, f"libsmoker.dylib.dSYM/{BUNDLE}", other)
    assert line(tmp_path) == ("", None)
