"""The command as a user calls it."""

import os
import subprocess
import sys
from pathlib import Path


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user calls it, on an archive in `home`."""
    command = [str(Path(sys.executable).with_name("cryptodrug")), *words]
    environment = os.environ | {"CRYPTODRUG_HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
