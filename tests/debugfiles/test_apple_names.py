"""Names of Swift and Objective-C, as Xcode shows them."""

import pytest

from symbolicator.debugfiles.demangle import spoken

ASYNC = "$s3App6LoaderC4load3urlAA4DataVAA3URLV_tYaKF"


@pytest.mark.parametrize(
    ("symbol", "short", "mark"),
    [
        ("$s4main3FooV3bar1xSiSi_tF", "Foo.bar(x:)", None),
        ("_$s4main3FooV3bar1xSiSi_tF", "Foo.bar(x:)", None),
        # closures, and local functions, which have numbers
        ("$s3App14ViewControllerC11viewDidLoadyyFyycfU_", "closure #1 in ViewController.viewDidLoad()", None),
        ("$s3App14ViewControllerC11viewDidLoadyyFyycfU_TA", "closure #1 in ViewController.viewDidLoad()", "partial apply"),
        ("$s3App1fyySiF1gL_yyF", "g #1 () in f(_:)", None),
        # what the compiler makes beside it
        ("$s3App14ViewControllerC11viewDidLoadyyFTo", "ViewController.viewDidLoad()", "@objc"),
        ("$s3App3FooC3barSSyFSaySSG_Tg5", "Foo.bar()", "specialized"),
        ("$s3App3FooC3barSSyFTm", "Foo.bar()", "merged"),
        ("$s3App3FooVSQAASQ2eeoiySbx_xtFZTW", "static Equatable.== infix(_:_:)", "protocol witness"),
        # the parts of an async function
        (ASYNC, "Loader.load(url:)", None),
        (f"{ASYNC}TY0_", "Loader.load(url:)", "(1) suspend resume partial function"),
        (f"{ASYNC}TQ1_", "Loader.load(url:)", "(2) await resume partial function"),
        (f"{ASYNC}Tu", "Loader.load(url:)", "async function pointer"),
        (f"{ASYNC}yyYaYbcfU_TY2_", "closure #1 in Loader.load(url:)", "(3) suspend resume partial function"),
        # properties, initialisers, operators, extensions, private names
        ("$s3App3FooC4nameSSvg", "Foo.name.getter", None),
        ("$s3App3FooCyS2icip", "Foo.subscript(_:)", None),
        ("$s3App3FooCACycfC", "Foo.__allocating_init()", None),
        ("$s3App3FooV2eeoiySbAC_ACtFZ", "static Foo.== infix(_:_:)", None),
        ("$sSo8UIButtonC3AppE5setupyyF", "UIButton.setup()", None),
        ("$s3App4main33_1234567890ABCDEF1234567890ABCDEFLLyyF", "main()", None),
        ("$sIeg_IeyB_TR", "thunk for @escaping @callee_guaranteed () -> ()", None),
        ("_T03App3FooC3baryyF", "Foo.bar()", None),
        # as people reported that others could not read them (getsentry/sentry-cocoa#1502, getsentry/symbolic#884, swiftlang/swift#91109)
        (
            "$s10Speediness17NetworkQualityCLIO3run10sequentialAC6ResultVSb_tYaKFZTf4nd_nTQ0_",
            "static NetworkQualityCLI.run(sequential:)",
            "(1) await resume partial function, specialized",
        ),
        (
            "$ss27withTaskCancellationHandler9operation8onCancel9isolationxxyYaKXE_yyYbXEScA_pSgYitYaKlFTwb",
            "withTaskCancellationHandler<A>(operation:onCancel:isolation:)",
            "back deployment thunk",
        ),
        ("async_MainTQ0_", "async_Main", "(1) await resume partial function"),
    ],
)
def test_swift_is_short_as_xcode_shows_it(symbol, short, mark):
    found = spoken(symbol, None)
    assert (found.short, found.mark) == (short, mark)
    assert found.full is not None


@pytest.mark.parametrize(
    "symbol",
    [
        "$s",
        "_$sgarbage",
        # Swift 3's, which the library does not read
        "_TFC3App3Foo3barfT_T_",
        "$s" + "a" * 9000,
    ],
)
def test_what_cannot_be_read_stays(symbol):
    assert spoken(symbol, None)[:2] == (symbol, symbol)
    assert spoken(symbol, "written")[:2] == ("written", "written")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("-[Gate open:]", "-[Gate open:]"),
        ("+[Gate(Lock) shared]", "+[Gate(Lock) shared]"),
        ("__12-[Gate open]_block_invoke", "closure #1 in -[Gate open]"),
        ("__12-[Gate open]_block_invoke_2", "closure #2 in -[Gate open]"),
        ("__12-[Gate open]_block_invoke_2.17", "closure #2 in -[Gate open]"),
        ("__main_block_invoke", "closure #1 in main"),
        ("___ZN4gate4openEi_block_invoke_3", "closure in gate::open"),
        # no blocks, though the words are there
        ("_block_invoke", "_block_invoke"),
        ("run_block_invoke", "run_block_invoke"),
    ],
)
def test_blocks_are_closures_of_the_function_around(name, short):
    assert spoken(name, None).short == short
    assert spoken(None, name).short == short


def test_a_name_full_of_marks_takes_time_in_proportion():
    for text in ("__" + "_block_invoke" * 5000, "__1" * 5000 + "_block_invoke", "closure in " * 4000):
        assert spoken(text, None).full == text
