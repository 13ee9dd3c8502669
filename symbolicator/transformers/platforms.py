"""The language of a frame, recognized from the frame itself: one stack may have several.

A platform that the frame names is believed. Else an address is native code's, a script's name JavaScript's, and a class and a method
without one Java's or Kotlin's; what shows nothing is left to its stack's platform.
"""

from __future__ import annotations

from symbolicator.keys import SCRIPT_ENDINGS, WRITTEN_ENDINGS
from symbolicator.model import Frame

JAVASCRIPT, JAVA, NATIVE = "javascript", "java", "native"

_LANGUAGES = {
    "javascript": JAVASCRIPT,
    "node": JAVASCRIPT,
    "java": JAVA,
    "android": JAVA,
    "native": NATIVE,
    "cocoa": NATIVE,
    "objc": NATIVE,
    "swift": NATIVE,
    "c": NATIVE,
    "cpp": NATIVE,
}
_UNSURE = frozenset((None, "other", *_LANGUAGES))
"""Platforms of events that may have a React Native crash; frames of Python or .NET events are not checked."""

SCRIPTS = (*SCRIPT_ENDINGS, *WRITTEN_ENDINGS)
"""How the paths of JavaScript's frames end."""
_SCHEMES = ("http://", "https://", "app://", "codepush://", "metro://", "webpack", "node:")
_ENGINE_FILES = frozenset(("native", "[native code]"))
_JAVA_FILES = frozenset(("SourceFile", "Unknown Source", "Native Method", "unknown", "PG"))
_JAVA_ENDINGS = (".java", ".kt", ".scala", ".groovy", ".dex")


def language_of(platform: str | None) -> str | None:
    """`javascript`, `java` or `native` for the platform of a frame, a stack or an event; None for all others."""
    return _LANGUAGES.get(platform or "")


def seen_language(frame: Frame, default: str | None) -> str | None:
    """The language recognized for a frame without a platform; None if there is none, or `default` is another platform's."""
    if default not in _UNSURE:
        return None
    if frame.instruction_addr is not None:
        return NATIVE
    named = bool(frame.function and frame.module)
    if named and language_of(default) == JAVA:
        return JAVA  # also if the file is a script: Rhino and Nashorn compile those to classes
    if is_script(frame.abs_path) or is_script(frame.filename):
        return JAVASCRIPT
    return JAVA if named and _is_java(frame) else None


def is_script(path: str | None) -> bool:
    """Whether a frame's file is what a JavaScript engine runs.

    >>> is_script("http://localhost:8081/index.bundle?platform=ios"), is_script("MainActivity.java")
    (True, False)
    """
    if not path:
        return False
    if path.startswith(_SCHEMES):
        return True
    bare = path.partition("?")[0].partition("//&")[0]
    return bare.endswith(SCRIPTS) or bare in _ENGINE_FILES or "/.expo" in bare or "ExponentExperienceData" in bare


def _is_java(frame: Frame) -> bool:
    """Whether it is a method of a class: by its file, or, without one, by the Java form of its class."""
    file = frame.filename or frame.abs_path
    if file:
        return file in _JAVA_FILES or file.endswith(_JAVA_ENDINGS) or file.startswith("r8-map-id-")
    return "." in frame.module and all(part.isidentifier() for part in frame.module.replace("$", "_").split(".")) if frame.module else False
