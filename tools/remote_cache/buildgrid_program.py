# SPDX-License-Identifier: Apache-2.0
"""BuildGrid's own command, as its wheel's script runs it."""

import sys

from buildgrid.server.app import cli

if __name__ == "__main__":
    sys.exit(cli())
