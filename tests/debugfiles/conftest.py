"""Makes the makers beside these tests importable for the tests of this folder, from wherever pytest is started."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
