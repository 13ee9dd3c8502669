"""Seams: the frames by which a stack shows that it went into another language and came out again.

A JavaScript engine runs scripts in functions of its own: in the native stack these are where the JavaScript frames belong. The same is true
of Android's runtime (ART) for Java, and of React Native's bridge for JavaScript called from Java. Names are those of the projects' sources
(Hermes, JSI, JavaScriptCore, V8, ART, React Native); frames that were not symbolicated are recognized by their library's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from symbolicator.debugfiles.demangle import short_name
from symbolicator.model import Frame, Status
from symbolicator.patterns import regex
from symbolicator.transformers.platforms import JAVA, JAVASCRIPT, NATIVE, language_of


class Role(Enum):
    """The role of a host's frame for the guest."""

    HOST = 0
    """None: application code."""
    SYSTEM = 1
    """A system library's: `abort`, `memcpy`. What an engine died in is not what it called for its guest."""
    GLUE = 2
    """`std::function` and similar: part of a seam if it is within one."""
    ENGINE = 3
    """The engine's, beside its interpreter."""
    UNREAD = 4
    """Of the engine's library, and no more is known."""
    RUNS = 5
    """The guest's code ran in it, or was called by it, or called out of it."""


class Seam(NamedTuple):
    """`frames[start:stop]` (caller first) are the engine's: the script's frames replace them. Empty if only the position is known."""

    start: int
    stop: int


_ANONYMOUS = regex(r"(?:\(anonymous namespace\)|`anonymous(?: |-)namespace'|\{anonymous\})::")
"""As LLVM's and GNU's demanglers, MSVC's and gcc's own messages write it."""

_JAVASCRIPT_RUNS = (
    "hermes::vm::Interpreter::",
    "hermes::vm::Runtime::interpretFunction",
    "hermes::vm::Runtime::runBytecode",
    "hermes::vm::JSFunction::_callImpl",
    "hermes::vm::NativeFunction::_nativeCall",
    "hermes::vm::NativeFunction::_callImpl",
    "hermes::vm::FinalizableNativeFunction::",
    "hermes::vm::NativeJSFunction::",
    "_sh_ljs_call",
    "_sh_ljs_construct",
    "facebook::hermes::HermesRuntimeImpl::call",
    "facebook::hermes::HermesRuntimeImpl::evaluate",
    "facebook::hermes::HermesRuntimeImpl::HFContext",
    "facebook::hermes::HermesRuntimeImpl::JsiProxy",
    "facebook::jsi::Function::call",
    "JSC::Interpreter::",
    "JSC::LLInt::",
    "JSC::JITCode::execute",
    "JSC::APICallbackFunction::",
    "JSC::JSCallbackFunction::",
    "JSC::ObjCCallbackFunction",
    "-[JSValue callWithArguments:",
    "-[JSValue constructWithArguments:",
    "-[JSValue invokeMethod:",
    "-[JSContext evaluateScript:",
    "JSObjectCallAs",
    "JSEvaluateScript",
    "vmEntryToJavaScript",
    "llint_",
    "v8::Function::Call",
    "v8::Script::Run",
    "v8::internal::Execution::",
    "v8::internal::Invoke",
    "v8::internal::FunctionCallbackArguments::Call",
    "v8::internal::Builtin_HandleApiCall",
    "Builtins_",
)
_JAVASCRIPT_ENGINE = (
    "hermes::", "facebook::hermes::", "facebook::jsi::", "facebook::jsc::", "JSC::", "v8::", "JSValue", "JSContext", "-[JSValue ",
    "-[JSContext ", "_sh_",
)  # fmt: skip
_JAVASCRIPT_LIBRARIES = frozenset(
    ("libhermes.so", "libhermesvm.so", "hermes", "hermesvm", "libjsc.so", "JavaScriptCore", "libv8android.so", "libjsi.so")
)
_JAVA_RUNS = (
    "art::interpreter::",
    "art::ArtMethod::Invoke",
    "art_quick_invoke",
    "art_quick_generic_jni_trampoline",
    "art_quick_to_interpreter_bridge",
    "art_jni_trampoline",
    "artQuickToInterpreterBridge",
    "artQuickGenericJniTrampoline",
    "nterp_",
    "ExecuteNterpImpl",
    "ExecuteMterpImpl",
    "ExecuteSwitchImpl",
    "_JNIEnv::Call",
)
_JAVA_ENGINE = ("art::", "art_", "_JNIEnv::", "jni::")
_JAVA_LIBRARIES = frozenset(("libart.so",))
_GLUE = ("std::", "__gnu_cxx::", "folly::Function", "WTF::Function", "decltype(", "-[NSInvocation ", "__invoking___", "__NSInvoke")
_SYSTEM_NAMES = frozenset(
    (
        "abort", "raise", "tgkill", "memcpy", "memmove", "memset", "strlen", "malloc", "free", "objc_exception_throw", "_objc_terminate",
        "objc_exception_rethrow", "demangling_terminate_handler", "+[NSException raise:format:]", "-[NSException raise]",
    )
)  # fmt: skip
_SYSTEM_LIBRARIES = (
    "libc.so", "libm.so", "libc++", "libstdc++", "libpthread", "libsystem_", "libdyld", "libobjc.", "libdispatch.", "linux-vdso",
    "ld-linux", "linker",
)  # fmt: skip

