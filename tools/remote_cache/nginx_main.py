# SPDX-License-Identifier: Apache-2.0
"""The HTTP cache server: `./bazelw run //tools/remote_cache:nginx -- --folder=…`."""

from __future__ import annotations

from absl import flags

from tools import command
from tools.remote_cache import server
from tools.remote_cache.configurations import ServerError
from tools.remote_cache.nginx_server import Nginx

_NGINX = flags.DEFINE_string("nginx", None, "The program nginx.", required=True)
_PREFIX = flags.DEFINE_string("prefix", "", "Path below which the cache is, such as /mnist_micro.")


def main() -> None:
    server.serve(Nginx(_NGINX.value, prefix=_PREFIX.value, **server.settings()))


if __name__ == "__main__":
    command.run(main, ServerError)
