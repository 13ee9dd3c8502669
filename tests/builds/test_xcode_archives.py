"""Xcode's archives and bundles: what `check` and `files id` say of them."""

import shutil
from pathlib import Path

import pytest

from symbolicator import ConfigError
from symbolicator.builds import check, describe
from tests.makers.macho import ARM64, CODE, DSYM, EXECUTE, PIE, TEXT, X86_64, Maker, fat

APP = "3c28a1aa-6b94-3239-aa75-ab67454dc7f2"
OTHER = "6a0afe0f-69b4-39ad-9f42-ced873bd43b9"


def program(uuid, cpu=ARM64):
    """A stripped program."""
    return bytes(Maker(cpu=cpu, kind=EXECUTE, flags=PIE).uuid(bytes.fromhex(uuid.replace("-", ""))).code().build())


def dsym(uuid, cpu=ARM64):
    maker = Maker(cpu=cpu, kind=DSYM).uuid(bytes.fromhex(uuid.replace("-", ""))).section("__text", 0x100, "__TEXT", TEXT + 0x400, CODE)
    return bytes(maker.section("__debug_info", bytes(12)).symbol("_f", 0x400).build())


def archive(folder, dsyms):
    """An .xcarchive with one app, and dSYMs by name of their bundle."""
    root = folder / "App 1.2.xcarchive"
    app = root / "Products" / "Applications" / "App.app"
    app.mkdir(parents=True)
    (app / "App").write_bytes(program(APP))
    for name, content in dsyms.items():
        inner = root / "dSYMs" / name / "Contents" / "Resources" / "DWARF"
        inner.mkdir(parents=True)
        (inner / name.partition(".")[0]).write_bytes(content)
    return root


def told(root):
    return {Path(one.file).name: [(each.level, each.what, each.hint) for each in one.troubles] for one in check([root]).files}


def test_an_archive_without_the_dsym_says_its_uuid_and_how_to_find_it(tmp_path):
    ((level, what, hint),) = told(archive(tmp_path, {}))["App"]
    assert level == "fail"
    assert APP in what
    assert f"mdfind 'com_apple_xcode_dsym_uuids == {APP.upper()}'" in hint


def test_an_archive_with_a_foreign_dsym_says_both_uuids(tmp_path):
    root = archive(tmp_path, {"App.app.dSYM": dsym(OTHER)})
    troubles = check([root]).files[0].troubles
    foreign = next(one for one in troubles if "is from another build" in one.what)
    assert "App.app.dSYM" in foreign.what
    assert OTHER in foreign.what
    assert APP in foreign.what
    assert APP.upper() in foreign.hint


def test_an_archive_with_its_dsym_lacks_none(tmp_path):
    root = archive(tmp_path, {"App.app.dSYM": dsym(APP)})
    assert not any("UUID" in what or "build" in what for troubles in told(root).values() for _, what, _ in troubles)


def test_a_bundle_of_two_architectures_has_each_with_its_uuid(tmp_path):
    content = bytes(fat((ARM64, 0, dsym(APP)), (X86_64, 3, dsym(OTHER, X86_64))))
    root = archive(tmp_path, {"App.app.dSYM": content})
    found = describe(root / "dSYMs" / "App.app.dSYM")
    assert [(one["arch"], one["debug_id"]) for one in found["slices"]] == [("arm64", APP), ("x86_64", OTHER)]


def test_a_bundle_of_several_files_has_them_all(tmp_path):
    root = archive(tmp_path, {"App.app.dSYM": dsym(APP)})
    bundle = root / "dSYMs" / "App.app.dSYM"
    (bundle / "Contents" / "Resources" / "DWARF" / "Kit").write_bytes(dsym(OTHER))
    found = describe(bundle)
    assert found["kind"] == "bundle"
    assert [(Path(one["file"]).name, one["debug_id"]) for one in found["files"]] == [("App", APP), ("Kit", OTHER)]


def test_a_folder_that_is_no_bundle_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="is a folder"):
        describe(tmp_path)


def test_a_dsym_in_a_zip_is_the_app_s(tmp_path):
    root = archive(tmp_path, {"App.app.dSYM": dsym(APP)})
    shutil.make_archive(str(root / "dSYMs"), "zip", root / "dSYMs")
    shutil.rmtree(root / "dSYMs")
    assert not any("UUID" in what or "build" in what for troubles in told(root).values() for _, what, _ in troubles)
