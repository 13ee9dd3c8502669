"""Which lines of a log may be frames: those that a format reads, and few others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.kernels import frame_marks
from symbolicator.kernels.mark_numbers import CALLED, LINED, MARKED, READABLE
from tests.makers.kernels import uncompiled

KERNELS = [frame_marks, uncompiled()["frame_marks"]]

FRAMES = r"""
    at f (app.js:1:48213)
    at https://shop.example/app.js:1:48213
    at Array.map (<anonymous>)
    at f (native)
    at f (index 3)
    at load (/srv/shop/plugin)
    at async Promise.all (index 0)
  at Array.map @ <anonymous>
f@https://shop.example/app.js:1:48213
f@1:48213
f@[native code]
f@<?>.wasm-function[12]@[wasm code]
total @ cart.js:12
total https://shop.example/cart.js:12
❯ total src/cart.ts:12:3
"stack":"Error: x\n    at f (app.js:1:48213)\n"
    at f (app.js:1:48213)\n' +
app.js in c at line 1:304
app.js 1:304   c
https://post.example/app.js, line 1, col 304
  File "app:///index.mjs", line 1, col 72, in r
    in App (created by Root)
	at a.b.c(SourceFile)
	at a.b.c(SourceFile:12)
	at a.b.C.<init>(Native Method)
	at a.b.c(Cart.java) ~[shop.jar:1]
a.b.c(Unknown Source)
a:97, h (harbor)
harbor.h.a(int)  line: 97
   at Shop.Cart.Total(List`1 items)
   at Shop.Cart.Total(List`1 items) in C:\src\Cart.cs:line 12
   bei Shop.Cart.Total(List`1 items) in C:\src\Cart.cs:Zeile 12.
Tower.Damage (System.Int32 points) (at Assets/Tower.cs:31)
#0  0x0000555555555901 in f () at a.c:3
#1  season (count=3) at main.cpp:57
#2  <signal handler called>
 #3 [ffffc90000123d40] hive_open at ffffffff81234567
./apiary(season+0x9e)[0x5555555560fe]
          #00 pc 0000000000001234  /data/app/libhive.so (hive_open+12)
    #00 abs 000000723d47f057 virt 0000000000001057 _kDartIsolateSnapshotInstructions+0x57
#0      Basket.add (package:shop/basket.dart)
    @ 00005555555552aa hatch()
 3# Queen::lay() in /usr/lib/libqueen.so
	/srv/app/main.go:12
apiary[6715]: segfault at 0 ip 0000555555555901 sp 00007fffffffe440 error 4
 0000000000401136 pick (1, 7fff) + 26
     4011b7 [unknown] (/usr/bin/app)
4011b7 main+12 (/usr/bin/app)
$00401234
app.exe            0000000000401234  Unknown               Unknown  Unknown
 1: 00007FF61B2C1029 pick+41
3> C:\src\a.cpp(12): app!pick
 1  app!pick [a.cpp : 12]
00007FF61B2C1029 (app): (filename not available): pick
Exception Offset: 000012b2
{"b":"55B39AFA0000","o":"11CD"}
pc : 0000aaaab10011cd
PC   : 0040116B
 [<ffffffff81000030>]
        _ZN6apiary4HiveD1Ev+19
at f (app.js:[36m1[39m:48213)
""".strip("\n").split("\n")

OTHERS = r"""
2026-11-30T12:34:56.789Z  INFO 1 --- [nio-8080-exec-3] c.e.shop.OrderService : order id=5f2a took 31.2 ms
10.0.3.1 - - [30/Nov/2026:12:34:56 +0000] "GET /api/cart/77?q=1 HTTP/1.1" 200 512 "https://shop.example/cart" "Mozilla/5.0 (X11; Linux x86_64)"
{"level":30,"time":1700000000000,"pid":17,"msg":"done","remoteAddress":"::ffff:10.0.0.7","remotePort":41234}
{"level":"info","line":12,"file":"cart.py","msg":"done"}
Nov 30 12:34:56 host-1 kubelet[1003]: I1130 12:34:56.000123    4711 reconciler.go:123] attached volume "data-5f2a" at /var/lib/data
11-30 12:34:56.789  1003  2017 D OrderService: waiting at queue for user 3: state=2
2026/11/30 12:34:56 [error] 31#31: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7
time="2026-11-30T12:34:56Z" level=info msg="listening on 127.0.0.1:8080 for 3 hosts" caller="server/http.go:12"
[12:34:56] Starting 'build'... finished after 1:02 min
0xdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef mined block 12, 1920x1080, 50% done
2026-11-30T12:34:56+0000
commit 5f2a1c9d8e7b6a5f4e3d2c1b0a9f8e7d6c5b4a39 by somebody@shop.example
{"id":1,"position":{"x":12,"y":3},"state":"open"}
""".strip("\n").split("\n")


def flags(kernel, lines, page=False):
    data = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    found = bytearray(len(lines))
    return kernel.mark(data, kernel.TABLE, page, memoryview(found)), list(found)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("before", ["", "2026-11-30 12:34:56,789 [main] ERROR shop - ", "web_1  | ", '{"log":"'])
def test_a_line_with_a_frame_is_marked_whatever_a_logger_put_before_it(kernel, before):
    _, found = flags(kernel, [before + line for line in FRAMES])
    assert [line for line, flag in zip(FRAMES, found, strict=True) if flag != MARKED] == []


@pytest.mark.parametrize("kernel", KERNELS)
def test_lines_of_logs_are_not_marked(kernel):
    _, found = flags(kernel, OTHERS)
    assert [line for line, flag in zip(OTHERS, found, strict=True) if flag == MARKED] == []


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_member_with_a_line_counts_where_others_have_a_function(kernel):
    kinds, found = flags(kernel, ["{", '  "lineNumber": 12,', '  "methodName": "c"', "}"])
    assert (kinds, found) == (CALLED, [0, LINED, 0, 0])
    assert flags(kernel, ['{"line": 12, "funcName": "total"}']) == (0, [LINED])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "line",
    [
        '  File "/srv/cart.py", line 12, in total',
        "cart.rb:12:in `total'",
        "#0 /srv/cart.php(12): Cart->total()",
        "\tCart::total(3) called at cart.pl line 12",
        "    (shop 0.1.0) lib/cart.ex:12: Shop.Cart.total/1",
    ],
)
def test_traces_that_name_the_source_are_told(kernel, line):
    assert flags(kernel, ["done", line])[0] == READABLE


