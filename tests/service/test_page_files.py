"""The files that the page is made of."""

import json
import re
from importlib.resources import files

from symbolicator import Symbolicator
from symbolicator.problems import ProblemType
from symbolicator.service.routes.page import page_text

FOLDER = files("symbolicator.service").joinpath("page")


def test_no_text_on_the_page_becomes_markup_or_code():
    for one in FOLDER.iterdir():
        if one.is_file():
            text = one.read_text("utf-8")
            assert len(text.splitlines()) <= 350, one.name
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), one.name


def test_every_problem_has_words_on_the_page():
    words = FOLDER.joinpath("words.js").read_text("utf-8")
    table = words[words.index("const PROBLEMS") : words.index("const FOUND_BY")]
    assert set(re.findall(r"(\w+): \"", table)) == {kind.value for kind in ProblemType}


def test_the_example_is_a_crash_of_the_files_that_come_with_it(tmp_path):
    [text] = re.findall(r'(?s)<script type="application/json" id="example-files">(.*?)</script>', page_text())
    example = json.loads(text)
    for name, content in example["files"].items():
        (tmp_path / name).write_text(content)
    with Symbolicator(tmp_path, cache_dir=False) as engine:
        assert "at priceOf (src/bill.ts:23:11)" in engine.symbolicate_text(example["trace"])
    assert len(text) < 8_000
