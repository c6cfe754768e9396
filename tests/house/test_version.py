"""One version, spelled once, seen everywhere."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import symgrad

ROOT = Path(__file__).parents[2]


def test_spelled_in_one_file_of_the_package():
    assert (
        "version"
        in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"]
    )
    spelled = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "symgrad").rglob("*.py"))
        if re.search(r"^__version__\s*=", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert spelled == ["symgrad/_version.py"]


def test_changelog_opens_with_it():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == symgrad.__version__


def test_command_line_prints_it():
    done = subprocess.run(
        [sys.executable, "-m", "symgrad", "--version"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"symgrad {symgrad.__version__}"), done.stderr


def test_installed_metadata_agree():
    try:
        installed = metadata.version("symgrad")
    except metadata.PackageNotFoundError:
        pytest.skip("symgrad is not installed: pip install -e '.[test]'")
    assert installed == symgrad.__version__