_BRIDGE = frozenset(
    (
        ("com.facebook.react.bridge.JavaMethodWrapper", "invoke"),
        ("com.facebook.react.bridge.JavaModuleWrapper", "invoke"),
        ("com.facebook.react.bridge.queue.NativeRunnable", "run"),
        ("com.facebook.react.bridge.CatalystInstanceImpl", "jniCallJSFunction"),
        ("com.facebook.react.bridge.CatalystInstanceImpl", "jniCallJSCallback"),
        ("com.facebook.react.bridge.CatalystInstanceImpl", "callFunction"),
        ("com.facebook.react.runtime.ReactInstance", "callFunctionOnModule"),
        ("com.facebook.jni.NativeRunnable", "run"),
    )
)
"""Where Java calls into JavaScript, and where JavaScript calls into Java (React Native's bridge)."""


_CONVERTERS = frozenset(("convertNSExceptionToJSError", "createJSRuntimeError"))
"""Of React Native on iOS: what they have the engine do is making an error of an exception, on whatever queue that was thrown."""
_REPORTERS = ("RCTFatal", "-[RCTExceptionsManager report")
_HANDED_OVER = ("performVoidMethodInvocation", "-[RCTModuleMethod invokeWithBridge:")

_REFLECTION = ("java.lang.reflect.", "jdk.internal.reflect.", "sun.reflect.")


def find_seams(frames: Sequence[Frame], guest: str) -> list[Seam]:
    """The seams of a host's frames (caller first) for a guest language, outermost first."""
    roles = [role(frame, guest) for frame in frames]
    if guest == JAVASCRIPT:
        made = next((place for place, frame in enumerate(frames) if _last_word(frame) in _CONVERTERS), len(frames))
        roles[made:] = [Role.SYSTEM] * (len(frames) - made)
    last_host = max((place for place, each in enumerate(roles) if each is Role.HOST), default=-1)
    seams: list[Seam] = []
    at = 0
    while at < len(frames):
        is_native_method = guest == JAVA and roles[at] is Role.HOST and (frames[at].function or "").startswith("Java_")
        if is_native_method and not (seams and seams[-1].stop == at):
            seams.append(Seam(at, at))  # whatever is around it, Java called it
        if roles[at].value < Role.ENGINE.value:
            at += 1
            continue
        end = at
        while end < len(frames) and roles[end].value >= Role.GLUE.value:
            end += 1
        seam = _trimmed(roles, at, end, called_out=end <= last_host)
        if seam is not None:
            seams.append(seam)
        at = end
    return seams


def other_queue(frames: Sequence[Frame]) -> str | None:
    """Why JavaScript did not run within a native stack of iOS although it caused it: its error, or a call, was passed to another queue.
    None if nothing shows that.
    """
    words = [frame.function or frame.symbol or "" for frame in frames]
    if any(word.startswith(_REPORTERS) for word in words):
        return "JavaScript's error is only reported here: it ran on another queue"
    if any(one in word for word in words for one in _HANDED_OVER):
        return "JavaScript did not wait for this call: it ran on another queue"
    return None


def _last_word(frame: Frame) -> str:
    return short_name(frame.function or frame.symbol or "").rpartition("::")[2]


def _trimmed(roles: Sequence[Role], start: int, end: int, *, called_out: bool) -> Seam | None:
    """The seam within a run of an engine's frames and glue; None if nothing shows that the guest was running."""
    while roles[end - 1] is Role.GLUE:
        end -= 1
    if called_out:
        ran = any(each in (Role.RUNS, Role.UNREAD) for each in roles[start:end])
        return Seam(start, end) if ran else None
    # It ends in the engine itself, or in what that called: what stands inside its interpreter is where it died, and stays.
    while end > start and roles[end - 1] is not Role.RUNS:
        end -= 1
    if end == start:
        return None
    return Seam(start, end - 1 if end == len(roles) else end)


def role(frame: Frame, guest: str) -> Role:
    """The role of a host's frame for the guest."""
    language = language_of(frame.platform)
    if language == JAVA and guest == JAVASCRIPT:
        if (frame.module or "", frame.function or "") in _BRIDGE:
            return Role.RUNS
        return Role.ENGINE if (frame.module or "").startswith(_REFLECTION) else Role.HOST
    if language != NATIVE:
        return Role.HOST
    runs, engine, libraries = (
        (_JAVASCRIPT_RUNS, _JAVASCRIPT_ENGINE, _JAVASCRIPT_LIBRARIES)
        if guest == JAVASCRIPT
        else (_JAVA_RUNS, _JAVA_ENGINE, _JAVA_LIBRARIES)
    )
    name = frame.function or frame.symbol or ""
    library = (frame.package or "").replace("\\", "/").rpartition("/")[2]
    qualified = _ANONYMOUS.sub("", short_name(name))  # tombstones print return types and arguments too
    if qualified.startswith(runs):
        return Role.RUNS
    if guest == JAVASCRIPT and qualified.startswith("facebook::jsi::") and qualified.rpartition("::")[2].startswith(("call", "evaluate")):
        return Role.RUNS
    if qualified.startswith(engine):
        return Role.ENGINE
    if library in libraries:
        return Role.ENGINE if name else Role.UNREAD
    if name.startswith(_GLUE) or (not name and frame.status is Status.UNKNOWN_IMAGE):
        return Role.GLUE  # code outside every image was compiled at run time, as V8 and JavaScriptCore do for scripts
    if name in _SYSTEM_NAMES or name.startswith("__") or library.startswith(_SYSTEM_LIBRARIES):
        return Role.SYSTEM
    return Role.HOST
