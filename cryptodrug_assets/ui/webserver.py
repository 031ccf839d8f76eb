"""`python -m cryptodrug_assets.ui.webserver`: dagster-webserver with the guard before it.

Takes the options of `dagster-webserver`. Names, port and token of the guard come from the environment of `cryptodrug
ui` alone: the token stands in no command line, where other users of the machine would see it.
"""

import os

import dagster_webserver.app
from dagster_webserver.cli import cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from cryptodrug_assets.ui.guard import Guard

NAMES, PORT, TOKEN = "_CRYPTODRUG_GUARD_NAMES", "_CRYPTODRUG_GUARD_PORT", "_CRYPTODRUG_GUARD_TOKEN"


class GuardedWebserver(DagsterWebserver):  # type: ignore[type-arg]
    """Dagster's server; its own hook for middleware puts the guard outermost."""

    def build_middleware(self) -> list[Middleware]:
        """The guard, then Dagster's own."""
        names = [name for name in os.environ.get(NAMES, "").split(",") if name]
        guard = Middleware(Guard, names=names, port=int(os.environ[PORT]), token=os.environ.get(TOKEN) or None)
        return [guard, *super().build_middleware()]


def main() -> None:
    """Serve; the command line has no option for the class of the server."""
    dagster_webserver.app.DagsterWebserver = GuardedWebserver  # type: ignore[attr-defined]
    cli(auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
