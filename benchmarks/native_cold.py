"""The child of `native.py` for cold starts: one process that answers addresses and ends. It imports what it needs for that, and no more.

Usage: python benchmarks/native_cold.py {ours,symbolic} FILE ADDRESSES.json
"""

import json
import mmap
import os
import sys

Chain = list[list]
"""An answer, outer function first: name, the file's last part, line."""


def chain_of_ours(locations) -> Chain:
    return [[one.symbol or one.function, (one.file or "").rpartition("/")[2], one.line] for one in locations]


def chain_of_symbolic(locations) -> Chain:
    return [[one.symbol, (one.full_path or "").rpartition("/")[2], one.line] for one in reversed(locations)]


def ours(path: str, addresses: list[int]) -> list[Chain]:
    from symbolicator.debugfiles.lazy import LazyIndex
    from symbolicator.debugfiles.opening import open_container

    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes 3 ms
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return [chain_of_ours(one) for one in LazyIndex(open_container(whole)).lookup_many(addresses)]


def symbolic(path: str, addresses: list[int]) -> list[Chain]:
    from symbolic import Archive

    cache = next(iter(Archive.open(path).iter_objects())).make_symcache()
    return [chain_of_symbolic(cache.lookup(address)) for address in addresses]


if __name__ == "__main__":
    who, path, asked = sys.argv[1:]
    with open(asked, encoding="utf-8") as file:  # noqa: PTH123 - as above
        addresses = json.load(file)
    print(json.dumps((symbolic if who == "symbolic" else ours)(path, addresses)))
    sys.stdout.flush()
    os._exit(0)  # as in `native.py`
