"""Children in which some contents are attacks: a compiler or identifier that meets the word does what the word says."""

from __future__ import annotations

import pytest

from symbolicator import isolation
from symbolicator.artifacts.cache import Cache
from symbolicator.isolation.process import Child

IN_THE_CHILD = '''
import os, signal, sys, time

def attack(content):
    """What the file asks for."""
    content = bytes(content)
    if b"ATTACK-CRASH" in content:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"ATTACK-SPIN" in content:
        while True:
            pass
    if b"ATTACK-SLEEP" in content:
        time.sleep(1000)
    if b"ATTACK-MEMORY" in content:
        bytearray(1 << 40)
    if b"ATTACK-BUG" in content:
        raise ZeroDivisionError("a bug")
    if b"ATTACK-PRINT" in content:
        print("{}", flush=True)
        os.write(2, b"noise")

def during(function, at):
    def attacked(*args, **kwargs):
        attack(args[at])
        return function(*args, **kwargs)
    return attacked

if "symbolicator.isolation.child" in sys.orig_argv:
    from symbolicator.sourcemaps import identify, compiling
    compiling.SourceMapCompiler.compile = during(compiling.SourceMapCompiler.compile, 1)
    real = identify.identify
    def identified(name, data):
        if name.startswith("identify"):
            attack(data)
        return real(name, data)
    identify.identify = identified
'''


@pytest.fixture(autouse=True)
def attacks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("in-the-child")
    (folder / "sitecustomize.py").write_text(IN_THE_CHILD)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(isolation, "CPU_SECONDS", 1)
    monkeypatch.setattr(isolation, "SECONDS", 60.0)  # the machine may be busy


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """The children that were started."""
    children: list[Child] = []
    real = Child.__init__

    def start(self: Child, *args: object) -> None:
        children.append(self)
        real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Child, "__init__", start)
    return children


@pytest.fixture
def nothing_compiled_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process compiles nothing and identifies nothing."""

    def refuse(*_: object) -> None:
        raise AssertionError("read in the parent")

    monkeypatch.setattr(Cache, "_compiled", refuse)
    monkeypatch.setattr("symbolicator.artifacts.identifying.read_record", refuse)
