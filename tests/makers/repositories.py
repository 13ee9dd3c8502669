"""Git repositories, made commit by commit with fixed times and authors, so that their ids are always the same."""

import os
import subprocess
from pathlib import Path

BEGAN = 1_700_000_000
DAY = 86_400
AUTHORS = {"ada": "Ada Wave <ada@tides.example>", "ben": "Ben Shore <ben@tides.example>"}
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "PATH": os.environ["PATH"]}


def git(folder, *arguments, given=b"", **environment):
    """What a `git` command prints in a folder, without its last line end."""
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, env={**_ENVIRONMENT, **environment}, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().rstrip("\n")


class Repository:
    """A repository that grows by `commit`, a day between each; nothing is checked out.

    `files` of a commit: paths → texts, None for a file that is removed.
    """

    def __init__(self, folder: Path, bare: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main", *(["--bare"] if bare else []))
        self.days = 0
        self.head = None

    def commit(self, files, message, author="ada", parents=None, branch="main"):
        """Add a commit on top of the last one, or of others, and say its id."""
        parents = parents if parents is not None else [self.head] if self.head else []
        self.days += 1
        when = f"{BEGAN + self.days * DAY} +0000"
        lines = [f"commit refs/heads/{branch}", "mark :1", f"author {AUTHORS[author]} {when}", f"committer {AUTHORS[author]} {when}"]
        stream = "\n".join(lines).encode() + _data(message.encode())
        for word, parent in zip(["from", *["merge"] * len(parents)], parents, strict=False):
            stream += f"{word} {parent}\n".encode()
        for path, text in files.items():
            stream += f"D {path}\n".encode() if text is None else f"M 100644 inline {path}".encode() + _data(text.encode())
        marks = self.folder / "marks"
        git(self.folder, "fast-import", "--quiet", "--force", f"--export-marks={marks}", given=stream)
        made = marks.read_text().split()[1]
        marks.unlink()
        if branch == "main":
            self.head = made
        return made

    def tag(self, name, commit=None):
        git(self.folder, "tag", name, commit or self.head)

    def configure(self, name, value):
        git(self.folder, "config", name, value)


def _data(content):
    return f"\ndata {len(content)}\n".encode() + content + b"\n"
