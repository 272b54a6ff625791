"""JupyterLab on the notebooks, for `make lab`: on this machine only, behind a token, and silent towards all others.

Arguments are handed on, for instance --no-browser; what is said here goes before them and before a user's own settings,
which may have emptied the token or opened the server to the network.
"""

import os
import secrets
import sys
from pathlib import Path

from jupyterlab.labapp import LabApp

PROJECT = Path(__file__).resolve().parents[1]
OPTIONS = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.allow_remote_access": "False",
    "ServerApp.root_dir": str(PROJECT),
    "ServerApp.identity_provider_class": "jupyter_server.auth.identity.PasswordIdentityProvider",
    "LabApp.default_url": "/lab/tree/notebooks",
    # JupyterLab would ask servers for a newer version of itself, for news, and for extensions.
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.news_url": "None",
    "LabApp.extension_manager": "readonly",
}


def main(given: list[str]) -> None:
    """Start the server and wait for its end."""
    root = ["--allow-root"] if os.geteuid() == 0 else []
    server = LabApp.initialize_server(argv=[*given, *(f"--{key}={value}" for key, value in OPTIONS.items()), *root])
    identity = server.identity_provider
    if not identity.token:  # set here, not above: every user of the machine can read the arguments of a process
        identity.token, identity.token_generated = secrets.token_hex(24), True
    server.start()


if __name__ == "__main__":
    main(sys.argv[1:])
