"""`make requirements`: write the pinned sets from pyproject.toml. Only maintainers need uv.

The sets build on each other, so that a package has one version in all of them. No index address is
written: a pin is a name, a version and hashes. Pass --upgrade to take newer versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--custom-compile-command=make requirements",
]
SETS = [
    ["pyproject.toml", "-o", "requirements.txt"],
    ["pyproject.toml", "--extra=test", "-c", "requirements.txt", "-o", "requirements-test.txt"],
    [
        "pyproject.toml",
        "--extra=test",
        "--extra=dev",
        "-c",
        "requirements-test.txt",
        "-o",
        "requirements-dev.txt",
    ],
    ["requirements-node.in", "-o", "requirements-node.txt"],
]


def main() -> None:
    for arguments in SETS:
        subprocess.run([*COMPILE, *arguments, *sys.argv[1:]], cwd=ROOT, check=True)
        print(arguments[-1], flush=True)


if __name__ == "__main__":
    main()
