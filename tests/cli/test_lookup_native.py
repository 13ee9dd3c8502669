"""`lookup` of native files: addr2line's lines, llvm-symbolizer's JSON, and pages for people."""

import json
import posixpath
import re
import shutil
import subprocess
import sys

import pytest

from .conftest import ROOT

NATIVE = ROOT / "fixtures" / "native"
FILE = NATIVE / "gcc-dwarf5" / "files" / "apiary"


def addresses_of(case):
    expected = json.loads((NATIVE / case / "expected.json").read_text())
    base = int(expected["images"][0]["image_addr"], 16)
    # What lies between functions addr2line gives to the symbol before it, however far; that is no answer of ours.
    kinds = {"entry", "row", "inside"}
    wanted = [one for one in expected["lookups"] if one["kind"] in kinds and one["frames"] and one["frames"][0]["line"]]
    return [hex(int(one["addr"], 16) - base + expected["image_base"]) for one in wanted]


def tidy(text):
    """Paths cleaned, discriminators (which are not read) left out."""
    text = re.sub(r" \(discriminator \d+\)", "", text)
    return re.sub(r"/[^\s:]+(?=:)", lambda path: posixpath.normpath(path[0]), text)


NAME = re.compile(r"(?:(?<=: )|(?<=\(inlined by\) )|^)(?!0x).* at ")


# one line a function; two; the innermost only; with addresses; without folders; addresses alone; demangled
def test_lookup_says_which_object_file_it_lacks_once(run, tmp_path):
    shutil.copytree(NATIVE / "macho-debug-map" / "files", tmp_path / "files")
    (tmp_path / "files" / "smoker.o").unlink()
    result = run("lookup", tmp_path / "files" / "libkiln.dylib", "0x6a0", "0x6a4", "0x824")
    assert result.stdout.splitlines()[0] == "squeeze_soft at ??:0"
    assert "kiln.cpp:36:27" in result.stdout
    assert result.stderr.count("smoker.o: not among the files given") == 1


@pytest.mark.parametrize("flags", ["-fip", "-fi", "-f", "-aip", "-fasip", "-a", "-s", "-fpC"])
@pytest.mark.parametrize("case", ["gcc-dwarf5", "gcc-dwarf4", "gcc-g1"])
@pytest.mark.skipif(not shutil.which("addr2line"), reason="compares with GNU addr2line")
def test_with_its_options_the_lines_are_addr2line_s(run, case, flags):
    file = NATIVE / case / "files" / "apiary"
    addresses = addresses_of(case)
    theirs = subprocess.run(["addr2line", flags, "-e", file, *addresses], capture_output=True, text=True, check=True).stdout
    pairs = list(zip(tidy(theirs).splitlines(), tidy(run("lookup", flags, "-e", file, *addresses).stdout).splitlines(), strict=True))
    # Names are compared apart: addr2line has the symbol table's for parts of functions (`main.cold`), and no scopes for static ones.
    places = [tuple(NAME.sub(" at ", line) for line in pair) for pair in pairs if "f" not in flags or " at " in pair[0] or "/" in pair[0]]
    assert [their for their, _ in places] == [our for _, our in places]
    assert sum(their == our for their, our in pairs) >= len(pairs) * 0.6


@pytest.mark.skipif(not shutil.which("llvm-symbolizer"), reason="compares with llvm-symbolizer")
def test_json_is_llvm_symbolizer_s(run):
    addresses = addresses_of("gcc-dwarf5")
    command = ["llvm-symbolizer", "-e", FILE, "--output-style=JSON", *addresses]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = json.loads(run("lookup", FILE, "--format", "json", *addresses).stdout)
    not_read = {"Discriminator", "StartFileName", "StartLine", "FunctionName"}
    differ = 0
    for their, our in zip(theirs, ours, strict=True):
        assert their.keys() == our.keys()
        assert (their["Address"], their["ModuleName"]) == (our["Address"], our["ModuleName"])
        assert [one.keys() for one in their["Symbol"]] == [one.keys() for one in our["Symbol"]]
        for frames in (their["Symbol"], our["Symbol"]):
            for frame in frames:
                frame["FileName"] = posixpath.normpath(frame["FileName"])
        kept = [[{key: value for key, value in one.items() if key not in not_read} for one in each["Symbol"]] for each in (their, our)]
        if ".cold" in their["Symbol"][-1]["FunctionName"]:  # it says where the part begins, we where the function does
            kept[0][-1]["StartAddress"] = kept[1][-1]["StartAddress"]
        differ += kept[0] != kept[1]
    assert differ <= len(theirs) // 20


def test_json_of_what_is_unknown_has_the_same_fields(run):
    nothing, error = json.loads(run("lookup", FILE, "--format", "json", "0x1", "nowhere").stdout)
    assert nothing["Address"] == "0x1"
    assert nothing["Symbol"][0]["FunctionName"] == ""
    assert set(error) == {"Error", "ModuleName"}


def test_json_of_standard_input_is_an_object_a_line(run):
    lines = run("lookup", FILE, "--format", "json", input="1350\n\n0x1351\n").stdout.splitlines()
    assert [json.loads(line).get("Address") for line in lines] == ["0x1350", None, "0x1351"]


