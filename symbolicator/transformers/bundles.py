"""React Native's bundles, which run under other names than in the build, and modules of RAM bundles.

For a development server's URL, a downloaded update, or a trace that names none, `bundle_names.py` has the usual names in builds and
`expo_exports.py` those of `expo export`. Of several that fit equally well none is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from symbolicator.artifacts.files import Found
from symbolicator.cached import cached_property
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.problems import ProblemType
from symbolicator.transformers.bundle_names import ANDROID, IOS, IOS_NAMES, bundle_names, platform_of
from symbolicator.transformers.expo_exports import Exported, exported_bundles
from symbolicator.transformers.ram_modules import ram_module
from symbolicator.transformers.script import HINT_NO_FILE, Generated, ambiguous, script_name
from symbolicator.transformers.script_maps import MAPS, ScriptMaps

_HINT_NO_BUNDLE = (
    "give the folder with React Native's bundle and its map with files= (Android: app/build/generated, where Gradle puts "
    "index.android.bundle and index.android.bundle.map; iOS: main.jsbundle.map, which SOURCEMAP_FILE names; Expo: what "
    "`expo export --source-maps` wrote)"
)
_SYSTEMS = {"android": ANDROID, "ios": IOS, "ipados": IOS}
"""Names of systems in `contexts.os.name`, in lower case."""


class Bundles:
    """The bundles of one event, found by other names than the frames'."""

    def __init__(self, lookup: Lookup, scripts: ScriptMaps) -> None:
        self._lookup = lookup
        self._scripts = scripts

    def find(self, url: str, known: Generated) -> Generated:
        """The files of `url` if it is a RAM bundle's module or a bundle; else `known`, the result for an ordinary script."""
        module = ram_module(self._lookup, url, MAPS)
        if module is not None or known.script is not None or any(p.type is ProblemType.AMBIGUOUS_FILE for p in known.problems):
            return module or known
        names = bundle_names(url, self._system)
        if not names:
            return known
        found = self._one(url, (name for name in names if name != url)) or self._one(url, self._exported(url))
        if found is not None:
            return found
        problems = (msgspec.structs.replace(p, hint=_HINT_NO_BUNDLE) if p.hint == HINT_NO_FILE else p for p in known.problems)
        return msgspec.structs.replace(known, problems=tuple(problems))

    def only(self, url: str, known: Generated) -> Generated:
        """The bundle of a trace that names none: the usual one on iOS, else the only script with a map."""
        found = [each for each in map(self._scripts.find, IOS_NAMES) if each.map is not None]
        if not found:
            maps = {script_name(artifact.path) for artifact in self._lookup.all(FileKind.SOURCEMAP)}
            names = maps or {artifact.path for artifact in self._lookup.all(FileKind.SCRIPT)}  # its map may be in the script
            found = [self._scripts.find(name) for name in names] if len(names) == 1 else []
        return msgspec.structs.replace(found[0], url=url) if len(found) == 1 and found[0].map is not None else known

    def _one(self, url: str, names: Iterable[str]) -> Generated | None:
        """The only script with a map among those called `names`, for `url`; an ambiguity if there are several, None if there is none."""
        found = {each.map_name: each for each in map(self._scripts.find, names) if each.map is not None}
        if len(found) <= 1:
            return next((msgspec.structs.replace(each, url=url) for each in found.values()), None)
        maps = tuple(each.map_artifact for each in found.values() if each.map_artifact is not None)
        return Generated(url=url, problems=(ambiguous(f"bundle {url}", Found(artifacts=maps)),))

    def _exported(self, url: str) -> list[str]:
        """Paths of exported bundles that `url` may be: for its platform, if the URL or the event says which."""
        platform = platform_of(url) or self._system
        own = [one.path for one in self._exports if platform is not None and one.platform == platform]
        return own or [one.path for one in self._exports if platform is None or one.platform is None]

    @cached_property
    def _exports(self) -> tuple[Exported, ...]:
        return exported_bundles(self._lookup)

    @cached_property
    def _system(self) -> str | None:
        """The platform of the event, if it says so."""
        contexts = self._lookup.event.source.get("contexts")
        system = contexts.get("os") if isinstance(contexts, Mapping) else None
        return _SYSTEMS.get(str(system.get("name")).lower()) if isinstance(system, Mapping) else None
