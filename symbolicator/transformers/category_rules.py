"""What errors are called, and what they say, by kind: the rules of `crash_categories.py`.

Messages are V8's, SpiderMonkey's, JavaScriptCore's, Hermes's, the JVM's and ART's, .NET's, Rust's, Go's, Swift's, Apple's reports' and
the sanitizers', as their sources print them.
"""

from __future__ import annotations

import re
from typing import Final

from symbolicator.patterns import regex

NULL, BOUNDS, FREED, STACK, MEMORY, ZERO, ASSERTION, ABORT = (
    "null_dereference", "out_of_bounds", "use_after_free", "stack_overflow", "out_of_memory", "division_by_zero", "assertion", "abort"
)  # fmt: skip
WATCHDOG, HANG, TYPE, MISSING, NETWORK, REJECTION, ACCESS, RACE = (
    "watchdog", "hang", "type_error", "not_found", "network", "unhandled_rejection", "memory_access", "data_race"
)  # fmt: skip
DEADLOCK, LEAK, FREEING, INSTRUCTION, OVERFLOW, UNDEFINED = (
    "deadlock", "memory_leak", "invalid_free", "illegal_instruction", "arithmetic_overflow", "undefined_name"
)  # fmt: skip


def _of(category: str, types: str) -> dict[str, str]:
    return dict.fromkeys(types.split(), category)


TYPES: Final = {
    **_of(NULL, "NullPointerException NullReferenceException KotlinNullPointerException UninitializedPropertyAccessException"),
    **_of(
        BOUNDS,
        "ArrayIndexOutOfBoundsException IndexOutOfBoundsException StringIndexOutOfBoundsException IndexOutOfRangeException IndexError "
        "ArgumentOutOfRangeException NSRangeException BufferOverflowException BufferUnderflowException",
    ),
    **_of(STACK, "StackOverflowError StackOverflowException InsufficientExecutionStackException RecursionError"),
    **_of(MEMORY, "OutOfMemoryError OutOfMemoryException InsufficientMemoryException MemoryError NSMallocException bad_alloc"),
    **_of(ZERO, "DivideByZeroException ZeroDivisionError"),
    **_of(ASSERTION, "AssertionError AssertionFailedError AssertionFailedException NSInternalInconsistencyException"),
    **_of(
        MISSING,
        "ClassNotFoundException NoClassDefFoundError NoSuchMethodError NoSuchFieldError UnsatisfiedLinkError ModuleNotFoundError "
        "ImportError TypeLoadException FileLoadException MissingMethodException MissingFieldException DllNotFoundException "
        "EntryPointNotFoundException BadImageFormatException ChunkLoadError",
    ),
    **_of(TYPE, "ClassCastException InvalidCastException ArrayStoreException NSInvalidArgumentException"),
    **_of(
        NETWORK,
        "UnknownHostException ConnectException SocketException SocketTimeoutException SSLException SSLHandshakeException "
        "NoRouteToHostException HttpRequestException WebException ConnectionError ConnectionRefusedError ConnectionResetError "
        "NetworkError AxiosError FetchError",
    ),
    **_of(UNDEFINED, "ReferenceError NameError"),
    **_of(REJECTION, "UnhandledPromiseRejectionWarning UnhandledRejection PromiseRejectionEvent"),
    **_of(HANG, "ANR ApplicationNotResponding AppHang"),
    **_of(RACE, "ConcurrentModificationException"),
    **_of(OVERFLOW, "OverflowException"),
}
"""By the last part of an exception's type."""


def _says(category: str, rule: str, confidence: str, *patterns: str) -> tuple[str, str, str, re.Pattern[str]]:
    return category, rule, confidence, regex("|".join(patterns), re.IGNORECASE)


