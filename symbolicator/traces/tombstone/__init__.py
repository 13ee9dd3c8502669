"""Android's tombstones as protobuf (`/data/tombstones/tombstone_NN.pb`, and what `ApplicationExitInfo` has of a native crash), to the text
that debuggerd prints of them.

`message.py` knows the numbers of a tombstone's fields (`symbolicator/protobuf.py` reads them), `text.py` writes the text, which is a native
trace like others (`native/tools.py`).
"""

from symbolicator.traces.tombstone.text import tombstone_text

__all__ = ["tombstone_text"]
