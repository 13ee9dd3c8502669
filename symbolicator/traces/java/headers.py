r"""The lines above Java's frames: what was thrown, and whose thread it is.

::

    Exception in thread "main" shop.Main$c: cannot price 4/0        java.lang.RuntimeException
    Caused by: a.b: message        \tSuppressed: a.c: message       Wrapped by: a.d: message (logback, the root cause first)
    Caused by: [CIRCULAR REFERENCE: a.b: message]
    "main" #1 prio=5 os_prio=0 tid=0x1 nid=0x2 runnable [0x3]       jstack, jcmd Thread.print
    "main" prio=5 tid=1 Native                                      Android's traces.txt
    "RenderThread" sysTid=7388                                      of its threads that the runtime does not know
    "main" Id=1 BLOCKED on a.b@1b2c owned by "t" Id=12              ThreadInfo.toString
    #22 "worker" RUNNABLE 2026-08-01T09:00:19Z                      jcmd Thread.dump_to_file
    3XMTHREADINFO      "main" J9VMThread:0x1, state:R, prio=5       OpenJ9
    Exception a.b: message      Caused by a.b: message              Google Play's console
    Fatal Exception: a.b: message      Caused by a.b: message       Crashlytics,
    OkHttp TaskRunner #1:       main (native):tid=1 systid=2210     and its threads, each below a blank line

A class renamed by a shrinker is called `a.b`, or `c` without a package, and does not end like an error: above Java frames such a line is
a header, elsewhere it never is. `scan.py` decides which of the lines above a stack it is.
"""

from __future__ import annotations

import msgspec

from symbolicator.patterns import regex
from symbolicator.traces.headers import LIKELY, MAYBE, SURE, Header, read_header
from symbolicator.traces.lines import body_start

RELATIONS = {"Caused by: ": "caused by", "Suppressed: ": "suppressed", "Wrapped by: ": "wrapped by"}
"""Java's words before an exception that belongs to one above, and our name for the relation."""

_CLASS = regex(r"((?:[^\W\d][\w$-]{0,200}\.){0,30}[^\W\d][\w$-]{0,300})(?=:\s|:?\s*$|:?\]\s*$)")
_CAUSED = "Caused by "
"""Words of Play's console and Crashlytics: only a class may follow, because prose may begin like this too."""
_IN_THREAD = regex(
    r'Exception in thread "[^"]{0,300}" '
    r"|(?:(?:Non-)?[Ff]atal |FATAL |Uncaught )?(?:Exception|exception|EXCEPTION):? (?=\S{1,300}[.$]|\w{1,3}(?::|\s*$))"
)
_CIRCULAR = ("[CIRCULAR REFERENCE: ", "[CIRCULAR REFERENCE:")
SHRUNK = 3
"""Letters of a shrinker's class without a package: `e: message`, whose message may have several lines."""
_THREAD = regex(r":?\s*$|(?:\s+\#(?P<number>\d{1,10}))?\s[^\n]{0,300}?(?:prio=|tid=|sysTid=|\bId=\d|\bdaemon\b)")
"""What HotSpot, OpenJ9, Java itself and Android's runtime print after a thread's name."""
_DUMPED = regex(r"#(?P<id>\d{1,18}) \"(?P<name>[^\"\n]{0,300})\"(?: virtual)?(?: (?P<state>[A-Z_]{3,20}) \d{4}-\S{1,40})?\s*$")
"""The line above a thread's frames that `jcmd Thread.dump_to_file` writes."""
_OPENJ9 = "3XMTHREADINFO  "
_LISTED = regex(r"(?P<name>[^\s:\"][^:\n\"]{0,200}?)(?: \((?P<state>[a-z_ ]{1,30})\):tid=(?P<id>\d{1,10})(?: systid=\d{1,10})?|:)\s*$")
"""Crashlytics' line above a thread's frames."""
_OWNER = ' owned by "'
_IDS = (" tid=", " sysTid=", " Id=")
_ERRORS = ("Exception", "Error", "Throwable", "Failure")
_NOT_THROWN = ("java.lang.Thread.State:", "native:", "kernel:", "#", "- ", "| ", "...")


