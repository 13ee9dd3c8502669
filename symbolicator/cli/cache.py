"""`symbolicator cache`: the folder of compiled files."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import PATH, debug_option
from symbolicator.cli.sizes import Size, size_text
from symbolicator.cli.streams import show, show_json

if TYPE_CHECKING:
    from symbolicator.artifacts.cache import Cache

_folder_option = click.option(
    "--cache-dir", type=PATH, metavar="DIR", help="The cache folder. Default: $SYMBOLICATOR_CACHE_DIR, else your own."
)


@click.group()
@debug_option
def cache() -> None:
    """Manage the folder of compiled files. Deleting any of it is safe: what is needed is compiled again."""


@cache.command()
@_folder_option
@click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")
@debug_option
def info(cache_dir: str | None, form: str) -> None:
    """Show where the folder is and what is in it."""
    held = _open(cache_dir).info()
    if form == "json":
        from msgspec import to_builtins

        show_json(to_builtins(held), indent=2)
        return
    show(f"{held.folder}: {_files(held.entries)}, {size_text(held.bytes)}\n")
    for name, one in held.compilers.items():
        show(f"  {name:24} {_files(one.entries):>12}  {size_text(one.bytes):>9}\n")


@cache.command()
@click.option("--max-size", type=Size(), required=True, metavar="SIZE", help="How much to keep, e.g. 500M.")
@_folder_option
@debug_option
def trim(max_size: int, cache_dir: str | None) -> None:
    """Remove the least recently used files until at most SIZE is left."""
    kept = _open(cache_dir)
    removed = kept.trim(max_size)
    show(f"{size_text(removed)} removed, {size_text(kept.info().bytes)} left in {kept.folder}\n")


@cache.command()
@_folder_option
@debug_option
def clear(cache_dir: str | None) -> None:
    """Remove all compiled files; other files in the folder stay."""
    kept = _open(cache_dir)
    held = kept.info()
    kept.clear()
    left = kept.info()
    if left.entries:
        raise Failure(
            f"{_files(left.entries)} in {kept.folder} could not be removed",
            "they belong to another user, or the folder is read-only",
            NOTHING,
        )
    show(f"{_files(held.entries)}, {size_text(held.bytes)} removed from {kept.folder}\n")


@cache.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Files to compile at once. Default: one for each processor.")
@_folder_option
@debug_option
def warm(paths: tuple[str, ...], jobs: int | None, cache_dir: str | None) -> None:
    """Compile all files in PATHs now.

    Then the first trace is as fast as later ones. Compiled are source maps, mappings and native debug files. A file that cannot be read is
    reported on stderr; the exit code is then 1.
    """
    for path in paths:
        if not Path(path).exists():
            raise Failure(f"{path!r} does not exist", "give the folder that your build wrote, with its maps and debug files")
    from symbolicator.artifacts.folders import unwritable
    from symbolicator.artifacts.stores import open_stores
    from symbolicator.cli.warming import compile_all, tables_of
    from symbolicator.engine import IDENTIFIERS

    kept = _open(cache_dir)
    if kept.folder is None:
        raise Failure(f"nothing can be kept in {cache_dir!r}: it is no folder of this user's alone", "name another with --cache-dir")
    if (why := unwritable(kept.folder)) is not None:
        raise Failure(f"{str(kept.folder)!r} cannot be written: {why}", "make it writable for this user, or name another with --cache-dir")
    store = open_stores(paths, kept.folder, IDENTIFIERS)
    tables = tables_of(store)
    if not tables:
        raise Failure(
            f"there are no source maps, mappings or native debug files in {', '.join(paths)}",
            "build with source maps or debug information, and give their folder; `symbolicator files ls` lists what is there",
            NOTHING,
        )
    bad = 0
    for _, error in compile_all(paths, kept, tables, jobs or os.cpu_count() or 1):
        if error is not None:
            bad += 1
            say(f"symbolicator: {error}")
    store.close()
    counts = {kind: sum(table.kind == kind for table in tables) for kind in dict.fromkeys(table.kind for table in tables)}
    said = [_counted(count, kind) for kind, count in counts.items() if count]
    show(
        f"{' and '.join(filter(None, (', '.join(said[:-1]), said[-1])))} compiled in {kept.folder}\n"
        if not bad
        else f"{len(tables) - bad} of {len(tables)} compiled in {kept.folder}\n"
    )
    if bad:
        raise Failure(f"{bad} of {len(tables)} files cannot be read", "build them again: they may be truncated", NOTHING)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _open(cache_dir: str | None) -> Cache:
    from symbolicator.artifacts.cache import Cache
    from symbolicator.artifacts.folders import default_cache_folder

    folder = default_cache_folder() if cache_dir is None else Path(cache_dir)
    if folder is None:
        raise Failure("no cache folder: you have no home folder", "name one with --cache-dir or $SYMBOLICATOR_CACHE_DIR")
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder):
        pass  # raises PermissionError: then nothing is known about what is in it
    return Cache(folder)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
