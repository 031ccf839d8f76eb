"""A home that says what it is made of, so that every later command and the UI go on with that."""

import json

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import FILE, Settings
from cryptodrug_assets.storage.home import private_home, write_atomically


def claim_home(settings: Settings, *names: str) -> None:
    """Write the named settings into the home as its cryptodrug.toml.

    Raises UserError when the home already holds tables of something else.
    """
    path = settings.home / FILE
    text = "".join(f"{name} = {json.dumps(getattr(settings, name))}\n" for name in names)
    if settings.tables.exists() and (not path.exists() or path.read_text("utf-8") != text):
        raise UserError(f"{settings.home} holds tables of something else; give another folder (CRYPTODRUG_HOME)")
    private_home(settings.home.resolve())
    write_atomically(path, text)
