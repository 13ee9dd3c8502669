"""Debug files: bytes → positions, functions and inlinees. ELF and DWARF."""

from __future__ import annotations