MESSAGES: Final = (
    _says(
        FREED, "a sanitizer's use after free", "high",
        r"heap-use-after-free", r"stack-use-after-(?:return|scope)", r"use-after-poison",
    ),
    _says(
        BOUNDS, "a sanitizer's overflow", "high",
        r"(?:heap|stack|global|dynamic-stack)-buffer-(?:overflow|underflow)", r"container-overflow",
    ),
    _says(
        STACK, "a sanitizer's or kernel's stack overflow", "high",
        r"AddressSanitizer:? stack-overflow", r"^stack-overflow\b", r"stack guard page",
    ),
    _says(
        FREEING, "a double or invalid free", "high",
        r"double[- ]free", r"attempting free on address", r"free\(\): invalid", r"pointer being freed was not",
    ),
    _says(
        RACE, "a sanitizer's or runtime's data race", "high",
        r"\bdata race\b", r"concurrent map (?:read|write|writes|iteration)",
    ),
    _says(
        LEAK, "leaked memory", "high",
        r"detected memory leaks", r"are definitely lost in loss record",
    ),
    _says(
        DEADLOCK, "a deadlock", "high",
        r"goroutines are asleep - deadlock", r"lock-order-inversion", r"deadlock detected", r"resource deadlock",
    ),
    _says(
        STACK, "an engine's recursion limit", "high",
        r"maximum call stack size exceeded", r"too much recursion", r"goroutine stack exceeds", r"has overflowed its stack",
        r"Stack overflow\b", r"stack size \d{1,9}KB",
    ),
    _says(
        MEMORY, "memory is exhausted", "high",
        r"heap out of memory", r"out of memory\b", r"memory allocation of \d{1,20} bytes failed", r"std::bad_alloc",
        r"allocation failed - ", r"failed to allocate a", r"array buffer allocation failed", r"jetsam", r"per-process-limit",
        r"vm-pageshortage", r"low[- ]memory kill",
    ),
    _says(
        WATCHDOG, "a watchdog's code", "high",
        r"0x8badf00d", r"scene-(?:create|update) watchdog", r"failed to terminate gracefully after",
        r"watchdog (?:timeout|violation|bite|bark)", r"soft lockup", r"hard LOCKUP", r"rcu.{0,20} detected stalls?",
    ),
    _says(
        HANG, "the application did not respond", "high",
        r"application not responding", r"\bANR (?:in|for)\b", r"input dispatching timed out", r"app hanging for", r"hung task",
        r"blocked for more than \d{1,9} seconds",
    ),
    _says(
        NULL, "an engine's null or undefined", "high",
        r"cannot (?:read|set) propert(?:y|ies) .{0,80}of (?:null|undefined)", r"(?:null|undefined) is not an object",
        r"(?:is|are) (?:null|undefined)$", r"(?:null|undefined) has no properties", r"null check operator used on a null",
        r"unexpectedly found nil", r"nil pointer dereference", r"null pointer dereference", r"on a null object reference",
        r"because .{1,200} is null$", r"null pointer passed", r"member access within null", r"object reference not set",
        r"load of null pointer",
    ),
    _says(
        BOUNDS, "an index out of range", "high",
        r"index out of (?:range|bounds)", r"index \S{1,30} (?:is )?out of (?:range|bounds)",
        r"out of (?:bounds|range) for (?:length|slice|array)", r"range end index", r"range start index",
        r"slice bounds out of range", r"slice index starts at", r"begin .{1,30}, end .{1,30}, length", r"vector::_M_range_check",
        r"memory access out of bounds", r"out of bounds memory access", r"beyond bounds",
    ),
    _says(
        ZERO, "a division by zero", "high",
        r"divi(?:de|ded|sion|de error)(?: error)? by[ -]zero", r"/ by zero", r"division or modulo by zero", r"integer divide",
        r"remainder with a divisor of zero", r"\bFPE_INTDIV\b", r"attempt to calculate the remainder",
    ),
    _says(
        OVERFLOW, "an integer overflow", "high",
        r"signed integer overflow", r"arithmetic overflow", r"attempt to (?:add|subtract|multiply|negate) with overflow",
        r"integer overflow",
    ),
    _says(
        ASSERTION, "an assertion", "high",
        r"assert(?:ion)?\b.{0,300}\bfailed", r"assertion (?:failed|failure)", r"assertion `", r"precondition failed",
        r"check failed:", r"FORTIFY:", r"stack smashing detected", r"__fastfail",
    ),
    _says(
        UNDEFINED, "a name without a value", "high",
        r"^\S{1,100} is not defined$", r"can't find variable", r"property '\S{1,100}' doesn't exist",
    ),
    _says(
        TYPE, "a value of another type", "high",
        r"is not a (?:function|constructor|iterable)", r"is not iterable", r"unrecognized selector sent", r"cannot be cast to",
        r"interface conversion:", r"could not cast value", r"is not an instance of", r"unable to cast object",
    ),
    _says(
        MISSING, "code that is not there", "high",
        r"cannot find (?:module|package)", r"failed to resolve module", r"no (?:module|package) named",
        r"dyld.{0,60}(?:library not loaded|symbol not found)", r"library not loaded:", r"error while loading shared librar",
        r"undefined symbol:", r"unresolved symbol", r"loading (?:css )?chunk \S{1,60} failed",
        r"failed to fetch dynamically imported",
    ),
    _says(
        NETWORK, "a connection or host", "medium",
        r"\bE(?:CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT|AI_AGAIN|HOSTUNREACH|PIPE)\b", r"failed to fetch$",
        r"network request failed", r"load failed$", r"connection (?:refused|reset|timed out)", r"networkerror when",
        r"no such host", r"i/o timeout", r"tls handshake", r"could not connect to", r"the internet connection appears",
    ),
    _says(
        ABORT, "a runtime ended the program", "medium",
        r"called `(?:Result::unwrap|Option::unwrap|Result::expect)\S{0,3}` on an? `", r"terminate called",
        r"terminating (?:due to|with) uncaught", r"fatal error:", r"swift_?runtime", r"JNI DETECTED ERROR", r"not implemented: ",
        r"internal error: entered unreachable", r"explicit panic", r"abort message",
    ),
)  # fmt: skip
"""(category, rule, confidence, pattern), the more telling ones first. Every pattern takes linear time."""

