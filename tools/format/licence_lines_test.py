# SPDX-License-Identifier: Apache-2.0
"""Tests of licence_lines.py."""

import pytest

from tools.format.licence_lines import LINE, mend, with_line


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.py", '"""Doc."""\n', f'# {LINE}\n"""Doc."""\n'),
        ("a.py", "", f"# {LINE}\n"),
        ("a.sh", "#!/bin/sh\necho\n", f"#!/bin/sh\n# {LINE}\necho\n"),
        ("a.h", "#ifndef A\n", f"// {LINE}\n\n#ifndef A\n"),
        ("a.cc", "// What it is.\n", f"// {LINE}\n\n// What it is.\n"),
        ("BUILD.bazel", "load()\n", f"# {LINE}\n\nload()\n"),
    ],
)
def test_the_line_is_added_once(name, text, expected):
    assert with_line(text, name) == expected
    assert with_line(expected, name) == expected


def test_only_what_lacks_it_is_named_and_mended(tmp_path):
    (tmp_path / "good.py").write_text(f"# {LINE}\n")
    (tmp_path / "bad.py").write_text("x = 1\n")
    assert mend(tmp_path, ["good.py", "bad.py"], check=True) == ["bad.py"]
    assert (tmp_path / "bad.py").read_text() == "x = 1\n"
    assert mend(tmp_path, ["good.py", "bad.py"], check=False) == ["bad.py"]
    assert mend(tmp_path, ["good.py", "bad.py"], check=False) == []
