"""The examples of CONTRIBUTING.md, run as they stand there."""

import re
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.traces import formats
from symbolicator.traces.native import formats as native_formats
from symbolicator.traces.native import shapes
from tests.makers.builds import build

PAGE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=[re.findall(r"def (test_\w+)", example)[0] for example in EXAMPLES])
def test_an_example_does_what_it_says(example, monkeypatch, tmp_path):
    names = {"Symbolicator": Symbolicator, "parse_trace": parse_trace, "build": build}
    exec(example, names)
    if "ROW" in names:
        row = names["ROW"]
        made = native_formats.Format(row.name, "shape", "native", row.marker, lambda plain: shapes._read(row, plain), shapes.write)
        monkeypatch.setattr(native_formats, "FORMATS", (*native_formats.FORMATS, made))
    if "FORMAT" in names:
        monkeypatch.setattr(formats, "FORMATS", (names["FORMAT"], *formats.FORMATS))
    (test,) = (value for name, value in names.items() if name.startswith("test_"))
    test(tmp_path) if test.__code__.co_argcount else test()


def test_every_file_and_folder_that_the_page_names_is_there():
    root = Path(__file__).parent.parent
    named = {path for path in re.findall(r"`((?:traces|debugfiles|transformers|cli|service|sourcemaps|mappings)/[\w/.]*)`", PAGE) if path}
    assert len(named) > 10
    assert [path for path in named if not (root / "symbolicator" / path).exists()] == []
    assert [path for path in re.findall(r"\]\(([\w/.]+)\)", PAGE) if not (root / path).exists()] == []
