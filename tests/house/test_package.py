"""What is shipped: a wheel, built from an sdist, that holds the templates and runs without the checkout."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def hatch(target: str, source: Path, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(hatch("sdist", ROOT, folder / "built")) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.glob("symgrad-*")
    return source


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory) -> Path:
    return hatch("wheel", sdist, tmp_path_factory.mktemp("wheel"))


def below(folder: str) -> set[str]:
    """The files of a folder of the checkout, caches left out."""
    files = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def test_sdist_holds_sources_templates_tests_and_examples(sdist):
    shipped = {path.relative_to(sdist).as_posix() for path in sdist.rglob("*") if path.is_file()}
    for folder in ("symgrad", "templates", "tests", "examples"):
        assert below(folder) <= shipped
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= shipped


def test_wheel_holds_package_templates_marker_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("LICENSE")]
    templates = {f"symgrad/{name}" for name in below("templates")}
    assert "symgrad/py.typed" in shipped
    assert any(name.endswith("/module.j2") for name in templates)
    assert shipped == below("symgrad") | templates
    assert len(licences) == 1


@pytest.mark.parametrize("zipped", [False, True], ids=["unpacked", "zipped"])
def test_wheel_works_away_from_the_checkout(wheel, tmp_path, zipped):
    if not zipped:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import symgrad as sg\n"
        "assert sg.__file__.startswith(sys.argv[1]), sg.__file__\n"
        "x, y = sg.data('x y'); m, b = sg.params('m b')\n"
        "run = sg.fit(sg.mse(y, m*x + b), {'x': [1.0, 2.0], 'y': [3.0, 5.0]}, start={'m': -1, 'b': 5},\n"
        "             optimizer=sg.SGD(learning_rate=0.1), epochs=1)\n"
        "print(round(float(run.params['m']), 9), round(float(run.params['b']), 9))\n"
    )
    place = wheel if zipped else tmp_path / "site"
    # -P: the folder in which the tests run must not offer its own symgrad.
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(place)],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["-0.7", "5.1"], done.stderr
