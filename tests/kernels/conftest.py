"""Makes `map_encoder` importable for the tests of the kernels, from wherever pytest is started."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "sourcemaps"))
