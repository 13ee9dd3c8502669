"""Processes of ours: how one is started clean, ends with its parent, and is given work that may kill it.

`lifeline.py` starts them; `workers.py` gives pieces of work to several. None is a fork, so nothing of the parent's threads, files or
memory is in them, and no `if __name__ == "__main__"` is needed around the caller's code.
"""

from symbolicator.processes.workers import WorkerDied, Workers

__all__ = ["WorkerDied", "Workers"]