def test_an_answer_comes_before_the_next_question():
    command = [sys.executable, "-m", "symbolicator", "lookup", "-fe", str(FILE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for _ in range(2):
            process.stdin.write("1350\n")
            process.stdin.flush()
            assert process.stdout.readline() == "main\n"
            assert process.stdout.readline().endswith("/main.cpp:69\n")
        process.stdin.close()
        assert process.wait(timeout=20) == 0


# hexadecimal with and without 0x; from where the file is loaded; symbols, whole and short, with an offset
@pytest.mark.parametrize(
    "position", ["0x1610", "1610", "apiary+0x1610", "+0x1610", "_ZN6apiary3Bee6forageEi", "apiary::Bee::forage", "main+0x2c0"]
)
def test_positions_are_written_as_people_find_them(run, position):
    result = run("lookup", FILE, position)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("apiary::Bee::forage at ")


def test_inlined_functions_stand_below_what_they_are_inlined_into(run):
    expected = json.loads((NATIVE / "gcc-dwarf5" / "expected.json").read_text())
    look = next(one for one in expected["lookups"] if len(one["frames"]) > 1)
    address = hex(int(look["addr"], 16) - int(expected["images"][0]["image_addr"], 16))
    plain = run("lookup", FILE, address).stdout.splitlines()
    assert len(plain) == len(look["frames"])
    assert all(line.startswith(" (inlined by) ") for line in plain[1:])
    page = run("lookup", FILE, address, "--format", "pretty").stdout
    assert page.startswith(f"{address}  ")
    assert page.count("\ninlined into  ") == len(look["frames"]) - 1


def test_a_page_shows_the_source_in_the_folders_given(run, tmp_path):
    shutil.copytree(NATIVE / "app", tmp_path / "apiary")  # the debug information says /build/apiary/main.cpp
    out = run("lookup", FILE, "main", "--files", tmp_path, "--format", "pretty", "--context", "1").stdout
    assert "→ 69 │ int main(" in out
    assert "70 │" in out


def test_what_is_unknown_keeps_its_line(run):
    result = run("lookup", FILE, "0x1", "0x1350")
    assert result.stdout.splitlines()[0] == "??:0"
    assert len(result.stdout.splitlines()) == 2
    assert run("lookup", FILE, "0x1").exit_code == 1
    assert run("lookup", "-fpe", FILE, "0x1").stdout == "?? ??:0\n"


def test_a_stripped_file_says_what_is_missing_and_answers_with_the_folder_of_it(run):
    file = NATIVE / "stripped-debuglink" / "files" / "apiary"
    result = run("lookup", file, "0x1350")
    assert result.exit_code == 1
    assert "is stripped" in result.stderr
    assert "--files" in result.stderr
    assert run("lookup", file, "0x1350", "--files", file.parent).stdout.startswith("main at ")


def test_missing_split_files_are_named(run, tmp_path):
    shutil.copy(NATIVE / "gcc-split-dwo5" / "files" / "apiary", tmp_path)
    result = run("lookup", tmp_path / "apiary", "main")
    assert "hive.dwo and 2 more are missing" in result.stderr


def test_two_functions_of_one_name_are_told_apart_by_address(run):
    result = run("lookup", FILE, "apiary::Bee::~Bee")
    assert result.exit_code == 1
    assert "functions are called" in result.stderr
    assert "give an address: 0x" in result.stderr


def test_a_damaged_native_file_is_told(run, tmp_path):
    (tmp_path / "app.so").write_bytes(b"\x7fELF\x02\x01")
    result = run("lookup", tmp_path / "app.so", "0x1f30")
    assert result.exit_code == 1
    assert "app.so: " in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_program_of_dos_is_told_to_be_one(run, tmp_path):
    (tmp_path / "app.exe").write_bytes(b"MZ\x90\0")
    result = run("lookup", tmp_path / "app.exe", "0x1f30")
    assert result.exit_code == 1
    assert "app.exe: is a DOS or 16-bit Windows program" in result.stderr


@pytest.mark.parametrize(
    ("position", "function"),
    [
        # perf's, gdb's, with blanks and without
        ("tare(int, int)+0x4", "tare"),
        ("tare(int,int)+0x4", "tare"),
        ("season(char const*, apiary::Hive&)", "season"),
        # glog's: the brackets alone
        ("apiary::Hive::swarm()+0x4", "apiary::Hive::swarm"),
        # gdb's words for what is anonymous
        ("apiary::{anonymous}::mourn(int)", "apiary::(anonymous namespace)::mourn"),
        ("apiary::(anonymous namespace)::mourn(int)+0x2", "apiary::(anonymous namespace)::mourn"),
    ],
)
def test_a_name_may_have_its_arguments(run, position, function):
    assert function in run("lookup", FILE, position).stdout


def test_arguments_of_another_overload_are_no_name(run):
    assert run("lookup", FILE, "tare(char)").exit_code == 1


def test_an_empty_line_is_answered_so_that_the_others_keep_their_places(run):
    asked = ["0x1610", "", "0x1830"]
    lines = run("lookup", "-e", FILE, "-f", input="\n".join(asked) + "\n").stdout.splitlines()
    assert len(lines) == 6
    assert lines[2:4] == ["??", "??:0"]
