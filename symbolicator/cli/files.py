"""`symbolicator files`: identify files, list folders, add files to a store, remove old uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import PATH, chosen_files, debug_option, terminal_width
from symbolicator.cli.sizes import Size, size_text
from symbolicator.cli.streams import show, show_json
from symbolicator.cli.style import Style

_format = click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")


@click.group()
@debug_option
def files() -> None:
    """Identify files, list folders, and add files to a store."""


@files.command("id")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FILE...")
@_format
@debug_option
def id_(paths: tuple[str, ...], form: str) -> None:
    """Show what each FILE is, what is missing and what to do.

    It shows the format, ids and contents of a file, and the files that belong to it.

    The content decides, not the name. Known are native files, .NET assemblies and Portable PDBs, scripts,
    source maps, mappings, and zip, cab, gz and zst files with such files inside.
    """
    from symbolicator.builds.facts import describe
    from symbolicator.keys import FileKind

    described: list[dict[str, Any]] = []
    for path in paths:
        found = describe(path)
        described.append(found)
        if form == "plain":
            show("\n".join(_page(found)) + "\n")
    if form == "json":
        show_json(described, indent=2)
    if all(found["kind"] == FileKind.OTHER.value for found in described):
        raise Failure("none of the given files has a known format", code=NOTHING)


@files.command()
@click.option(
    "-f",
    "--files",
    "given",
    multiple=True,
    type=PATH,
    metavar="DIR",
    help="A folder, file or bundle; may be repeated. Default: as `trace`.",
)
@click.option("--all", "everything", is_flag=True, help="List sources and files of unknown formats too.")
@_format
@debug_option
def ls(given: tuple[str, ...], everything: bool, form: str) -> None:
    """List the files in the folders: kind, size, id, name. What is not listed is mentioned on stderr."""
    from symbolicator.artifacts.embedded import slices_of
    from symbolicator.builds.facts import ids_of, kind_name
    from symbolicator.builds.given import open_given
    from symbolicator.keys import FileKind

    chosen = chosen_files(given)
    if not chosen:
        raise Failure("no folder given", "name one: -f dist/")
    store = open_given(chosen)
    artifacts = store.artifacts()
    shown = [one for one in artifacts if everything or one.identity.kind not in {FileKind.SOURCE, FileKind.OTHER}]
    if form == "json":
        listed = [{"file": one.name, "kind": one.identity.kind.value, "size": one.size, "ids": list(ids_of(one))} for one in shown]
        show_json(listed, indent=2)
    for one in shown if form == "plain" else ():
        show(f"{kind_name(one):12} {size_text(one.size):>10}  {one.name}\n")
        for each in slices_of(one):
            for said in ids_of(each)[:1]:
                arch = next((slice_.arch for slice_ in one.identity.slices if slice_.identity is each.identity), "")
                show(f"{'':25}{said}{arch and f' ({arch})'}\n")
    if len(shown) < len(artifacts):
        say(f"symbolicator: {len(artifacts) - len(shown)} sources and other files not listed; --all lists them")
    for note in store.notes():
        say(f"symbolicator: {note}")
    store.close()
    if not shown:
        raise Failure(f"no build files in {', '.join(chosen)}", "give the folder that your build wrote", NOTHING)


@files.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("-o", "--output", required=True, type=PATH, metavar="STORE", help="The store's folder; created if it does not exist.")
@click.option("--release", metavar="R", help="The release of the files. Native files with a build id need none.")
@click.option("--dist", metavar="D", help="The release's distribution.")
@click.option("--url-prefix", default="", metavar="U", help="The URL the files are served from, e.g. https://cdn.example/assets.")
@click.option("--sources", is_flag=True, help="Add sources too: for maps without sourcesContent.")
@click.option("--replace", is_flag=True, help="Replace files that exist with different content.")
@click.option("--uuid", metavar="ID", help="What the app calls its mapping, as `sentry-cli upload-proguard --uuid` takes it.")
@debug_option
def add(
    paths: tuple[str, ...],
    output: str,
    release: str | None,
    dist: str | None,
    url_prefix: str,
    sources: bool,
    replace: bool,
    uuid: str | None,
) -> None:
    """Add files to a store, a folder with many releases.

    A store is given with -f like any other folder.

    Scripts, maps and mappings go to STORE/RELEASE/DIST/PATH-OF-URL-PREFIX/…; native files go to STORE/.build-id/ab/cdef….debug and, by
    name, to STORE/RELEASE/DIST/NAME/elf-buildid-abcdef…/NAME (a link); with --uuid, a mapping goes to
    STORE/RELEASE/DIST/proguard/ID.txt, and is found by the ID and by the release. Without --release, the folders of the release are left
    out. Sources and other files are not added.

    \b
    Example:
      symbolicator files add dist/ -o /srv/symbols --release shop@1.2.0 \\
        --url-prefix https://cdn.example/assets
      symbolicator event crash.json -f /srv/symbols
    """
    from symbolicator.builds.storing import add as add_to_store

    if Path(output).exists() and not Path(output).is_dir():
        raise Failure(f"{output} is not a folder", "-o names the folder of the store")
    try:
        added = add_to_store(paths, output, release=release, dist=dist, url_prefix=url_prefix, sources=sources, replace=replace, uuid=uuid)
    except FileExistsError as error:
        raise Failure(str(error), "give another --release, or --replace", NOTHING) from error
    if added == (0, 0, added.folder):
        raise Failure(f"no build files in {', '.join(paths)}", "give the folder that your build wrote", NOTHING)
    said = f"; {added.there} already there" if added.there else ""
    show(f"{added.written} file{'' if added.written == 1 else 's'} added to {added.folder}{said}\n")


@files.command()
@click.argument("store", type=PATH, metavar="STORE")
@click.option("--older-than", type=click.FloatRange(0), metavar="DAYS", help="Remove what was not uploaded again for so many days.")
@click.option("--size", type=Size(), metavar="SIZE", help="Then remove the oldest until so much is left, e.g. 20Gi; in each scope.")
@click.option("--scope", metavar="NAME", help="Only this scope. Default: all.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@debug_option
def prune(store: str, older_than: float | None, size: int | None, scope: str | None, dry_run: bool) -> None:
    """Remove old files from STORE, the folder of `serve --store`.

    Without options, only what interrupted uploads left is removed. The service may run meanwhile.

    \b
    Example:
      symbolicator files prune /srv/store --older-than 90 --size 50Gi
    """
    from symbolicator.builds.pruning import prune_store

    freed = prune_store(store, None if older_than is None else older_than * 86_400, size, scope, dry_run=dry_run)
    for name, one in freed.items():
        done = "would be removed" if dry_run else "removed"
        show(f"{name}: {one.files} file{'' if one.files == 1 else 's'} {done} ({size_text(one.bytes)}); {size_text(one.left)} left\n")


def _page(found: dict[str, Any]) -> list[str]:
    """The facts about a file as text, in the terminal's width."""
    style = Style(width=terminal_width())
    lines = [f"{found['file']}: {_said(found['kind'])}, {size_text(found['size'])}"]
    width = max((len(key) for key in found), default=0)
    for key, value in found.items():
        if key in {"file", "kind", "size", "problems", "members", "slices", "files"} or value is None:
            continue
        lines += style.wrap(f"  {key.replace('_', ' '):{width}}  ", _said(value) or "none")
    for one in found.get("slices", ()):
        said = {key: value for key, value in one.items() if key not in {"format", "arch", "code_id"}}
        lines += style.wrap(f"  {one['arch']:{width}}  ", _said(said))
    for one in found.get("files", ()):
        ids = ", ".join(each["debug_id"] or "without UUID" for each in one.get("slices", (one,)))
        lines += style.wrap(f"  {Path(one['file']).name:{width}}  ", ids)
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
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    for word, spoken in _SPOKEN.items():
        text = text.replace(word, spoken)
    return text


_SPOKEN = {"debug_file": "native file", "sourcemap": "source map", "portable_pdb": "Portable PDB"}
