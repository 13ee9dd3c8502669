"""Symbolication: production stack frames back to what somebody wrote.

    from symbolicator import symbolicate
    event = symbolicate(event, files="dist/")

Everything public is named here; nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symbolicator._version import __version__

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.engine import Symbolicator, symbolicate
    from symbolicator.errors import ConfigError, LimitExceeded, MalformedArtifact, SymbolicatorError, TraceError
    from symbolicator.explain import Explanation
    from symbolicator.model import Event, Frame, Image, Stacktrace, Status
    from symbolicator.problems import Problem, ProblemType
    from symbolicator.rendering import render
    from symbolicator.settings import Settings
    from symbolicator.traces import parse_trace
    from symbolicator.transformers import Transformer

__all__ = [
    "Bounds",
    "ConfigError",
    "Event",
    "Explanation",
    "Frame",
    "Image",
    "LimitExceeded",
    "MalformedArtifact",
    "Problem",
    "ProblemType",
    "Settings",
    "Stacktrace",
    "Status",
    "Symbolicator",
    "SymbolicatorError",
    "TraceError",
    "Transformer",
    "__version__",
    "parse_trace",
    "render",
    "symbolicate",
]

_HOME = {
    "Bounds": "bounds",
    "ConfigError": "errors",
    "Event": "model",
    "Explanation": "explain",
    "Frame": "model",
    "Image": "model",
    "LimitExceeded": "errors",
    "MalformedArtifact": "errors",
    "Problem": "problems",
    "ProblemType": "problems",
    "Settings": "settings",
    "Stacktrace": "model",
    "Status": "model",
    "Symbolicator": "engine",
    "SymbolicatorError": "errors",
    "TraceError": "errors",
    "Transformer": "transformers",
    "parse_trace": "traces",
    "render": "rendering",
    "symbolicate": "engine",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when first used (PEP 562), so that a script that needs one door pays for one."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
