"""Names: from a linker's to a person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.demangle import MAX_NAME, MAX_SYMBOL, base_name, demangle, short_name, spoken
from tests.counting import assert_text_in_proportion


@pytest.mark.parametrize(
    ("symbol", "full", "short"),
    [
        # C++ of Itanium's ABI
        ("_ZN3geo3Box3putEi", "geo::Box::put(int)", "geo::Box::put"),
        ("_ZNK3Foo3barEv", "Foo::bar() const", "Foo::bar"),
        ("_ZN12_GLOBAL__N_13fooEv", "(anonymous namespace)::foo()", "(anonymous namespace)::foo"),
        ("_ZN5Outer5InnerIiE3getIfEET_S3_", "float Outer::Inner<int>::get<float>(float)", "Outer::Inner<int>::get<float>"),
        ("_ZZN3foo3barEvENKUlvE_clEv", "foo::bar()::{lambda()#1}::operator()() const", "foo::bar::{lambda#1}::operator()"),
        ("_ZN3FoocvbEv", "Foo::operator bool()", "Foo::operator bool"),
        ("_ZlsRSoRK3Foo", "operator<<(std::ostream&, Foo const&)", "operator<<"),
        ("_ZN3FooixEi", "Foo::operator[](int)", "Foo::operator[]"),
        ("_ZThn8_N3Foo3barEv", "non-virtual thunk to Foo::bar()", "Foo::bar"),
        ("_ZTV3Foo", "vtable for Foo", "vtable for Foo"),
        # a Mach-O symbol, an ABI tag
        ("__ZN3foo3barEv", "foo::bar()", "foo::bar"),
        ("_ZN3FooC1B5cxx11Ev", "Foo::Foo[abi:cxx11]()", "Foo::Foo"),
        # clones of GCC and LLVM
        ("_ZN3foo3barEv.cold", "foo::bar() [clone .cold]", "foo::bar"),
        ("_ZN3foo3barEv.isra.0", "foo::bar() [clone .isra.0]", "foo::bar"),
        ("_ZN3foo3barEv.constprop.0.cold", "foo::bar() [clone .constprop.0.cold]", "foo::bar"),
        ("_ZN3foo3barEv.part.0.llvm.1234", "foo::bar() [clone .part.0.llvm.1234]", "foo::bar"),
        # stubs and versions
        ("_ZN3foo3barEv@plt", "foo::bar()@plt", "foo::bar@plt"),
        ("_ZN3foo3barEv@@LIB_1.2", "foo::bar()", "foo::bar"),
        # Rust, legacy and v0
        ("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place", "core::ptr::drop_in_place"),
        (
            "_ZN4core3ptr13drop_in_place17h0123456789abcdefE.llvm.12",
            "core::ptr::drop_in_place [clone .llvm.12]",
            "core::ptr::drop_in_place",
        ),
        ("_RNCNvCs1234_7mycrate3foo0B3_", "mycrate::foo::{closure#0}", "mycrate::foo::{closure#0}"),
        (
            "_RNvMs5_NtNtCs3JBboNF8E1m_3std2io5errorNtB5_5Error4kind.14369",
            "<std::io::error::Error>::kind [clone .14369]",
            "<std::io::error::Error>::kind",
        ),
        # MSVC
        ("?foo@@YAXH@Z", "void foo(int)", "foo"),
        ("?what@exception@std@@UEBAPEBDXZ", "public: virtual char const* std::exception::what(void) const", "std::exception::what"),
        # Swift, D
        ("$s4main7GreeterC5greet4nameS2S_tF", "main.Greeter.greet(name: Swift.String) -> Swift.String", "main.Greeter.greet"),
        ("_D4main3fooFiZv", "main.foo(int)", "main.foo"),
        # clones of C's functions, and copies for one processor
        ("press.constprop.0", "press [clone .constprop.0]", "press"),
        ("press.isra.0.cold", "press [clone .isra.0.cold]", "press"),
        ("drain.llvm.5788874478713290462", "drain [clone .llvm.5788874478713290462]", "drain"),
        ("press.localalias", "press [clone .localalias]", "press"),
        ("scale.arch_haswell", "scale [clone .arch_haswell]", "scale"),
        ("scale.resolver", "scale [clone .resolver]", "scale"),
        # what looks like one, and is a name: Go's, and the body of a parallel region
        ("main.init.0", "main.init.0", "main.init.0"),
        ("main.resolver", "main.resolver", "main.resolver"),
        ("press._omp_fn.0", "press._omp_fn.0", "press._omp_fn.0"),
        # C, Go, Objective-C: as they are
        ("main", "main", "main"),
        ("main.(*T).Method", "main.(*T).Method", "main.(*T).Method"),
        ("main.main.func1", "main.main.func1", "main.main.func1"),
        ("-[NSObject performSelector:]", "-[NSObject performSelector:]", "-[NSObject performSelector:]"),
        ("malloc@plt", "malloc@plt", "malloc@plt"),
    ],
)
def test_a_symbol_its_name_and_its_short_name(symbol, full, short):
    assert demangle(symbol) == full
    assert short_name(full) == short


@pytest.mark.parametrize(
    ("full", "short"),
    [
        # long template arguments
        ("std::vector<std::pair<int, long>, std::allocator<std::pair<int, long> > >::at(unsigned long)", "std::vector<…>::at"),
        ("void f<&(g(int))>(int)", "f<&(g(int))>"),
        # arguments that are functions; an arrow
        ("run(void (*)(int, char), long)", "run"),
        ("decltype (x->y) pick<int>(int)", "pick<int>"),
        # Rust
        ("<T as core::convert::Into<U>>::into::h0123456789abcdef", "<T as core::convert::Into<U>>::into"),
        ("core::ops::function::FnOnce::call_once{{vtable.shim}}", "core::ops::function::FnOnce::call_once{{vtable.shim}}"),
        ("app::run::{{closure}}", "app::run::{{closure}}"),
        # operators whose names are brackets
        ("bool operator< <int>(A<int> const&)", "operator< <int>"),
        ("A::operator->() const", "A::operator->"),
        ("operator new[](unsigned long)", "operator new[]"),
        ("A::operator std::vector<int>() const &", "A::operator std::vector<int>"),
        # brackets that do not match: left alone
        ("f(((", "f((("),
        ("", ""),
    ],
)
def test_what_a_person_says(full, short):
    assert short_name(full) == short


@pytest.mark.parametrize(
    "symbol",
    [
        # a name of 100 kB
        "_ZN" + "1a" * 50_000 + "E",
        # 3,000 nested parentheses, as text and as types
        "(" * 3000 + ")" * 3000,
        "_Z1fP" + "FvP" * 2000 + "i" + "E" * 2000,
        "_Z1f" + "P" * 8000 + "i",
        # each level names the one before twice: 2**60 characters
        "_Z1f1aIiiE" + "".join(f"S_IS{n}_S{n}_E" for n in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "_RINvC1a1b" + "R" * 8000 + "uE",
        "$s4main1A" + "Sg" * 4000,
        "?f@@YAX" + "PA" * 4000 + "H@Z",
        "_Z" + "L" * 8000,
    ],
)
def test_hostile_symbols_cost_little(symbol):
    name = demangle(symbol)
    assert len(short_name(name)) <= max(len(symbol), 1 << 16)
    assert_text_in_proportion(short_name, name, 40_000)


@given(
    st.text(alphabet="_ZNRKSt12345aEiPIv.@$?()<>[]{} :hcold*&-", max_size=60), st.sampled_from(["", "_Z", "_R", "?", "$s", "_D1", "_T0"])
)
def test_no_text_raises(text, prefix):
    name = demangle(prefix + text)
    short_name(name)
    short_name(prefix + text)


@pytest.mark.parametrize(
    ("length", "given"),
    [
        # of the longest name that is given
        (MAX_NAME, True),
        # one character more: a symbol of some bytes may stand for a name without end
        (MAX_NAME + 1, False),
    ],
)
def test_a_symbol_whose_name_is_longer_than_the_bound_is_given_back(monkeypatch, length, given):
    monkeypatch.setattr("symbolicator.debugfiles.demangle.demangle_symbol", lambda _: "a" * length)
    assert demangle("_Z1av") == ("a" * length if given else "_Z1av")


@pytest.mark.parametrize(("length", "given"), [(MAX_SYMBOL, True), (MAX_SYMBOL + 1, False)])
def test_a_symbol_longer_than_the_bound_is_not_asked_about(monkeypatch, length, given):
    monkeypatch.setattr("symbolicator.debugfiles.demangle.demangle_symbol", lambda _: "a")
    symbol = "_Z1".ljust(length, "a")
    assert demangle(symbol) == ("a" if given else symbol)


@pytest.mark.parametrize(
    ("symbol", "name", "function", "raw"),
    [
        # what can be demangled has more to say: scopes, arguments
        ("_ZN3geo3Box3putEi", "put", "geo::Box::put", "geo::Box::put(int)"),
        # C++20's constraints, where the library does not know them: the compiler's own name
        ("_Z5weighITkN1A1CEiEiT_.odd?", "weigh<int>", "weigh<int>", "weigh<int>"),
        # an alias of the linker's
        ("_IO_puts", "puts", "puts", "puts"),
        ("press.constprop.0", "press", "press", "press [clone .constprop.0]"),
        ("press", None, "press", "press"),
        (None, "press", "press", "press"),
        (None, None, None, None),
    ],
)
def test_a_symbol_that_cannot_be_read_gives_way_to_what_the_compiler_calls_the_function(symbol, name, function, raw):
    assert spoken(symbol, name) == (function, raw, None)


def test_kallsyms_has_names_without_what_marks_clones():
    names = ["drain.llvm.5788", "press.isra.0", "press.constprop.0.cold", "press", "_Z3foov.cold"]
    assert [base_name(name) for name in names] == ["drain", "press", "press", "press", "_Z3foov"]


@pytest.mark.parametrize("ending", ["", ".cold", ".constprop.0", ".llvm.5788", "@plt"])
@pytest.mark.parametrize(
    "symbol",
    [
        # constrained parameters, a requires clause behind, both; of a constructor
        "_ZN4shop5priceITkNS_5SmallEiEEiT_", "_Z4rateIiQ5SmallIT_EEiS0_", "_ZN4shop3Box3putITkSt8integraliEEiT_Q5SmallIS3_E", "_ZN1AC2EvQ1B",
        # lambdas with template parameters: types, values, constrained, packs, templates
        "_ZZ4mainENKUlTyT_E_clIiEEDaS_", "_ZZ4mainENKUlTniT_E_clILi3EiEEDaS_", "_ZZ4mainENKUlTk5SmallT_E_clIiEEDaS_", "_Z1fITpTyJiEEvv",
        # friends within templates, modules
        "_ZN1AF1fEv", "_ZN3barW3foo1fEv",
    ],
)  # fmt: skip
def test_a_name_of_c_plus_plus_20_is_read_whole_or_stays_as_it_is(symbol, ending):
    full = demangle(symbol + ending)
    assert full == symbol + ending or not any(mark in full for mark in ("_Z", "Tk", "Ty", "Tn", "UlT"))
    assert spoken(symbol + ending, None)[1] == full
    if full == symbol + ending:
        assert spoken(full, None)[0] == full


def test_ampersands_are_part_of_a_name_unless_they_end_it():
    assert short_name("f" + "&" * 60 + "x") == "f" + "&" * 60 + "x"
    assert short_name("A::f() const &&") == "A::f"
