"""Android's tombstones as protobuf (`/data/tombstones/tombstone_NN.pb`, and what `ApplicationExitInfo` has of a native crash), to the text
that debuggerd prints of them.

`wire.py` reads protobuf's fields, `message.py` knows the numbers of those of a tombstone, `text.py` writes the text, which is a native
trace like others (`native/tools.py`).
"""

from symbolicator.traces.tombstone.text import tombstone_text

__all__ = ["tombstone_text"]
