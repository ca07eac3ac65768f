# SPDX-License-Identifier: Apache-2.0
"""Runs pytest on the files given as arguments: the main program of every `pytest_test`."""

import os
import sys

import pytest

if __name__ == "__main__":
    options = ["-p", "no:cacheprovider", "-q", "--color=no", "--import-mode=importlib"]
    if report := os.environ.get("XML_OUTPUT_FILE"):
        options.append(f"--junitxml={report}")
    sys.exit(pytest.main(options + sys.argv[1:]))
