"""`symbolicator files`: what files are, what folders hold, and putting files into a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import chosen_files, debug_option, terminal_width
from symbolicator.cli.streams import show, show_json
from symbolicator.cli.style import Style

if TYPE_CHECKING:
    from symbolicator.artifacts.stores import StoreChain

_format = click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")


@click.group()
@debug_option
def files() -> None:
    """What files are, and where they are kept."""


@files.command("id")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@_format
@debug_option
def id_(paths: tuple[str, ...], form: str) -> None:
    """What each FILE is: format, ids, what is in it, what belongs to it, what is missing and what to do.

    Told by content, whatever the name: native files, scripts, source maps, mappings, and zip, gz and zst with such files in them.
    """
    from symbolicator.builds.facts import facts
    from symbolicator.keys import FileKind

    told: list[dict[str, Any]] = []
    for path in paths:
        if Path(path).is_dir():
            raise Failure(f"{path} is a folder", f"`symbolicator files ls -f {path}` lists what it holds")
        store = _store((path,))
        artifacts = store.artifacts()
        if not artifacts:
            raise Failure(f"{path} cannot be read: {'; '.join(store.notes()) or 'it is no plain file'}", code=NOTHING)
        found = facts(artifacts[0], store, path)
        for note in store.notes():
            found["problems"].append({"what": note, "hint": "what cannot be read is left out"})
        told.append(found)
        if form == "plain":
            show("\n".join(_page(found)) + "\n")
    if form == "json":
        show_json(told, indent=2)
    if all(found["kind"] == FileKind.OTHER.value for found in told):
        raise Failure("nothing is known of what was given", code=NOTHING)


@files.command()
@click.option(
    "-f", "--files", "given", multiple=True, metavar="DIR", help="A folder, file or bundle; may be repeated. Default: as `trace`."
)
@click.option("--all", "everything", is_flag=True, help="Sources and files of no known kind, too.")
@_format
@debug_option
def ls(given: tuple[str, ...], everything: bool, form: str) -> None:
    """What the folders hold, as it is identified: kind, size, id, name. What was left out is told on stderr."""
    from symbolicator.builds.facts import ids_of, kind_name
    from symbolicator.cli.sizes import size_text
    from symbolicator.keys import FileKind

    chosen = chosen_files(given)
    if not chosen:
        raise Failure("no folder is given", "name one: -f dist/")
    store = _store(chosen)
    artifacts = store.artifacts()
    shown = [one for one in artifacts if everything or one.identity.kind not in {FileKind.SOURCE, FileKind.OTHER}]
    if form == "json":
        listed = [{"file": one.name, "kind": one.identity.kind.value, "size": one.size, "ids": list(ids_of(one))} for one in shown]
        show_json(listed, indent=2)
    for one in shown if form == "plain" else ():
        said = next(iter(ids_of(one)), "-")
        show(f"{kind_name(one):12} {size_text(one.size):>10}  {one.name}\n" + (f"{'':25}{said}\n" if said != "-" else ""))
    if len(shown) < len(artifacts):
        say(f"symbolicator: {len(artifacts) - len(shown)} sources and other files are not listed; --all lists them")
    for note in store.notes():
        say(f"symbolicator: {note}")
    store.close()
    if not shown:
        raise Failure(f"nothing of a build in {', '.join(chosen)}", "give the folder that your build wrote", NOTHING)


@files.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", required=True, metavar="STORE", help="The folder of the store; made where there is none.")
@click.option("--release", metavar="R", help="The release that the files are of. Native files with a build id do without.")
@click.option("--dist", metavar="D", help="Its distribution.")
@click.option("--url-prefix", default="", metavar="U", help="The URL that the files are served below, e.g. https://cdn.example/assets.")
@click.option("--sources", is_flag=True, help="Sources, too: for maps that do not hold them.")
@click.option("--replace", is_flag=True, help="Files that are there with another content may go.")
@debug_option
def add(paths: tuple[str, ...], output: str, release: str | None, dist: str | None, url_prefix: str, sources: bool, replace: bool) -> None:
    """Put files into a store: a folder that -f takes, with the files of many releases.

    Scripts, maps and mappings go to STORE/RELEASE/DIST/PATH-OF-URL-PREFIX/…, native files to STORE/.build-id/ab/cdef….debug; sources and
    other files are left out.

    \b
    Example:
      symbolicator files add --release shop@1.2.0 --url-prefix https://cdn.example/assets dist/ -o /srv/symbols
      symbolicator event crash.json -f /srv/symbols
    """
    from symbolicator.artifacts.adding import KEPT, place_in_store, put, release_folder
    from symbolicator.keys import FileKind

    if Path(output).exists() and not Path(output).is_dir():
        raise Failure(f"{output} is no folder", "-o names the folder of the store")
    store = _store(paths)
    kinds = (*KEPT, FileKind.SOURCE) if sources else KEPT
    everything = store.artifacts()
    # A container goes in whole.
    containers = {one.path for one in everything if one.identity.kind is FileKind.CONTAINER}
    chosen = [
        one for one in everything if one.identity.kind in kinds and not ("!" in one.path and one.path.partition("!")[0] in containers)
    ]
    if not chosen:
        raise Failure(f"nothing of a build in {', '.join(paths)}", "give the folder that your build wrote", NOTHING)
    folders = release_folder(release, dist) if release else ()
    written = there = 0
    for one in chosen:
        place = place_in_store(one, folders, url_prefix)
        if not folders and place[0] != ".build-id":
            raise Failure(f"{one.name} is found by its release only", "give --release, e.g. --release shop@1.2.0")
        try:
            new = put(one.read(), Path(output), place, replace=replace)
        except FileExistsError as error:
            raise Failure(str(error), "a release is built once: give another --release, or --replace", NOTHING) from error
        written, there = written + new, there + (not new)
    said = f"; {there} there already" if there else ""
    show(f"{written} file{'' if written == 1 else 's'} added to {Path(output, *folders)}{said}\n")


def _store(paths: tuple[str, ...]) -> StoreChain:
    """The store over some paths. Raises `Failure` where there is none."""
    from symbolicator.artifacts.folders import default_cache_folder
    from symbolicator.artifacts.stores import open_stores
    from symbolicator.engine import IDENTIFIERS

    for path in paths:
        if not Path(path).exists():
            raise Failure(f"there is no {path!r}", "give a file or folder of your build")
    return open_stores(paths, default_cache_folder(), IDENTIFIERS)


def _page(found: dict[str, Any]) -> list[str]:
    """The facts of a file for a person, in the terminal's width."""
    from symbolicator.cli.sizes import size_text

    style = Style(width=terminal_width())
    lines = [f"{found['file']}: {_said(found['kind'])}, {size_text(found['size'])}"]
    width = max((len(key) for key in found), default=0)
    for key, value in found.items():
        if key in {"file", "kind", "size", "problems", "members"} or value is None:
            continue
        lines += style.wrap(f"  {key.replace('_', ' '):{width}}  ", _said(value) or "none")
    for one in found.get("members", ()):
        lines.append(f"  {one['kind']:12} {size_text(one['size']):>10}  {one['file'].rpartition('!')[2]}")
        lines += [f"{'':27}{each}" for each in one["ids"][:2]]
    for problem in found["problems"]:
        lines += style.wrap("  ! ", f"{problem['what']}; {problem['hint']}")
    return lines


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_said(one)}" for key, one in value.items() if one is not None)
    return f"{value:,}" if isinstance(value, int) else str(value).replace("debug_file", "native file").replace("sourcemap", "source map")
