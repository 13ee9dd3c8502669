"""Git clones: which commit last changed a line, which revision a release is, who owns a file.

Nothing of a clone is changed or run, and nothing is fetched. `git` works in an empty repository of ours that borrows the clone's objects
(`git.py`): it never reads the clone's configuration, hooks or attributes, so a hostile clone cannot make it run anything. What else is
needed of it, the refs and the remote's address, is read as text (`clone.py`).

`revisions.py` finds the revision of a release, `trees.py` the file of a path, `blame.py` the commits of its lines, `owners.py` its owners
in `CODEOWNERS`, `links.py` addresses at the host of the remote. None of them knows of frames.
"""
