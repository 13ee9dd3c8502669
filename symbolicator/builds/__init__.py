"""Checks builds before they ship: whether they will symbolicate, what a file is, and a store to keep files in.

    from symbolicator import builds
    report = builds.check(["dist/", "build/symbols/"])
    report.level                                   # "ok", "warn" or "fail"
    report.files[0].troubles[0].hint               # what to do about it
    builds.describe("libapp.so")["debug_id"]
    builds.add(["dist/"], "store/", release="1.4.2")

Paths go in, values come out; nothing is printed. `ConfigError` is raised for a path that does not exist or cannot be read, but never
for the content of files: that is in the report. Names are loaded when first used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator.builds.checking import Checked, Report, Trouble, check, checked
    from symbolicator.builds.facts import describe
    from symbolicator.builds.storing import Added, add

__all__ = ["Added", "Checked", "Report", "Trouble", "add", "check", "checked", "describe"]

_HOME = {
    "Added": "storing",
    "Checked": "checking",
    "Report": "checking",
    "Trouble": "checking",
    "add": "storing",
    "check": "checking",
    "checked": "checking",
    "describe": "facts",
}

__getattr__ = load_lazily(__name__, _HOME)
