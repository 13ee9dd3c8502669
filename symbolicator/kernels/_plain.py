"""What stands in for `import cython` where Cython is not installed: the names that the kernels use, doing nothing."""

from __future__ import annotations

from contextlib import nullcontext

nogil = nullcontext()
compiled = False
