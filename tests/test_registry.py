"""Which transformers there are, and in which order they work."""

import pytest

from symbolicator import ConfigError, Symbolicator
from symbolicator.registry import DEFAULTS, expand, installed
from symbolicator.settings import make_settings


def test_defaults_stand_for_the_built_in_order():
    assert expand(["acme", "defaults"]) == ("acme", *DEFAULTS)


def test_a_name_given_twice_works_once_in_its_first_place():
    assert expand([DEFAULTS[-1], "defaults"])[0] == DEFAULTS[-1]
    assert len(expand([DEFAULTS[-1], "defaults"])) == len(DEFAULTS)


def test_every_default_is_installed():
    assert set(DEFAULTS) <= set(installed())


def test_a_name_that_is_not_installed_is_an_error_that_lists_what_is():
    with pytest.raises(ConfigError) as caught:
        Symbolicator(cache_dir=False, transformers=["akme"])
    assert "akme" in str(caught.value)
    assert "javascript" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        # wrong values, each told with what it should be
        ({"context_lines": -1}, "context_lines"),
        ({"context_lines": "5"}, "context_lines"),
        ({"cache_dir": True}, "cache_dir"),
        ({"transformers": "javascript"}, "give a list"),
        ({"colour": "red"}, "unknown setting"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_construction(options, said):
    with pytest.raises(ConfigError, match=said):
        make_settings((), **options)


def test_files_come_from_the_environment_where_none_are_given(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMBOLICATOR_FILES", f"{tmp_path}:/x")
    assert make_settings().files == (str(tmp_path), "/x")
    assert make_settings("dist").files == ("dist",)