def read_java_header(plain: str) -> Header | None:
    """The header that a line above Java frames may be, None if it cannot be one."""
    indent = body_start(plain)
    if plain.startswith("#", indent) and _DUMPED.match(plain, indent):
        return Header(None, "", SURE, indent, "thread")
    if plain.startswith(_NOT_THROWN, indent) or not plain[indent:].strip():
        return None
    if plain.startswith(_OPENJ9) and '"' in plain:
        return _thread(plain, plain.find('"'))
    if plain.startswith('"', indent):
        return _thread(plain, indent)
    if "):tid=" in plain and _LISTED.match(plain, indent):
        return Header(None, "", SURE, indent, "thread")
    start, relation = indent, ""
    for lead, word in RELATIONS.items():
        if plain.startswith(lead, indent):
            start, relation = indent + len(lead), word
    caused = not relation and plain.startswith(_CAUSED, indent)
    if caused:
        start, relation = indent + len(_CAUSED), "caused by"
    if not relation:
        thrown_in = _IN_THREAD.match(plain, indent)
        start = thrown_in.end() if thrown_in else indent
    circular = next((lead for lead in _CIRCULAR if plain.startswith(lead, start)), None)
    if circular is not None:
        start, relation = start + len(circular), "circular"
    found = _CLASS.match(plain, start)
    end = len(plain.rstrip())
    if caused and (found is None or not ("." in found[1] or found[1].endswith(_ERRORS) or len(found[1]) <= SHRUNK)):
        return None  # `Caused by a full disk`
    if found is None:
        if relation and relation != "circular":
            return Header(None, plain[start:end], SURE, indent, relation, 0, 0, min(start, end), end)
        header = read_header(plain)  # a logger's line with the exception in it
        if header is None or header.type is None:
            return header
        module, _, kind = header.type.rpartition(".")
        return msgspec.structs.replace(header, type=kind, module=module or None)
    module, _, kind = found[1].rpartition(".")
    sure = start > indent or kind.endswith(_ERRORS)
    grade = SURE if sure else LIKELY if module else MAYBE
    if grade == MAYBE and not plain.startswith(": ", found.end()):  # a single word without a message
        return None
    value_start = min(found.end() + 1, end)
    while value_start < end and plain[value_start] == " ":
        value_start += 1
    value_end = end - (relation == "circular")
    value = plain[value_start:value_end] if value_start < value_end else ""
    return Header(kind, value, grade, indent, relation, *found.span(1), value_start, max(value_start, value_end), module or None)


def _thread(plain: str, indent: int) -> Header | None:
    """The header of a thread in a dump."""
    plain = plain.partition(_OWNER)[0]
    found = _THREAD.match(plain, plain.rfind('"') + 1)
    return Header(None, "", SURE, indent, "thread") if found and plain.rfind('"') > indent else None


def read_thread(plain: str, below: str = "") -> dict[str, str | int | bool]:
    """A thread's header, and the line below it, as the keys of an event's thread: `name` and, if given, `id`, `state`, `daemon`.

    >>> read_thread('"pool-1-thread-2" #23 daemon prio=5 os_prio=0 tid=0x7f nid=0x1 waiting on condition  [0x0]')
    {'id': 23, 'name': 'pool-1-thread-2', 'daemon': True}
    >>> read_thread('"main" prio=5 tid=1 Native')
    {'id': 1, 'name': 'main', 'state': 'Native'}
    """
    if not plain.startswith(('"', _OPENJ9), body_start(plain)):
        return _read_dumped_thread(plain) or read_listed_thread(plain) or {}
    plain = plain.partition(_OWNER)[0]
    end = plain.rfind('"')  # a name may contain quotes, the text after it contains none
    rest = plain[end + 1 :]
    found = _THREAD.match(rest)
    number = (found["number"] if found else None) or next(filter(None, (_word_after(rest, key) for key in _IDS)), "")
    thread: dict[str, str | int | bool] = {}
    if number.isascii() and number.isdigit() and len(number) <= 10:
        thread["id"] = int(number)
    thread["name"] = plain[plain.find('"') + 1 : end]
    state = _word_after(below, "java.lang.Thread.State: ")
    if not state and " tid=" in rest and " nid=" not in rest:  # Android's, which prints it last
        state = rest.split()[-1]
    if not state and " Id=" in rest:
        state = "".join(rest.partition(" Id=")[2].split()[1:2])
    state = state or _word_after(rest, " state:").removesuffix(",")
    if state.replace("_", "").isalpha():
        thread["state"] = state
    if " daemon " in rest:
        thread["daemon"] = True
    return thread


def _read_dumped_thread(plain: str) -> dict[str, str | int | bool] | None:
    found = _DUMPED.match(plain, body_start(plain))
    if found is None:
        return None
    thread: dict[str, str | int | bool] = {"id": int(found["id"]), "name": found["name"]}
    return thread if found["state"] is None else {**thread, "state": found["state"]}


def read_listed_thread(plain: str) -> dict[str, str | int | bool] | None:
    """A thread as Crashlytics prints it above its frames (`main:`), in the shape of an event's; None if it cannot be one.

    >>> read_listed_thread("OkHttp TaskRunner #1:"), read_listed_thread("main (native):tid=1 systid=2210")
    ({'name': 'OkHttp TaskRunner #1'}, {'id': 1, 'name': 'main', 'state': 'native'})
    """
    found = _LISTED.match(plain, body_start(plain))
    if found is None:
        return None
    if found["id"] is None:
        return {"name": found["name"]}
    return {"id": int(found["id"]), "name": found["name"], "state": found["state"]}


def _word_after(text: str, key: str) -> str:
    _, _, rest = text.partition(key)
    return rest.split(maxsplit=1)[0] if rest.strip() else ""
