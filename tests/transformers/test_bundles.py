"""React Native's bundles where Expo's export left them: which one an app that was updated over the air ran."""

import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import build

ANDROID = "/data/user/0/org.isle/files/.expo-internal/0d9f2a77e4b1c653.hbc"
IOS = "/var/mobile/Containers/Data/Application/4B1D/Library/Application Support/.expo-internal/0d9f2a77e4b1c653.hbc"
UNKNOWN = "/somewhere/.expo-internal/bundle-1712345678"


def at(files, url, **event):
    """(source, the problems' words) of a frame at `url`."""
    frame = {"function": "a.total", "abs_path": url, "lineno": 1, "colno": 35}
    with Symbolicator([str(files)], cache_dir=False, strict=True) as engine:
        (out,) = engine.symbolicate({"platform": "javascript", "frames": [frame], **event})["frames"]
    return (out.get("filename") or out["abs_path"]).rpartition("/")[2], " ".join(
        problem["detail"] for problem in out["data"].get("problems", ())
    )


def export(folder, **platforms):
    """What `expo export` writes: a bundle and a map for each of `platforms`, whose source is named after it, and metadata.json."""
    for platform, name in platforms.items():
        build(folder, f"_expo/static/js/{platform}/{name}", f"{name}.map", f"../src/{platform}.ts")
    bundles = {platform: {"bundle": f"_expo/static/js/{platform}/{name}", "assets": []} for platform, name in platforms.items()}
    (folder / "metadata.json").write_text(json.dumps({"version": 0, "bundler": "metro", "fileMetadata": bundles}))


@pytest.mark.parametrize("ending", ["hbc", "js"])
@pytest.mark.parametrize(
    ("url", "source"),
    [
        (ANDROID, "android.ts"),
        ("/data/data/org.isle/files/.expo-internal/bundle-1712345678", "android.ts"),
        ("index.android.bundle", "android.ts"),
        ("assets://index.android.bundle", "android.ts"),
        (IOS, "ios.ts"),
        ("main.jsbundle", "ios.ts"),
    ],
)
def test_an_update_ran_its_platform_s_bundle_of_the_export(tmp_path, url, source, ending):
    export(tmp_path, android=f"index-8e20c4.{ending}", ios=f"index-51ab90.{ending}", web=f"index-7d2f18.{ending}")
    assert at(tmp_path, url) == (source, "")


def test_of_two_platforms_bundles_neither_is_chosen_where_nothing_tells_which_it_was(tmp_path):
    export(tmp_path, android="index-8e20c4.hbc", ios="index-51ab90.hbc")
    source, said = at(tmp_path, UNKNOWN)
    assert source == "bundle-1712345678"
    assert "index-8e20c4.hbc" in said
    assert "index-51ab90.hbc" in said
    # The event may tell.
    assert at(tmp_path, UNKNOWN, contexts={"os": {"name": "iOS"}}) == ("ios.ts", "")
    assert at(tmp_path, UNKNOWN, contexts={"os": {"name": "Android"}}) == ("android.ts", "")


def test_a_platform_s_bundle_is_not_another_s(tmp_path):
    export(tmp_path, ios="index-51ab90.hbc", web="index-7d2f18.js")
    assert at(tmp_path, ANDROID)[0] == "0d9f2a77e4b1c653.hbc"
    assert at(tmp_path, UNKNOWN) == ("ios.ts", "")


@pytest.mark.parametrize("name", ["index.android.bundle", "main.jsbundle"])
def test_two_bundles_by_their_usual_names_are_an_ambiguity_too(tmp_path, name):
    build(tmp_path, "index.android.bundle", "index.android.bundle.map", "../src/android.ts")
    build(tmp_path, "main.jsbundle", "main.jsbundle.map", "../src/ios.ts")
    assert at(tmp_path, name)[1] == ""
    assert "2 files fit equally well" in at(tmp_path, UNKNOWN)[1]
    assert at(tmp_path, UNKNOWN, contexts={"os": {"name": "iOS"}}) == ("ios.ts", "")


@pytest.mark.parametrize(
    "name",
    ["de6b708ef4031fd66a9ac4afafdfa031", "bundle-613EDD44F3305B9D75D4679663900F2BCDDDC326F247CA3202A3A4219FD412D3", "bundle-1712345678"],
)
def test_an_update_whose_folders_an_sdk_cut_off_is_one_still(tmp_path, name):
    # getsentry/sentry-react-native#1559: `at ai(app:///de6b708ef4031fd66a9ac4afafdfa031:106:54895)`
    build(tmp_path, "index.android.bundle", "index.android.bundle.map", "../src/android.ts")
    assert at(tmp_path, f"app:///{name}") == ("android.ts", "")
    for other in (f"https://isle.example/{name}", f"app:///assets/{name}", f"app:///{name}.png", "app:///deadbeef"):
        assert at(tmp_path, other)[0] == other.rpartition("/")[2]


