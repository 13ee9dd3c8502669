"""What a host's frame has to do with the guest, by the names of the engines' sources."""

import pytest

from symbolicator.model import Frame
from symbolicator.transformers.seams import Role, role


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # as demanglers write them: with return types, arguments, namespaces without a name
        (
            "hermes::vm::CallResult<hermes::vm::HermesValue> hermes::vm::Interpreter::interpretFunction<false, false>(hermes::vm::Runtime&)",
            Role.RUNS,
        ),
        ("facebook::hermes::(anonymous namespace)::HermesRuntimeImpl::call(facebook::jsi::Function const&)", Role.RUNS),
        ("facebook::hermes::{anonymous}::HermesRuntimeImpl::call(facebook::jsi::Function const&)", Role.RUNS),
        ("facebook::jsi::Value facebook::jsi::Function::call(facebook::jsi::Runtime&) const", Role.RUNS),
        ("v8::internal::(anonymous namespace)::Invoke(v8::internal::Isolate*)", Role.RUNS),
        # as short names
        ("hermes::vm::Interpreter::interpretFunction<false, false>", Role.RUNS),
        ("v8::internal::Invoke", Role.RUNS),
        ("hermes::vm::Runtime::run", Role.ENGINE),
        # an engine's types in somebody else's function
        ("hermes::vm::HermesValue app::Bridge::take(hermes::vm::Runtime&)", Role.HOST),
        ("app::call(facebook::jsi::Function const&)", Role.HOST),
    ],
)
def test_a_function_of_the_engine_s_is_known_whatever_stands_around_its_name(name, expected):
    assert role(Frame(function=name, platform="native"), "javascript") is expected
