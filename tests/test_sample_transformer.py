"""The sample third-party transformer of docs/, really installed and run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "docs" / "sample_transformer"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment in which the sample is installed beside this project, without touching either."""
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source")
    for file in SAMPLE.iterdir():
        (source / file.name).write_bytes(file.read_bytes())
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        str(target),
        str(source),
    ]
    done = subprocess.run(pip, capture_output=True, text=True, check=False, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
    assert done.returncode == 0, done.stderr
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])}


def python(code, env, **files):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout


RUN = """
import json, sys
from symbolicator import Symbolicator
with Symbolicator(files=[{folder!r}], transformers={names!r}, cache_dir=False) as s:
    print(json.dumps(s.symbolicate({{"platform": "acme", "frames": [{{"function": "f17"}}]}})))
"""


def test_installing_makes_it_available(installed):
    assert "acme" in python("from symbolicator.registry import installed; print(*installed())", installed).split()


def test_naming_it_makes_it_active(installed, tmp_path):
    (tmp_path / "acme-names.json").write_text(json.dumps({"f17": {"function": "Player.jump", "file": "scripts/player.acme", "line": 12}}))
    out = json.loads(python(RUN.format(folder=str(tmp_path), names=["acme", "defaults"]), installed))
    assert out["frames"][0]["function"] == "Player.jump"
    assert out["frames"][0]["data"]["symbolicator_status"] == "symbolicated"
    without = json.loads(python(RUN.format(folder=str(tmp_path), names=["defaults"]), installed))
    assert without["frames"][0]["function"] == "f17"


def test_what_is_missing_is_said_on_its_frames(installed, tmp_path):
    out = json.loads(python(RUN.format(folder=str(tmp_path), names=["acme"]), installed))
    assert out["frames"][0]["data"]["problems"][0]["type"] == "missing_mapping"


def test_it_keeps_the_contract(installed):
    code = "from symbolicator.testing import check_transformer; from symbolicator_acme import Acme; print(check_transformer(Acme, [{'function': 'f17'}], platform='acme'))"
    assert "missing" in python(code, installed)


def test_a_transformer_that_breaks_the_contract_is_told_how():
    from symbolicator.testing import check_transformer
    from symbolicator.transformers import Transformer

    class Nameless(Transformer):
        pass

    with pytest.raises(AssertionError, match="name"):
        check_transformer(Nameless, [{}])

    class Unstable(Transformer):
        name = "unstable"
        count = 0

        def handles(self, frame, stacktrace):
            return True

        def transform(self, frames, stacktrace, lookup):
            import msgspec

            Unstable.count += 1
            return [(msgspec.structs.replace(frame, function=str(Unstable.count)),) for frame in frames]

    with pytest.raises(AssertionError, match="twice"):
        check_transformer(Unstable, [{"function": "a"}])
