"""Inconsistent tables: errors that an index meets in one become `DamagedTable`.

Checksums say that a table is as it was written, not that its content makes sense: an older version of ours may have had a bug, a
restore may have mixed files. So an index declares its columns (`expect`: fast, at opening), windows are checked where they are used,
and any other error with a table from outside is blamed on the table (`over_table`). With a table that this process has just built,
it is a bug of ours and is raised unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import update_wrapper
from struct import error as StructError
from types import FunctionType, GeneratorType
from typing import Any, Final, TypeVar

from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.cached import cached_property

T = TypeVar("T")

_TRIPS: Final = (LookupError, TypeError, ValueError, ArithmeticError, StructError, AttributeError, BufferError)
"""Exceptions that Python raises for invalid numbers; UnicodeError is a ValueError, OverflowError an ArithmeticError."""
_GENERATOR: Final = 0x20
"""`inspect.CO_GENERATOR`; importing the module takes longer than everything here."""
_OPERATORS: Final = frozenset(("__init__", "__len__", "__getitem__", "__iter__", "__contains__"))


def expect(table: Table, columns: Mapping[str, str], **lengths: int) -> None:
    """Raises `DamagedTable` if a column is missing, has another typecode than in `columns`, or another number of items than in `lengths`.
    Fast: it only uses the table's directory.
    """
    for name, code in columns.items():
        if table.typecode(name) != code:
            raise DamagedTable(f"{name!r} holds {table.typecode(name)}, not {code}", table.origin)
    for name, wanted in lengths.items():
        if table.length(name) != wanted:
            raise DamagedTable(f"{name!r} has {table.length(name)} items, and the other columns have {wanted}", table.origin)


def texts(table: Table, name: str) -> tuple[str, ...]:
    """A list of strings in a table's `meta`, () if it has none. Raises `DamagedTable` for anything else."""
    found = table.meta.get(name, ())
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise DamagedTable(f"{name!r} is not a list of strings", table.origin)
    return tuple(found)


def text(table: Table, name: str) -> str | None:
    """A string in a table's `meta`; None if it has none. Raises `DamagedTable` for anything else."""
    found = table.meta.get(name)
    if found is not None and not isinstance(found, str):
        raise DamagedTable(f"{name!r} is not a string", table.origin)
    return found


def number(table: Table, name: str, default: int = 0, least: int = 0) -> int:
    """A number in a table's `meta`, from `least` and below 2**64. Raises `DamagedTable` for anything else."""
    found = table.meta.get(name, default)
    if not isinstance(found, int) or not least <= found < 1 << 64:
        raise DamagedTable(f"{name!r} is not a possible address", table.origin)
    return found


def over_table(cls: type[T]) -> type[T]:
    """A class decorator for an index that keeps its `Table` as `_table`, set first in `__init__`: errors of its public methods
    and properties with a table from outside become `DamagedTable`.
    """
    for name in dir(cls):
        if name.startswith("_") and name not in _OPERATORS:
            continue
        # The class's own methods first; inherited ones are shared with classes that have no table.
        member = next(vars(each)[name] for each in cls.__mro__ if name in vars(each))
        if isinstance(member, FunctionType):
            setattr(cls, name, _blaming(member))
        elif isinstance(member, property) and member.fget is not None:
            setattr(cls, name, property(_blaming(member.fget), doc=member.__doc__))
        elif isinstance(member, cached_property):
            once: cached_property[Any] = cached_property(_blaming(member.func))
            once.__set_name__(cls, name)
            setattr(cls, name, once)
    return cls


def _blaming(method: Any) -> Callable[..., Any]:
    """The method, its errors blamed on the table. Most methods take positional arguments: forwarding `*args` costs 0.2 µs, this nothing."""
    code = method.__code__
    plain = not (method.__defaults__ or code.co_kwonlyargcount or code.co_flags & _GENERATOR)

    def one(self: Any, /) -> Any:
        try:
            return method(self)
        except _TRIPS as error:
            raise _blamed(self, error) from error

    def two(self: Any, first: Any, /) -> Any:
        try:
            return method(self, first)
        except _TRIPS as error:
            raise _blamed(self, error) from error

    def three(self: Any, first: Any, second: Any, /) -> Any:
        try:
            return method(self, first, second)
        except _TRIPS as error:
            raise _blamed(self, error) from error

    def any_number(self: Any, /, *args: Any, **more: Any) -> Any:
        try:
            found = method(self, *args, **more)
        except _TRIPS as error:
            raise _blamed(self, error) from error
        return _each(self, found) if type(found) is GeneratorType else found

    by_count: dict[int, Callable[..., Any]] = {1: one, 2: two, 3: three}
    blaming = by_count.get(code.co_argcount, any_number) if plain else any_number
    return update_wrapper(blaming, method)


def _each(index: Any, found: Iterator[T]) -> Iterator[T]:
    try:
        yield from found
    except _TRIPS as error:
        raise _blamed(index, error) from error


def _blamed(index: Any, error: Exception) -> Exception:
    table = getattr(index, "_table", None)
    if table is None or table.is_ours:
        return error
    return DamagedTable(f"is inconsistent: {type(error).__name__}: {error}", table.origin)
