import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.mappings import MappingCompiler


@pytest.fixture(scope="session")
def mapping():
    """Opens the mapping that a text is, by way of its table."""

    def open_mapping(text):
        compiler = MappingCompiler()
        data = text.encode() if isinstance(text, str) else text
        return compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))

    return open_mapping
