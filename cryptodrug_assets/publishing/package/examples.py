"""Examples of use in a release: a notebook, the same as a script, and one in R. They read the table of shares."""

import json
from collections.abc import Sequence
from importlib.resources import files

from cryptodrug_assets.publishing.package.tables import Table

#: What the examples read.
READS = "shares"


def examples(tables: Sequence[Table]) -> dict[str, bytes]:
    """examples/ by path; none where a release lacks the table that they read."""
    if all(table.name != READS for table in tables):
        return {}
    folder = files(__package__).joinpath("example_files")
    notebook = folder.joinpath("first_steps.ipynb").read_bytes()
    return {
        "examples/first_steps.ipynb": notebook,
        "examples/first_steps.py": script_of(notebook).encode(),
        "examples/first_steps.R": folder.joinpath("first_steps.R").read_bytes(),
    }


def script_of(notebook: bytes) -> str:
    """The notebook as a script, whose comments are its texts.

    >>> cells = [{"cell_type": "markdown", "source": ["# A"]}, {"cell_type": "code", "source": ["print(1)"]}]
    >>> script_of(json.dumps({"cells": cells}).encode())
    '# %% [markdown]\\n# # A\\n\\n# %%\\nprint(1)\\n'
    """
    parts = []
    for cell in json.loads(notebook)["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append("# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n")))
        else:
            parts.append(f"# %%\n{text}")
    return "\n\n".join(parts) + "\n"
