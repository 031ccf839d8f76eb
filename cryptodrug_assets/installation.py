"""Where the files beside the package lie: in a checkout the repository's, in an installed wheel their copies within it.

The copies are made when the wheel is built (force-include in pyproject.toml), so that no file exists twice in the
repository. What writes into the repository asks for it with `repository()`.
"""

from pathlib import Path

from cryptodrug_assets.errors import UserError

PACKAGE = Path(__file__).resolve().parent
_BESIDE = PACKAGE.parent
IN_CHECKOUT = (_BESIDE / "data_contracts").is_dir()
# The folder that holds data_contracts/, dagster.yaml and workspace.yaml.
FILES = _BESIDE if IN_CHECKOUT else PACKAGE / "_files"
CONTRACTS_DIR = FILES / "data_contracts"
INSTANCE_TEMPLATE = FILES / "dagster.yaml"
WORKSPACE = FILES / "workspace.yaml"


def repository(what: str) -> Path:
    """The checkout that this package is run from; UserError when it was installed from a wheel, which has none.

    `what` is the work that needs it, as the subject of a sentence: "the data dictionary is written".
    """
    if not IN_CHECKOUT:
        raise UserError(f"{what} in a checkout of the repository, and this is an installed wheel; run it there")
    return _BESIDE
