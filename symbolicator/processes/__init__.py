"""Our worker processes: started clean, ended with their parent, and given work that may kill them.

`lifeline.py` starts them; `workers.py` distributes work to several. They are not forks, so they have nothing of the parent's threads,
files or memory, and the caller's code needs no `if __name__ == "__main__"`.
"""

from symbolicator.processes.workers import WorkerDied, Workers

__all__ = ["WorkerDied", "Workers"]
