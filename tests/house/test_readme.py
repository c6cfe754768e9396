"""The README says what happens: its prompt blocks run, and its commands are those that .ci/run calls."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_prompt_blocks_print_what_they_show(readme):
    blocks = re.findall(r"^```(?:pycon|python)\n(>>> .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert blocks
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README.md", None, None)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("name", ["try", "test"])
def test_commands_are_marked_for_ci(readme, name):
    marked = re.findall(rf"^<!-- ci: {name} -->\n```sh\n(.+?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(marked) == 1
    assert 'readme "$name"' in (ROOT / ".ci/run").read_text(encoding="utf-8")
