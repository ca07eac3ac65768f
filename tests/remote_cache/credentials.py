# SPDX-License-Identifier: Apache-2.0
"""Shows which users may do what with a guarded cache: real Bazel, real nginx, TLS and a password.

Everybody may read, users with the password may write. Whatever the credentials, the build ends
with exit code 0 and exactly the bytes of a build without a cache; a password in a .netrc file is
not found anywhere afterwards: not in Bazel's output, its logs, its event file, its execution log.
"""

from __future__ import annotations

import base64
import dataclasses
import os
import pathlib
import subprocess
from collections.abc import Mapping

from absl import flags

from tests.remote_cache.workspace import ACTIONS, Build, Salts, Workspace, keep_promises
from tools import command
from tools.remote_cache.configurations import tls_of
from tools.remote_cache.nginx_server import Nginx

_NGINX = flags.DEFINE_string("nginx", None, "nginx's program.", required=True)
_MAKE_CREDENTIALS = flags.DEFINE_string(
    "make_credentials", None, "make_credentials.sh.", required=True
)


@dataclasses.dataclass(frozen=True)
class Case:
    """One user of the cache.

    Attributes:
      name: for the table; it also makes the actions of this case others than those before.
      uploads: whether the build tries to upload.
      netrc: the .netrc file; None for one without credentials.
      certificate: the certificates that the client trusts.
      header: credentials as a header, in the user's own settings.
      hits: how many actions a reader finds afterwards.
    """

    name: str
    uploads: bool
    netrc: pathlib.Path | None
    certificate: pathlib.Path
    hits: int
    header: str = ""


def make_credentials(folder: pathlib.Path) -> pathlib.Path:
    """Makes a certificate authority, a server's certificate and a password.

    Args:
      folder: where; it must not be there.

    Returns:
      The folder.
    """
    subprocess.run([_MAKE_CREDENTIALS.value, str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def password_of(netrc: pathlib.Path) -> str:
    """Reads the password from a .netrc file.

    Args:
      netrc: the file.

    Returns:
      The password of its first entry.
    """
    words = netrc.read_text().split()
    return words[words.index("password") + 1]


def find_text(folder: pathlib.Path, texts: list[str]) -> list[pathlib.Path]:
    """Finds the files that contain one of some texts.

    Args:
      folder: where to look, at any depth.
      texts: what to look for.

    Returns:
      The files.
    """
    wanted = [text.encode() for text in texts]
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(text in data for text in wanted):
                found.append(path)
    return found


def play(
    case: Case, url: str, certificate: pathlib.Path, workspace: Workspace, scratch: pathlib.Path
) -> tuple[list[str], list[Build]]:
    """Builds as one user, then as an anonymous reader.

    Args:
      case: the user.
      url: of the cache.
      certificate: that of the authority which signed the server's.
      workspace: what to build.
      scratch: folder for Bazel's event file and execution log.

    Returns:
      What was broken, and the two builds.
    """
    salts: Salts = {"report_salt": case.name, "salt": case.name.replace(" ", "_")}
    workspace.set_own_settings("")
    expected = workspace.build(**salts).outputs
    config = "remote_cache_upload" if case.uploads else "remote_cache"
    if case.header:
        workspace.set_own_settings(f'build:remote_cache "--remote_header={case.header}"\n')

    def environment(trusted: pathlib.Path, netrc: pathlib.Path | None) -> Mapping[str, str]:
        return {
            "MNIST_MICRO_REMOTE_CACHE": url,
            "MNIST_MICRO_TLS_CERTIFICATE": str(trusted),
            # An empty file if there are none: the user who runs this may have credentials.
            "NETRC": str(netrc or os.devnull),
        }

    logs = [
        f"--build_event_json_file={scratch}/events.json",
        f"--execution_log_json_file={scratch}/execution.json",
    ]
    build = workspace.build(
        **salts,
        arguments=[f"--config={config}", *logs],
        environment=environment(case.certificate, case.netrc),
    )
    workspace.set_own_settings("")
    reader = workspace.build(
        **salts, arguments=["--config=remote_cache"], environment=environment(certificate, None)
    )
    found = []
    for who, done in (("user", build), ("next reader", reader)):
        if done.exit_code:
            found.append(f"{who}: exit code {done.exit_code}")
        if done.outputs != expected:
            found.append(f"{who}: wrong bytes")
        if len(done.lines) > 1:
            found.append(f"{who}: {len(done.lines)} lines about the cache")
    if reader.hits != case.hits:
        found.append(f"next reader: {reader.hits} hits in place of {case.hits}")
    print(f"{case.name:40} {reader.hits:4}  {'; '.join(found) or 'ok'}", flush=True)
    if found:
        print("".join(f"    {line}\n" for line in [*build.lines, *reader.lines][:10]), end="")
    return found, [build, reader]


def run_cases(repository: pathlib.Path, folder: pathlib.Path) -> int:
    """Plays all cases against nginx with TLS and a password.

    Args:
      repository: whose bazelw and .bazelrc are used.
      folder: an empty folder with a short path.

    Returns:
      How many things were broken.
    """
    own = make_credentials(folder / "own")
    others = make_credentials(folder / "others")
    scratch = folder / "logs"
    scratch.mkdir()
    password = password_of(own / "netrc")
    encoded = base64.b64encode(f"ci:{password}".encode()).decode()
    header = f"Authorization=Basic {encoded}"
    ca = own / "ca.pem"
    cases = [
        Case("CI with its .netrc", True, own / "netrc", ca, ACTIONS),
        Case("uploads without credentials", True, None, ca, 0),
        Case("uploads with a wrong password", True, others / "netrc", ca, 0),
        Case("reads with a wrong password", False, others / "netrc", ca, 0),
        Case("trusts another authority", True, own / "netrc", others / "ca.pem", 0),
    ]
    broken = 0
    workspace = Workspace(repository, folder)
    tls = tls_of(own / "server.pem", own / "server.key", own / "htpasswd")
    try:
        with Nginx(_NGINX.value, folder / "nginx", tls=tls) as server:
            print("user of the guarded cache                hits of the next reader")
            for case in cases:
                found, builds = play(case, server.url, ca, workspace, scratch)
                consoles = "".join(build.console for build in builds)
                if password in consoles or encoded in consoles:
                    found.append("the password is on the console")
                broken += len(found)
            places = [workspace.output_user_root, scratch]
            leaks = [p for place in places for p in find_text(place, [password, encoded])]
            for path in leaks:
                print(f"the password is in {path}")
            broken += len(leaks)
            # A header works as well, but it is written down: therefore .netrc is recommended. So
            # this shows, too, that the search above would have found something.
            case = Case("CI with a header", True, None, ca, ACTIONS, header)
            broken += len(play(case, server.url, ca, workspace, scratch)[0])
            if not find_text(scratch, [encoded]):
                print("a header is not in the event file any more: say so in docs/remote.md")
                broken += 1
    finally:
        workspace.close()
    return broken


def main() -> None:
    """Plays all cases."""
    keep_promises("credentials", run_cases)


if __name__ == "__main__":
    command.run(main)
