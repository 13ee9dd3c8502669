"""What is left of a function's name and a file's path in every build of the same code.

Compilers number closures, append hashes and spell types in several ways; build folders and bundlers' prefixes stand before paths::

    Station.#levelAt                          #levelAt            JavaScript: engines and maps differ in what they put before it
    harbour.app.Cart$1.lambda$total$3         harbour.app.Cart.lambda$total
    Shop.Cart.<>c__DisplayClass4_0.<Run>b__0  Shop.Cart.Run
    void ns::Box<int>::put(int) const         Box::put
    keeper::Hive::run::h0123456789abcdef      Hive::run
    main.(*Keeper).run.func1                  run.func
    /srv/app/src/harbour/notices.ts?v=3       harbour/notices.ts
    app.3f2a91c0.js                           app.js
"""

from __future__ import annotations

from typing import Final

from symbolicator.patterns import regex

MAX_NAME: Final = 1_000
"""Characters of a name or a path that are read."""
ANONYMOUS: Final = "<anonymous>"

_NO_NAMES: Final = frozenset(
    ("", "anonymous", ANONYMOUS, "(anonymous)", "<unknown>", "unknown", "?", "??", "???", "<global>", "global", "eval")
)
_ADDRESS: Final = regex(r"(?:<?unknown>? |sub_|loc_|FUN_|fcn\.|func_|<redacted>|0x)[0-9a-fA-Fx]{0,18}")
_OF_SCRIPTS: Final = ("async ", "async*", "new ", "get ", "set ", "static ", "function ")
_GENERATED_JAVA: Final = regex(
    r"\$\$?(?:Lambda|EnhancerBy|FastClassBy|ExternalSynthetic|SpringCGLIB|KeyFactory|HibernateProxy)[^.]{0,1000}"
)
_NUMBERS: Final = regex(r"[$#@_]{1,2}\d{1,18}(?![0-9A-Za-z])|\$(?=[a-f]{0,7}\d)[0-9a-f]{8}$")
"""Of closures and anonymous classes; and ProGuard's, of methods whose parameters it changed."""
_ACCESSOR: Final = regex(r"(?:GeneratedMethodAccessor|GeneratedConstructorAccessor|\$Proxy|Lambda\$)\d{1,9}")
_SUFFIX: Final = regex(
    r"(?: ?\[[^\]]{0,60}\]|::h[0-9a-f]{16}|\.(?:cold|part|isra|constprop|llvm|lto_priv|localalias|clone|abi)\.?\d{0,20}"
    r"|@@?[A-Z][\w.]{1,40}|@plt|\+0x[0-9a-f]{1,16})$"
)
_OPERATOR: Final = regex(r"\boperator ?(?:\(\)|\[\]|->\*?|[-+*/%^&|~!=<>,]{1,3})")
_BLOCK: Final = regex(r"^_{2,3}\d{0,4}([-+]\[[^\]]{1,500}\])_block_invoke(?:_\d{1,6})?$|^_{2,3}(\w{1,300}?)_block_invoke(?:[._]\d{1,6})?$")
_CLOSURE_OF_GO: Final = regex(r"\.(func|gowrap|deferwrap)\d{1,6}(?:\.\d{1,6})*(?:-range\d{1,6})?")
_WORDS_BEHIND: Final = (" const", " volatile", " noexcept", " &", " &&", " [inlined]")
_HASHED: Final = regex(r"[.-](?=[A-Za-z_]{0,31}\d)[0-9A-Za-z_]{6,64}(?=\.[A-Za-z])|@[0-9][\w.+-]{0,40}")


def is_named(name: str | None) -> bool:
    """Whether a function has a name that a person gave."""
    return name is not None and name not in _NO_NAMES and _ADDRESS.fullmatch(name[:MAX_NAME]) is None


def script_name(name: str | None) -> str:
    """The last part of a JavaScript function's name; `<anonymous>` for one without."""
    text = (name or "")[:MAX_NAME].partition(" [as ")[0].strip()
    for word in _OF_SCRIPTS * 2:
        text = text.removeprefix(word)
    text = text.rstrip("</")
    last = text.removesuffix(".constructor").rpartition("/")[2].rpartition(".")[2].strip("[]")
    return last if is_named(last) and not last.startswith(("<", "(")) else ANONYMOUS


def java_name(module: str | None, name: str | None) -> str:
    """Class and method, without the numbers of anonymous classes and lambdas."""
    whole = f"{(module or '')[:MAX_NAME]}.{(name or '')[:MAX_NAME]}"
    whole = _ACCESSOR.sub("", _GENERATED_JAVA.sub("", whole))
    return _NUMBERS.sub("", whole).strip(".")


def dotnet_name(module: str | None, name: str | None) -> str:
    """Type and method, without parameters, arity and what the compiler numbered."""
    parts = []
    kind = (module or "")[:MAX_NAME].partition("[")[0]
    for part in f"{kind}.{(name or '')[:MAX_NAME]}".partition("(")[0].replace("+", ".").split("."):
        own = part.partition("`")[0].partition("[")[0]
        if own.startswith("<") and ">" in own:  # `<Run>b__0`: what was written in `Run`
            own = own[1:].partition(">")[0]
        if own:
            parts.append(own)
    return ".".join(part for part, before in zip(parts, ["", *parts], strict=False) if part not in (before, "MoveNext"))


def native_name(name: str) -> str:
    """The last two parts of a native function's name, without types, parameters, hashes and numbers of closures."""
    text = name[:MAX_NAME].strip()
    block = _BLOCK.match(text)
    if block:
        return f"{block[1] or block[2]} block"
    if text.startswith(("-[", "+[")):
        return text
    for _ in range(6):
        shorter = _SUFFIX.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = text.replace("(anonymous namespace)", "").replace("`anonymous namespace'", "").replace("anonymous-namespace", "")
    found = _OPERATOR.search(text)
    operator = found[0].replace(" ", "") if found else ""
    if found:
        text = f"{text[: found.start()]}operator{text[found.end() :]}"
    text = _without_brackets(_CLOSURE_OF_GO.sub(r".\1", text))
    for word in _WORDS_BEHIND * 2:
        text = text.removesuffix(word)
    text = text.strip()
    words = text.split(" ")
    text = " ".join(words[words.index("operator") :]) if "operator" in words else words[-1].lstrip("*&")
    parts = [part for part in text.replace("::", ".").split(".") if part and part[0] not in "$'`"]
    last = ".".join(parts[-2:] if parts[-1:] and parts[-1] in {"{}", "func", "gowrap", "deferwrap"} else parts[-1:]) or text
    return last.replace("operator", operator, 1) if operator else last


def _without_brackets(text: str) -> str:
    """The text outside of brackets of any kind; `{}` where there were curly ones, which stand for a closure."""
    depth, kept = 0, []
    for character in text:
        if character in "<([{":
            depth += 1
        elif character in ">)]}":
            depth = max(0, depth - 1)
            if character == "}" and not depth:
                kept.append("{}")
        elif not depth:
            kept.append(character)
    return "".join(kept)


def path_tail(path: str | None, segments: int = 2) -> str:
    """The last segments of a path or URL, without query, versions and hashes of builds."""
    text = (path or "")[-MAX_NAME:].replace("\\", "/").partition("?")[0]
    parts = [part for part in text.split("/") if part not in ("", ".", "..") and not part.endswith(":")]
    return "/".join(_HASHED.sub("", part) for part in parts[-segments:])
