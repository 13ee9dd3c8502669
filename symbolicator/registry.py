"""Which transformers exist, and in which order they run.

Built-ins are `"module:Class"` strings, so that importing the package loads none of them. Third parties publish an entry point
in the group `symbolicator.transformers`: installing makes a transformer available, naming it in the settings makes it active.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from symbolicator.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from symbolicator.settings import Settings
    from symbolicator.transformers import Transformer

ENTRY_POINT_GROUP = "symbolicator.transformers"

BUILT_IN = {
    "react_native": "symbolicator.transformers.react_native:ReactNative",
    "webassembly": "symbolicator.transformers.webassembly:WebAssembly",
    "javascript": "symbolicator.transformers.javascript:JavaScript",
    "jvm": "symbolicator.transformers.jvm:Jvm",
    "dotnet": "symbolicator.transformers.dotnet:Dotnet",
    "native": "symbolicator.transformers.native:Native",
    "readable": "symbolicator.transformers.readable:Readable",
    "commits": "symbolicator.transformers.commits:Commits",
    "grouping": "symbolicator.transformers.grouping:Grouping",
}

# Order matters: a transformer sees only frames that are still raw when its turn comes. React Native first because it sets the platforms of
# a mixed stack for the others; WebAssembly before JavaScript because engines report both in the same form; .NET before native because its
# offsets in IL look like addresses; native after them because it takes any frame with an address; last what has nothing to do.
DEFAULTS = ("react_native", "webassembly", "javascript", "jvm", "dotnet", "native", "readable")


def _published() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, and needed only for names that are not built in

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def installed() -> dict[str, str]:
    """Every available transformer: name → where it is defined (`module:Class`)."""
    return {**BUILT_IN, **{name: point.value for name, point in _published().items() if name not in BUILT_IN}}


def expand(names: Sequence[str]) -> tuple[str, ...]:
    """`names` with `"defaults"` replaced by the built-in order, each name once, at its first place."""
    flat = [inner for name in names for inner in (DEFAULTS if name == "defaults" else (name,))]
    return tuple(dict.fromkeys(flat))


def load(names: Sequence[str], settings: Settings) -> tuple[Transformer, ...]:
    """New transformers called `names`, then `commits` if there are clones to ask, and `grouping` if it is wanted. Raises ConfigError for a
    name that is not installed, or a transformer that cannot be created.
    """
    wanted = ("commits",) * bool(settings.repos) + ("grouping",) * settings.grouping
    return tuple(_make(name, settings) for name in expand((*names, *wanted)))


def _make(name: str, settings: Settings) -> Transformer:
    from symbolicator.transformers import Transformer

    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        made = getattr(import_module(module), attribute)
    else:
        point = _published().get(name)
        if point is None:
            known = ", ".join(sorted(installed()))
            raise ConfigError(
                f"no transformer called {name!r} is installed", hint=f"installed: {known}; `defaults` stands for {', '.join(DEFAULTS)}"
            )
        try:
            made = point.load()
        except Exception as error:
            raise ConfigError(
                f"transformer {name!r} cannot be loaded from {point.value}: {error}", hint="reinstall the package that publishes it"
            ) from error
    try:
        transformer = made(settings) if getattr(made, "takes_settings", False) else made()
    except Exception as error:
        raise ConfigError(f"transformer {name!r} cannot be created: {error}") from error
    if not isinstance(transformer, Transformer):
        raise ConfigError(f"transformer {name!r} is {type(transformer).__name__}, not a subclass of symbolicator.Transformer")
    return transformer