def test_references_stand_for_any_character_on_a_page():
    assert flags(frame_marks, ["at f (app.js&#58;1&#58;48213)"], page=True) == (0, [MARKED])


pieces = st.sampled_from([*"\n\n:()@[#\"'xltLiEU$?>.+ ", "at ", "0x", "12", ":1:2", "line ", "://", "\x1b[3m", "f", "é", "ip ", "\0"])


@given(st.lists(pieces, max_size=60).map("".join) | st.text(max_size=60))
def test_compiled_or_not_the_marks_are_the_same_and_no_line_has_another_ones(text):
    lines = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass").split("\n")
    (kinds, found), other = (flags(kernel, lines) for kernel in KERNELS)
    assert (kinds, found) == other
    assert found == [flags(KERNELS[0], [line])[1][0] for line in lines]


@given(st.lists(st.text("a\n\u20ac", max_size=9), max_size=20), st.data())
def test_lines_begin_where_they_are_asked_for(parts, data):
    text = "".join(parts).encode()
    lines = text.split(b"\n")
    numbers = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=6)))
    expected = [len(b"\n".join([*lines[:number], b""])) if number < len(lines) else len(text) for number in numbers]
    for kernel in KERNELS:
        asked, found = memoryview(bytearray(8 * len(numbers))).cast("Q"), memoryview(bytearray(8 * len(numbers))).cast("Q")
        asked[:] = memoryview(b"".join(number.to_bytes(8, "little") for number in numbers)).cast("B").cast("Q") if numbers else asked
        kernel.line_starts(text, asked, found)
        assert found.tolist() == expected