def test_a_bundle_of_any_name_is_found_by_it(tmp_path):
    # getsentry/sentry-react-native#1767
    build(tmp_path, "mitra.android.hermes", "mitra.android.hermes.map", "../src/android.ts")
    (tmp_path / "mitra.android.hermes").unlink()
    assert at(tmp_path, "/data/user/0/org.isle/files/mitra.android.hermes") == ("android.ts", "")


@pytest.mark.parametrize("folder", ["_expo", "_expo/static/js/android", "_expo/static/js/android/index-8e20c4.hbc.map"])
def test_a_part_of_the_export_will_do(tmp_path, folder):
    export(tmp_path, android="index-8e20c4.hbc")
    assert at(tmp_path / folder, ANDROID) == ("android.ts", "")


def test_the_map_alone_will_do(tmp_path):
    export(tmp_path, android="index-8e20c4.hbc", ios="index-51ab90.hbc")
    for bundle in tmp_path.rglob("*.hbc"):
        bundle.unlink()
    assert at(tmp_path, ANDROID) == ("android.ts", "")


def test_the_metadata_tells_the_bundle_from_those_of_exports_before_it(tmp_path):
    build(tmp_path, "_expo/static/js/android/index-0ddba1.hbc", "index-0ddba1.hbc.map", "../src/old.ts")
    export(tmp_path, android="index-8e20c4.hbc")
    assert at(tmp_path, ANDROID) == ("android.ts", "")
    (tmp_path / "metadata.json").unlink()
    assert "2 files fit equally well" in at(tmp_path, ANDROID)[1]


@pytest.mark.parametrize("text", ["", "[]", '{"fileMetadata": 7}', '{"fileMetadata": {"android": {"bundle": "../../../etc/passwd"}}}'])
def test_a_file_that_only_looks_like_the_metadata_names_nothing(tmp_path, text):
    export(tmp_path, android="index-8e20c4.hbc", ios="index-51ab90.hbc")
    (tmp_path / "metadata.json").write_text(text)
    assert at(tmp_path, ANDROID) == ("android.ts", "")


@pytest.mark.parametrize("comment", ["android-2b6e1f.map", None])
def test_older_exports_call_the_map_by_the_bundle_s_name_without_its_ending(tmp_path, comment):
    for platform, name in (("android", "android-2b6e1f"), ("ios", "ios-99c0de")):
        build(tmp_path, f"bundles/{name}.js", comment and f"{name}.map", f"../src/{platform}.ts")
        (tmp_path / f"bundles/{name}.js.map").rename(tmp_path / f"bundles/{name}.map")
    assert at(tmp_path, ANDROID) == ("android.ts", "")
    assert at(tmp_path, IOS) == ("ios.ts", "")


def test_a_web_export_is_found_by_its_path(tmp_path):
    export(tmp_path, android="index-8e20c4.hbc", web="index-7d2f18.js")
    assert at(tmp_path, "https://isle.example/_expo/static/js/web/index-7d2f18.js") == ("web.ts", "")


def test_a_map_called_without_its_script_s_ending_counts_only_beside_it(tmp_path):
    build(tmp_path, "a/app.js", None)
    (tmp_path / "b").mkdir()
    (tmp_path / "a/app.js.map").rename(tmp_path / "b/app.map")
    assert at(tmp_path, "https://cdn.example/app.js")[0] == "app.js"
    (tmp_path / "b/app.map").rename(tmp_path / "a/app.map")
    assert at(tmp_path, "https://cdn.example/app.js")[0] == "cart.ts"


def test_a_bundle_s_usual_name_that_no_frame_said_leads_to_the_only_script_with_a_map(tmp_path):
    build(tmp_path, "shop.js", "shop.js.map", "../src/only.ts")
    frame = {"function": "a.total", "abs_path": "index.android.bundle", "lineno": 1, "colno": 35}
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:
        assumed, said = engine.symbolicate_frames([{**frame, "data": {"assumed_path": True}}])[0], engine.symbolicate_frames([frame])[0]
    assert assumed["filename"].endswith("only.ts")
    assert said["data"]["symbolicator_status"] == "missing"
