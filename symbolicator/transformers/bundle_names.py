"""The build's name for a React Native bundle that ran under another name: a development server's URL, a downloaded update.

Metro's server has one bundle for many URLs (`/index.bundle?platform=ios&dev=false`, `/index.bundle//&platform=ios`); Expo and
CodePush store downloads under a hash. The build calls it `index.android.bundle`, or `main.jsbundle`.
"""

from __future__ import annotations

from symbolicator.keys import url_segments
from symbolicator.patterns import regex

ANDROID, IOS = "android", "ios"
_ANDROID_NAMES = ("index.android.bundle",)
IOS_NAMES = ("main.jsbundle", "index.ios.bundle")
_UPDATE_NAME = regex(r"app:///+(?:bundle-)?(?:[0-9A-Fa-f]{32,64}|\d{10,13})$")
"""What is left of an update's path if an SDK replaced the folders by `app:///`: a hash, or the time of the update."""
_UPDATES = (
    ".expo", "ExponentExperienceData", "CodePush", "codepush", "EXUpdates", "EmbeddedAppBundle", "/Caches/expo", "/Caches/host.exp.",
    "d1wp6m56sqw74a.cloudfront.net/", ".eascdn.net/",
)  # fmt: skip
"""Parts of paths of bundles that were downloaded, or that Expo put into the app."""


_IOS_PATHS = (
    ".ios.", "/Containers/", "/var/containers/", "/Library/Caches/", "/Library/Application Support/", "/Library/Application%20Support/",
)  # fmt: skip


def bundle_names(url: str, system: str | None = None) -> tuple[str, ...]:
    """Names that the bundle at `url` may have in the build's folder, beside its own; () if `url` is not a bundle's.

    `system` is the platform if the URL does not say.

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
    """The platform in a bundle's URL or path, `ANDROID` or `IOS`; None if it does not say."""
    path = url.partition("?")[0].partition("//&")[0]
    if path.endswith(("-ios.js", "-android.js")):  # as Expo publishes them
        return IOS if path.endswith("-ios.js") else ANDROID
    if "platform=android" in url or any(part in path for part in (".android.", "/data/user/", "/data/data/", "/data/app/")):
        return ANDROID
    if "platform=ios" in url or path.endswith(".jsbundle") or any(part in path for part in _IOS_PATHS):
        return IOS
    return None
