"""A real problem of each type, as people have them: a small build in `dist/` of the working folder, and an event that lacks something."""

import shutil
from pathlib import Path

import pytest

from symbolicator import Bounds, Symbolicator
from symbolicator import event as event_json
from symbolicator.event.errors import distinct_problems
from symbolicator.transformers.javascript import JavaScript
from tests.makers.builds import CART, FRAME, build
from tests.makers.repositories import Repository

APIARY = Path(__file__).parent.parent.parent / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary"
SCRIPT = {**FRAME, "abs_path": "https://shop.example/assets/app.js"}
IMAGE = {
    "type": "elf",
    "code_file": "/opt/apiary/apiary",
    "debug_id": "bab6a9cc-5d30-a727-2d14-f6838ae4fe87",
    "code_id": "cca9b6ba305d27a72d14f6838ae4fe87af16a159",
    "image_addr": "0x500000000000",
    "image_size": 24576,
}
JAVA = {"platform": "java", "module": "a.b", "function": "c", "filename": "SourceFile", "lineno": 7}


def problems(event, files="dist", **options):
    """The problems of an event, each once."""
    with Symbolicator(files, cache_dir=False, **options) as engine:
        return distinct_problems(engine.run(event_json.read(event)))


def javascript(**changes):
    frame = {key: value for key, value in {**SCRIPT, **changes}.items() if value is not None}
    return {"platform": "javascript", "stacktrace": {"frames": [frame]}}


def native(address, *images):
    return {"platform": "native", "debug_meta": {"images": list(images)}, "stacktrace": {"frames": [{"instruction_addr": address}]}}


def java(frame=JAVA):
    return {"platform": "java", "stacktrace": {"frames": [frame]}}


def missing_source():
    build(Path("dist"))
    return problems(javascript(abs_path="https://shop.example/assets/basket.js"))


def missing_sourcemap():
    build(Path("dist"))
    Path("dist/app.js.map").unlink()
    return problems(javascript())


def malformed_sourcemap():
    build(Path("dist"))
    Path("dist/app.js.map").write_text('{"version": 3, "sources": ["src/cart.ts"], "mapp')
    return problems(javascript())


def missing_source_content():
    build(Path("dist"), content=None)
    return problems(javascript())


def invalid_location():
    build(Path("dist"))
    return problems(javascript(lineno=7))


def no_column():
    build(Path("dist"))
    return problems(javascript(colno=None))


def ambiguous_file():
    build(Path("dist"), "web/app.js")
    build(Path("dist"), "admin/app.js", source="../src/users.ts")
    Path("dist/admin/app.js").write_text(Path("dist/admin/app.js").read_text() + "\n")
    return problems(javascript(abs_path="https://shop.example/app.js"))


def unknown_image():
    Path("dist").mkdir()
    return problems(native("0x7f3000001000", IMAGE))


def missing_debug_file():
    Path("dist").mkdir()
    return problems(native("0x500000002b91", IMAGE))


def malformed_debug_file():
    Path("dist").mkdir()
    content = APIARY.read_bytes()
    Path("dist/apiary").write_bytes(content[: len(content) // 2])
    return problems(native("0x500000002b91", IMAGE))


def missing_symbol():
    Path("dist").mkdir()
    shutil.copy(APIARY, "dist")
    return problems(native("0x500000000010", IMAGE))


def missing_mapping():
    Path("dist").mkdir()
    return problems(java())


def malformed_mapping():
    Path("dist").mkdir()
    Path("dist/mapping.txt").write_text("# compiler: R8\nshop.Cart -> a.b:\n    1:2:int total():30:31 -> c\n    1:2:int tot\nshop.Cart\n")
    return problems(java())


def ambiguous_frame():
    Path("dist").mkdir()
    Path("dist/mapping.txt").write_text("# compiler: R8\nshop.Cart -> a.b:\n    int total() -> c\n    int count(int) -> c\n")
    return problems(java({**JAVA, "lineno": None}))


def missing_seam():
    build(Path("dist"))
    frames = [{"function": name, "platform": "native", "instruction_addr": "0x1000"} for name in ("main", "app::lift")]
    values = [{"type": "SIGSEGV", "stacktrace": {"frames": frames}}, {"type": "Error", "stacktrace": {"frames": [SCRIPT]}}]
    return problems({"platform": "javascript", "exception": {"values": values}})


def missing_history():
    build(Path("dist"))
    Repository(Path("shop").absolute()).commit({"src/cart.ts": CART}, "Begin")
    return problems({**javascript(), "tags": {"git.commit": "4be1d0c7" * 5}}, repos="shop")


def unsupported():
    Path("dist").mkdir()
    image = {"type": "pe_dotnet", "code_file": "Shop.dll", "debug_id": IMAGE["debug_id"], "image_addr": "0x10000", "image_size": 4096}
    return problems(native("0x10010", image))


def limit_exceeded():
    build(Path("dist"))
    event = {"platform": "javascript", "stacktrace": {"frames": [SCRIPT] * 3}}
    return problems(event, bounds=Bounds(frames=2))


def invalid_data():
    build(Path("dist"))
    return problems(javascript(lineno="seven"))


def internal_error():
    build(Path("dist"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JavaScript, "transform", None)
        return problems(javascript())
