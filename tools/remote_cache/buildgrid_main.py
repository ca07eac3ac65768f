# SPDX-License-Identifier: Apache-2.0
"""The gRPC cache server: `./bazelw run //tools/remote_cache:buildgrid -- --folder=…`."""

from __future__ import annotations

from absl import flags

from tools import command
from tools.remote_cache import server
from tools.remote_cache.buildgrid_server import BuildGrid
from tools.remote_cache.configurations import ServerError

_BUILDGRID = flags.DEFINE_string("buildgrid", None, "The program buildgrid_program.", required=True)
_NGINX = flags.DEFINE_string("nginx", None, "The program nginx, for TLS.", required=True)


def main() -> None:
    settings = server.settings()
    server.serve(BuildGrid(_BUILDGRID.value, nginx=_NGINX.value, **settings))


if __name__ == "__main__":
    command.run(main, ServerError)
