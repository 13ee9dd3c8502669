"""The direction of imports: each group may import only from itself and the groups above it."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "symbolicator"

# The house, from the words down to the doors. A room is a file or a folder; rooms of one group stand beside each other.
GROUPS = [
    (
        "words",
        [
            "_version",
            "bounds",
            "cached",
            "chains",
            "control",
            "errors",
            "eval_places",
            "forks",
            "processes",
            "keys",
            "problems",
            "types",
            "protobuf",
            "model",
            "patterns",
            "log",
            "lazily",
            "zstandard",
        ],
    ),
    ("kernels", ["kernels"]),
    ("pantry", ["artifacts"]),
    ("format rooms", ["sourcemaps", "debugfiles", "mappings", "portable_pdb", "il2cpp"]),
    ("clones", ["history"]),
    ("desk", ["context", "lookup"]),
    ("corridor's settings", ["settings", "registry"]),
    ("workers", ["transformers"]),
    ("corridor", ["pipeline", "testing", "within"]),
    # An event may carry stacks as text, which `event/carried.py` has read; a text knows of no event.
    ("doors: texts", ["traces"]),
    ("doors: the event", ["event"]),
    ("doors: what people read", ["rendering", "explain"]),
    ("doors: the library", ["engine", "batch", "batch_worker", "isolation", "workshop", "one_call"]),
    ("doors: builds", ["builds", "anonymizing", "__init__"]),
    ("doors: the services", ["service", "mcp"]),
    ("doors: the command line", ["cli", "__main__"]),
]
RANK = {room: rank for rank, (_, rooms) in enumerate(GROUPS) for room in rooms}

# (importer, imported): the reason it may look down.
EXCEPTIONS = {
    ("registry", "transformers"): "it makes the transformers that it names",
    ("testing", "event"): "it drives the corridor through the event's JSON, as a third party sees it",
}


def imports():
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            if isinstance(node, ast.ImportFrom) and node.module == "symbolicator":
                names = [f"symbolicator.{alias.name}" for alias in node.names]
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                parts = (name or "").split(".")
                if parts[0] == "symbolicator" and len(parts) > 1:
                    yield path.relative_to(PACKAGE), room, parts[1]


def test_every_room_stands_in_the_house():
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    assert rooms == set(RANK)


def test_imports_go_one_way():
    wrong = [
        f"{path} imports {imported}"
        for path, room, imported in imports()
        if RANK.get(imported, RANK["__init__"]) > RANK[room] and (room, imported) not in EXCEPTIONS
    ]
    assert not wrong


def imported_modules():
    """The modules of the package, each with those that it imports anywhere: within functions and for types alone, too."""
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    for name, path in names.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in names else node.module for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        yield name, (found & names.keys()) - {name}


def test_no_circle_of_imports():
    left = dict(imported_modules())
    assert "symbolicator.artifacts.index" in left["symbolicator.artifacts.directory"]
    # Who imports nothing that is left is in no circle, nor is who nothing that is left imports.
    while left:
        wanted = set().union(*left.values())
        free = {name for name, imported in left.items() if not imported & left.keys() or name not in wanted}
        if not free:
            break
        left = {name: imported for name, imported in left.items() if name not in free}
    assert {name: sorted(imported & left.keys()) for name, imported in left.items()} == {}


def test_format_rooms_do_not_import_each_other_and_have_never_heard_of_a_frame():
    rooms = GROUPS[3][1]
    assert not [
        f"{path} imports {imported}" for path, room, imported in imports() if room in rooms and imported in {*rooms, "model"} - {room}
    ]


def test_one_room_imports_one_package():
    home = {
        "elftools": "debugfiles",
        "multi_demangle": "debugfiles",
        "sourcemap": "sourcemaps",
        "tree_sitter": "sourcemaps",
        "flask": "service",
        "werkzeug": "service",
        "gunicorn": "service",
        "waitress": "service",
        "prometheus_client": "service",
        "cachetools": "artifacts",
        "rich": "cli",
        "click": "cli",
    }
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom) and node.level == 0
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            wrong += [f"{path} imports {name}" for name in names if home.get(name.split(".")[0], room) != room]
    assert not wrong


def test_no_file_is_longer_than_can_be_kept_in_mind():
    # At 350 lines there is a second concept in it. Kernels are as long as their loops.
    paths = [path for path in PACKAGE.rglob("*.py") if "kernels" not in path.parts]
    assert [path.name for path in paths if len(path.read_text("utf-8").splitlines()) > 350] == []


def test_no_test_reads_a_clock():
    # On a busy machine all takes longer; work is counted (`counting.py`), and what hangs ends by the general time-out.
    clock = re.compile(r"\b(?:perf_counter|process_time|monotonic|time\.time|thread_time)(?:_ns)?\(")
    tests = Path(__file__).parent
    assert [path.name for path in sorted(tests.rglob("*.py")) if clock.search(path.read_text("utf-8"))] == []


def test_nothing_takes_the_cached_property_that_locks():
    # Before Python 3.12 one lock stands for all objects of a class; `cached.py` has one without.
    locking = re.compile(r"^from functools import .*\bcached_property\b|functools\.cached_property", re.MULTILINE)
    assert [
        path.name for path in sorted(PACKAGE.rglob("*.py")) if path.name != "cached.py" and locking.search(path.read_text("utf-8"))
    ] == []
