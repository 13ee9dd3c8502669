"""What the build calls a React Native bundle that runs under another name: a development server's URL, an update that was downloaded.

Metro's server gives one bundle for many requests (`/index.bundle?platform=ios&dev=false`, `/index.bundle//&platform=ios`); Expo and
CodePush keep what they downloaded under a hash. The build knows it as `index.android.bundle`, or as `main.jsbundle`.
"""

from __future__ import annotations

from symbolicator.keys import url_segments

_ANDROID = ("index.android.bundle",)
IOS_NAMES = ("main.jsbundle", "index.ios.bundle")
_UPDATES = (".expo", "ExponentExperienceData", "CodePush", "codepush")


def bundle_names(url: str) -> tuple[str, ...]:
    """Names that the bundle at `url` may have in the build's folder, beside its own; () where `url` is no bundle's.

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
    is_update = any(word in path for word in _UPDATES)
    if not (is_update or name.endswith((".bundle", ".jsbundle")) or scheme == "assets"):
        return ()
    known = _ANDROID if _is_android(url, path) else IOS_NAMES if _is_ios(url, path) else (*_ANDROID, *IOS_NAMES)
    return tuple(dict.fromkeys((name, *known) if name.endswith((".bundle", ".jsbundle")) else known))


def _is_android(url: str, path: str) -> bool:
    return "platform=android" in url or ".android." in path or "/data/user/" in path or "/data/data/" in path or "/data/app/" in path


def _is_ios(url: str, path: str) -> bool:
    return "platform=ios" in url or ".ios." in path or path.endswith(".jsbundle") or "/Containers/" in path or "/var/containers/" in path
