"""V8 as the oracle: a program that throws from every kind of function, its stack's names against ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.sourcemaps.functions import FunctionCompiler

PROGRAM = r"""
const where = () => console.log(new Error().stack);
const pass = (value) => value;
class Base { constructor() { where(); } }
class Implicit extends Base {}
class WithField extends Base { field = 1; }
new Implicit(); new WithField();
class Fields {
  a = where();
  arrow = () => where();
  #secret() { where(); }
  static s = where();
  static { where(); }
  ["comp" + "uted"]() { where(); }
  [Symbol.iterator]() { where(); }
  "str-key"() { where(); }
  12() { where(); }
  static create() { where(); }
  reveal() { this.#secret(); }
  get size() { return where(); }
  set size(v) { where(); }
  static get total() { return where(); }
  *each() { where(); }
  async load() { await 0; where(); }
}
const f = new Fields();
f.arrow(); f.computed(); f[Symbol.iterator](); f["str-key"](); f[12](); Fields.create(); f.reveal(); f.size; f.size = 1; Fields.total;
f.each().next(); f.load();
const wrapped = pass(() => where()); wrapped();
const ternary = Math.random() > 2 ? () => where() : () => where(); ternary();
const either = null || (() => where()); either();
const sequence = (0, () => where()); sequence();
let late; late ??= () => where(); late();
const o = {
  method() { where(); }, arrow: () => where(), fn: function () { where(); }, own: function named() { where(); },
  nested: { deep() { where(); }, arrow: () => where() }, get x() { return where(); }, ["a" + "b"]: () => where(),
};
o.method(); o.arrow(); o.fn(); o.own(); o.nested.deep(); o.nested.arrow(); o.x; o.ab();
const exported = {};
exported.y = function () { where(); }; exported.z = () => where(); exported["q"] = () => where();
exported.y(); exported.z(); exported.q();
function Old() { this.m = function () { where(); }; this.a = () => where(); where(); }
Old.prototype.p = function () { where(); };
Object.assign(Old.prototype, { q() { where(); }, r: function () { where(); } });
const old = new Old(); old.m(); old.a(); old.p(); old.q(); old.r();
(function () { where(); })(); (() => { where(); })(); (function named() { where(); }());
const { d = () => where() } = {}; d();
const byDefault = (g = () => where()) => { g(); }; byDefault();
const inDefault = (g = where()) => g; inDefault();
const A = class { m() { where(); } constructor() { where(); } }; new A().m();
const B = pass(class { m() { where(); } constructor() { where(); } }); new B().m();
[1].forEach(() => where()); [1].map(function (x) { where(); });
const curried = () => () => where(); curried()();
const returned = () => { return function () { where(); }; }; returned()();
new Promise(() => { where(); });
function outer() { function inner() { where(); } inner(); } outer();
async function af() { await 0; where(); } async function ag() { await af(); } ag();
const gen = function* () { where(); }; gen().next();
class Extended extends pass((where(), Base)) {}
new Proxy({}, { get(target, key) { return where(); } }).anything;
where();
export default function () { where(); }
import("./program.mjs").then((m) => m.default());
"""


def last(name: str | None) -> str | None:
    """`async Cart.total [as total]`, `get total`, `new Cart` → the last name; None for none."""
    bare = re.sub(r"\s*\[as .*\]$|^(?:async|new|get|set) ", "", name or "")
    return None if not bare or re.fullmatch(r"<.*>", bare) else re.sub(r"^.*?([^.]*|\[Symbol\..*\])$", r"\1", bare)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_names_are_those_that_v8_prints(tmp_path: Path) -> None:
    program = tmp_path / "program.mjs"
    program.write_text(PROGRAM)
    run = subprocess.run(["node", "--stack-trace-limit=20", str(program)], capture_output=True, text=True, timeout=60, check=True)
    compiler = FunctionCompiler("javascript")
    index = compiler.open(Table.open(compiler.compile(memoryview(PROGRAM.encode())).to_bytes()))
    frames = set(re.findall(r"^    at (?:(?:async )?(.*?) \()?\S*program\.mjs:(\d+):(\d+)\)?$", run.stdout, re.MULTILINE))
    assert len(frames) > 100
    ours = {(name, int(line), int(column)): index.name_at(int(line) - 1, int(column) - 1) for name, line, column in frames}
    assert [(frame, answer) for frame, answer in ours.items() if last(frame[0]) != last(answer)] == []
