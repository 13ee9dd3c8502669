"""Event JSON ⇄ model, without loss. `reading.py` and `writing.py` convert, `errors.py` handles the event's `errors`."""

from symbolicator.event.errors import refusal
from symbolicator.event.reading import read, read_frames
from symbolicator.event.writing import write, write_for_json

__all__ = ["read", "read_frames", "refusal", "write", "write_for_json"]