SANITIZED: Final = regex(r"segv on unknown address|invalid (?:read|write) of size|access not within mapped region", re.IGNORECASE)
SIGNALS: Final = {
    "SIGSEGV": (ACCESS, "medium"),
    "EXC_BAD_ACCESS": (ACCESS, "medium"),
    "EXCEPTION_ACCESS_VIOLATION": (ACCESS, "medium"),
    "EXCEPTION_ACCESS_VIOLATION_READ": (ACCESS, "medium"),
    "EXCEPTION_ACCESS_VIOLATION_WRITE": (ACCESS, "medium"),
    "SIGBUS": (ACCESS, "medium"),
    "EXCEPTION_STACK_OVERFLOW": (STACK, "high"),
    "EXCEPTION_INT_DIVIDE_BY_ZERO": (ZERO, "high"),
    "SIGFPE": (ZERO, "medium"),
    "EXC_ARITHMETIC": (ZERO, "medium"),
    "SIGILL": (INSTRUCTION, "medium"),
    "EXC_BAD_INSTRUCTION": (INSTRUCTION, "medium"),
    "EXCEPTION_ILLEGAL_INSTRUCTION": (INSTRUCTION, "medium"),
    "SIGTRAP": (ASSERTION, "low"),
    "EXC_BREAKPOINT": (ASSERTION, "low"),
    "EXCEPTION_BREAKPOINT": (ASSERTION, "low"),
    "SIGABRT": (ABORT, "medium"),
    "EXC_CRASH": (ABORT, "low"),
    "SIGQUIT": (HANG, "low"),
    "EXC_RESOURCE": (WATCHDOG, "medium"),
}
"""By what stopped the process, where nothing says more."""
NUMBERS: Final = {3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
"""Linux's numbers of signals; Apple's differ for SIGBUS alone (10)."""
