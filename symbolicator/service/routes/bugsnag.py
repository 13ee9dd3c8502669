"""BugSnag's way to upload JavaScript: a form with a source map, mostly its script, and what they belong to (`@bugsnag/source-maps`).

Wire format: docs.bugsnag.com/api/js-source-map-upload and …/rn-source-map-upload. The form's `apiKey` is not looked at: whoever uploads
has a token in `Authorization`, or in the path of its `--endpoint` (`/t/TOKEN/sourcemap`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from werkzeug.wrappers import Response

from symbolicator.artifacts.uploading import Known
from symbolicator.service.map_forms import MapForm, stored
from symbolicator.service.routes import Route, View
from symbolicator.service.routes.files import Uploaded

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_MAP, _URL = "sourceMap", "minifiedUrl"
_RELEASE, _DIST = ("codeBundleId", "appVersion"), ("appVersionCode", "appBundleVersion")
"""Fields that say it, the first one that is there counts: a bundle that was pushed to apps has an id of its own."""


def _known(said: Mapping[str, str], name: str) -> Known:
    return Known(name, _first(said, _RELEASE), _first(said, _DIST), _literal(said.get(_URL, ""), name))


def _first(said: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((said[name] for name in names if said.get(name)), None)


def _literal(url: str, name: str) -> str:
    """What a URL says behind its wildcards: only whole segments, and the `name` of the file if its last one has some.

    >>> _literal("http*://a.example/js/app.js", "x"), _literal("*example/js/app.js?*", "x"), _literal("//a.b/*/main-*.js", "main-1.js")
    ('https://a.example/js/app.js', 'js/app.js', 'main-1.js')
    """
    _, wild, rest = url.partition("?")[0].rpartition("*")
    if wild and rest.startswith("://"):
        return f"https{rest}"
    return (rest.partition("/")[2] if wild else rest) or name


def _route(path: str, form: MapForm, name: str, summary: str) -> Route:
    def make(work: Work) -> View:
        def upload() -> Response:
            return stored(work, form, _known)

        return upload

    return Route("POST", path, make, form.operation(name, summary), guarded=True, models=(Uploaded,), writes=True)


_BROWSER = MapForm(_MAP, "minifiedFile", (_URL, *_RELEASE))
_REACT_NATIVE = MapForm(_MAP, "bundle", (*_RELEASE, *_DIST))
ROUTES: Final = (
    _route("/sourcemap", _BROWSER, "bugsnagSourceMap", "Upload a source map as BugSnag's tools do"),
    _route("/react-native-source-map", _REACT_NATIVE, "bugsnagReactNative", "Upload a React Native bundle's source map as they do"),
)
