"""Every regular expression of the package, wherever it is: module globals, classes, containers, and literals in functions."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import symbolicator
from symbolicator.patterns import Uncompiled

METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
FUNCTIONS = (*METHODS, "compile")
COMPILERS = ("regex", "_pattern")
"""Functions of the package that take the source of a pattern."""


class Pattern(NamedTuple):
    """A pattern, where it stands, and what is done with it."""

    where: str
    source: str | bytes
    flags: int
    methods: tuple[str, ...]

    def __str__(self) -> str:
        return self.where


def package_patterns() -> list[Pattern]:
    """All of them; of equal ones with equal uses the first."""
    found: dict[tuple[Any, ...], Pattern] = {}
    imported = ((name, importlib.import_module(name)) for name in _names())
    modules = {name: module for name, module in imported if _source_of(module).exists()}  # Cython's own has none
    trees = {name: ast.parse(_source_of(module).read_text()) for name, module in modules.items()}
    uses = _Uses(trees)
    for name, module in modules.items():
        values = [(key, value) for key, value in vars(module).items() if not key.startswith("__")]
        everything = [*((key, one, place) for key, value in values for place, one in _within(value, "")), *_literals(trees[name], module)]
        for key, one, place in everything:
            source, flags = (one.source, one.flags_given) if isinstance(one, Uncompiled) else (one.pattern, one.flags)
            methods = one.methods if isinstance(one, _Literal) else uses.of(key, name, contained=bool(place))
            short = name.removeprefix("symbolicator.")
            found.setdefault((source, flags, methods), Pattern(f"{short}:{key}{place}", source, flags, methods))
    return list(found.values())


def _names() -> list[str]:
    return sorted(one.name for one in pkgutil.walk_packages(symbolicator.__path__, "symbolicator.") if not one.name.endswith("__main__"))


def _source_of(module: Any) -> Path:
    """Also of a kernel, which was loaded compiled."""
    path = Path(module.__file__)
    return path if path.suffix == ".py" else path.with_name(path.name.partition(".")[0] + ".py")


def _within(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The patterns in a value, with their place in it."""
    if isinstance(value, Uncompiled | re.Pattern):
        yield place, value
    elif depth < 6:
        parts: list[tuple[Any, Any]] = []
        if isinstance(value, dict):
            parts = [*value.items(), *((f"key {key!r}", key) for key in value)]
        elif isinstance(value, tuple | list | set | frozenset):
            parts = list(enumerate(value))
        elif isinstance(value, type) and value.__module__.startswith("symbolicator"):
            parts = list(vars(value).items())
        elif type(value).__module__.startswith("symbolicator"):
            fields = getattr(type(value), "__struct_fields__", None) or getattr(type(value), "__slots__", None) or vars(value)
            parts = [(field, getattr(value, field, None)) for field in fields if isinstance(field, str)]
        for key, part in parts:
            yield from _within(part, f"{place}[{str(key)[:30]}]", depth + 1)


class _Literal(NamedTuple):
    """A pattern that a function compiles, or gives to a function of `re`."""

    pattern: str | bytes
    flags: int
    methods: tuple[str, ...]


def _literals(tree: ast.Module, module: Any) -> Iterator[tuple[str, _Literal, str]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function_name, node in ((each.name, node) for each in functions for node in ast.walk(each)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        of_re = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "re" and function.attr in FUNCTIONS
        ours = isinstance(function, ast.Name) and function.id in COMPILERS
        if not of_re and not ours:
            continue
        try:
            source = _evaluated(node.args[0], module)
        except NameError:
            continue  # made of what is only known later; `KNOWN_LATER` in the test names them
        method = function.attr if isinstance(function, ast.Attribute) else "compile"
        flags = [each.value for each in node.keywords if each.arg == "flags"]
        places = {"match": 2, "fullmatch": 2, "search": 2, "compile": 1, "finditer": 2, "findall": 2, "sub": 4, "split": 3}
        flags += node.args[places.get(method, 9) :][:1]
        value = int(eval(compile(ast.Expression(flags[0]), "", "eval"), vars(module))) if flags else 0
        methods = (method,) if method in METHODS else ("match", "search") if of_re else _methods_on(tree, node)
        yield f"{function_name}()", _Literal(source, value, methods), ""


def _evaluated(node: ast.expr, module: Any) -> str | bytes:
    """The value of a pattern's source; what an f-string takes from variables is `1`."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        return "".join(str(_constant(part, module, "1")) for part in parts)
    value = _constant(node, module, None)
    if not isinstance(value, str | bytes):
        raise NameError(ast.unparse(node))  # noqa: TRY004 - as any other that is only known later
    return value


def _constant(node: ast.expr, module: Any, otherwise: str | None) -> Any:
    try:
        return eval(compile(ast.Expression(node), "", "eval"), dict(vars(module)))
    except (NameError, TypeError, AttributeError):
        return otherwise


def _methods_on(tree: ast.Module, call: ast.Call) -> tuple[str, ...]:
    """What is called on the result of a call: `_pattern(…).match(…)`; anything where it is kept."""
    on = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.value is call]
    return tuple(on) if on and set(on) <= set(METHODS) else ("match", "search")


class _Uses:
    """What the package's modules do with their globals."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self._trees = trees
        self._known: dict[str, dict[str, set[str]]] = {}
        for name, tree in trees.items():
            known = self._known[name] = {}
            held = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    known.setdefault(node.id, set()).add(held.get(id(node), "?"))

    def of(self, key: str, module: str, contained: bool) -> tuple[str, ...]:
        """The methods called on a global of `module`, by any module. Where it goes elsewhere, whatever is called on variables there."""
        found: set[str] = set()
        for name, known in self._known.items():
            methods = known.get(key, set())
            if not methods or (name != module and not self._imports(name, key)):
                continue
            found |= methods & set(METHODS)
            if contained or "?" in methods:
                found |= self._on_variables(name)
        return tuple(sorted(found)) or ("search",)

    def _imports(self, name: str, key: str) -> bool:
        return any(alias.name == key for node in ast.walk(self._trees[name]) if isinstance(node, ast.ImportFrom) for alias in node.names)

    def _on_variables(self, name: str) -> set[str]:
        """The methods of patterns that a module calls on what is no global of its own."""
        return {
            node.func.attr
            for node in ast.walk(self._trees[name])
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and not (isinstance(node.func.value, ast.Name) and node.func.value.id.lstrip("_").isupper())
            and not isinstance(node.func.value, ast.Constant | ast.JoinedStr)
        }
