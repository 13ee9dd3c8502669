"""Makers of files for tests: written by hand from the specifications, byte for byte."""
