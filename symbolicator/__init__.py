"""Symbolication: from production stack frames back to source code.

    from symbolicator import symbolicate
    event = symbolicate(event, files="dist/")

All public names are listed here; nothing slow is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator._version import __version__
from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator import builds
    from symbolicator.bounds import Bounds
    from symbolicator.engine import Symbolicator
    from symbolicator.errors import ConfigError, LimitExceeded, MalformedArtifact, SymbolicatorError, TraceError
    from symbolicator.explain import Explanation
    from symbolicator.keys import FileKind, Key
    from symbolicator.lookup import Lookup
    from symbolicator.model import Event, Frame, Image, Stacktrace, Status
    from symbolicator.one_call import symbolicate
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
    "FileKind",
    "Frame",
    "Image",
    "Key",
    "LimitExceeded",
    "Lookup",
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
    "builds",
    "parse_trace",
    "render",
    "symbolicate",
]

_HOME = {
    "Bounds": "bounds",
    "ConfigError": "errors",
    "Event": "model",
    "Explanation": "explain",
    "FileKind": "keys",
    "Frame": "model",
    "Image": "model",
    "Key": "keys",
    "LimitExceeded": "errors",
    "Lookup": "lookup",
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
    "builds": "builds",
    "parse_trace": "traces",
    "render": "rendering",
    "symbolicate": "one_call",
}

__getattr__ = load_lazily(__name__, _HOME)
