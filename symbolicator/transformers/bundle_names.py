"""What the build calls a React Native bundle that runs under another name: a development server's URL, an update that was downloaded.

Metro's server gives one bundle for many requests (`/index.bundle?platform=ios&dev=false`, `/index.bundle//&platform=ios`); Expo and
CodePush keep what they downloaded under a hash. The build knows it as `index.android.bundle`, or as `main.jsbundle`.
"""

from __future__ import annotations

from symbolicator.keys import url_segments
from symbolicator.patterns import regex

ANDROID, IOS = "android", "ios"
_ANDROID_NAMES = ("index.android.bundle",)
IOS_NAMES = ("main.jsbundle", "index.ios.bundle")
_UPDATE_NAME = regex(r"app:///+(?:bundle-)?(?:[0-9A-Fa-f]{32,64}|\d{10,13})$")
"""What is left of an update's path where an SDK writes `app:///` for the folders: a hash, or the time of the update."""
_UPDATES = (
    ".expo", "ExponentExperienceData", "CodePush", "codepush", "EXUpdates", "EmbeddedAppBundle", "/Caches/expo", "/Caches/host.exp.",
)  # fmt: skip
"""What paths of bundles have in them that were downloaded, or that Expo put into the app."""


_IOS_PATHS = (
    ".ios.", "/Containers/", "/var/containers/", "/Library/Caches/", "/Library/Application Support/", "/Library/Application%20Support/",
)  # fmt: skip


def bundle_names(url: str, system: str | None = None) -> tuple[str, ...]:
    """Names that the bundle at `url` may have in the build's folder, beside its own; () where `url` is no bundle's.

    `system` is the platform where the URL says none.

    >>> bundle_names("http://10.0.2.2:8081/index.bundle//&platform=android&dev=true")
    ('index.android.bundle',)
    >>> bundle_names("https://cdn.example/app.js")
    ()
    """
    path = url.removeprefix("address at ").partition("?")[0].partition("//&")[0]
    scheme, separator, rest = path.partition("://")
    name = (url_segments(path)[-1:] or [rest])[-1]
    if separator and "/" not in rest:  # `codepush://index.android.bundle`: what looks like a host is the file
        name = rest
    is_update = any(word in path for word in _UPDATES) or _UPDATE_NAME.match(path) is not None
    if not (is_update or name.endswith((".bundle", ".jsbundle")) or scheme == "assets"):
        return ()
    platform = platform_of(url) or system
    known = _ANDROID_NAMES if platform == ANDROID else IOS_NAMES if platform == IOS else (*_ANDROID_NAMES, *IOS_NAMES)
    return tuple(dict.fromkeys((name, *known) if name.endswith((".bundle", ".jsbundle")) else known))


def platform_of(url: str) -> str | None:
    """The platform that a bundle's URL or path says it ran on, `ANDROID` or `IOS`; None where it says nothing."""
    path = url.partition("?")[0].partition("//&")[0]
    if "platform=android" in url or any(part in path for part in (".android.", "/data/user/", "/data/data/", "/data/app/")):
        return ANDROID
    if "platform=ios" in url or path.endswith(".jsbundle") or any(part in path for part in _IOS_PATHS):
        return IOS
    return None
