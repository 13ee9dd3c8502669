"""A crash as a small fixture for a public bug report: same stacks and positions, without names, paths, hosts, messages and source text."""

from symbolicator.anonymizing.fixture import Fixture, anonymize, differences

__all__ = ["Fixture", "anonymize", "differences"]
