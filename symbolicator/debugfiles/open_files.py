"""Open debug files, shared by threads and kept from one event to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from symbolicator.artifacts.changing import still
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import Unreadable
from symbolicator.forks import renewed_in_child

if TYPE_CHECKING:
    from symbolicator.debugfiles.dwarf.info import Dwarf

T = TypeVar("T")

_MOST_OPEN: Final = 4
_MOST_INFLATED: Final = 128 << 20


class OpenFile:
    """A debug file and the files that belong to it, opened when first used. Safe to share between threads.

    `read` returns the contents, the debug file's first, then those of dwz's alternative file, .dwo and .dwp files. Raises what `read`
    does, and `MalformedArtifact`.
    """

    def __init__(self, read: Callable[[], Sequence[memoryview]]) -> None:
        self._read = read
        self._contents: tuple[memoryview, ...] = ()
        self._opened: list[Container] | None = None
        self._known_dwarf: Dwarf | None = None
        self._lock = Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Open it again if another thread was using it: that one's work may be incomplete."""
        if self._lock.locked():
            self._close()
        self._lock = Lock()

    @classmethod
    def of(cls, container: Container, others: Sequence[Container] = ()) -> OpenFile:
        """For containers that are open already."""
        contents = container.whole, *(other.whole for other in others)
        file = cls(lambda: contents)
        file._contents = contents
        file._opened = [container, *others]
        return file

    def twin(self) -> OpenFile | None:
        """The same file for another thread, so that both can read units at once; None if it is not open, or cannot be duplicated."""
        with self._lock:
            dwarf = None if self._opened is None else self._dwarf().twin()
            if self._opened is None or dwarf is None:
                return None
            twin = OpenFile(self._read)
            twin._contents, twin._opened, twin._known_dwarf = self._contents, self._opened, dwarf
            return twin

    @property
    def is_open(self) -> bool:
        """Whether it was opened."""
        return self._opened is not None

    @property
    def inflated(self) -> int:
        """Bytes that its decompressed sections take in memory."""
        return 0 if self._opened is None else self._opened[0].inflated

    def use(self, act: Callable[[Container, Callable[[], Dwarf]], T]) -> T:
        """The result of `act` for the container and what gives its DWARF; one thread at a time, because reading grows shared data.

        Raises `Unreadable` if a file was rewritten meanwhile, or since it was opened.
        """
        with self._lock:
            try:
                if self._opened is None:
                    self._contents = tuple(self._read())
                    self._opened = [*map(open_container, self._contents)]
                return act(self._opened[0], self._dwarf)
            finally:
                self._unless_changed()

    def _unless_changed(self) -> None:
        try:
            still(*self._contents)
        except Unreadable:
            self._close()
            raise

    def _close(self) -> None:
        self._opened, self._known_dwarf, self._contents = None, None, ()

    def _dwarf(self) -> Dwarf:
        assert self._opened is not None  # noqa: S101  # only `use` and `twin` call this
        if self._known_dwarf is None:
            from symbolicator.debugfiles.dwarf.info import Dwarf  # formats are loaded when a file of theirs is met

            self._known_dwarf = Dwarf(self._opened[0], self._opened[1:])
        return self._known_dwarf


class OpenFiles:
    """The files opened last, for the next event: at most `_MOST_OPEN`; those with more than `_MOST_INFLATED` bytes of decompressed
    sections together are closed first. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._files: dict[object, OpenFile] = {}
        self._lock = Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Replaces the lock; its data are never half written."""
        self._lock = Lock()

    def get(self, key: object, read: Callable[[], Sequence[memoryview]]) -> OpenFile:
        """The file for `key`; opened by `read` if it is not open."""
        with self._lock:
            file = self._files.pop(key, None)
            if file is None or not file.is_open:  # the means to read it may be gone
                file = OpenFile(read)
            self._files[key] = file
            while len(self._files) > 1 and (
                len(self._files) > _MOST_OPEN or sum(one.inflated for one in self._files.values()) > _MOST_INFLATED
            ):
                del self._files[next(iter(self._files))]
            return file
