"""Hook of the documentation site: links to files beside docs/ become their names, for the site does not carry them."""

import re
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+(?!decisions/|methods/|images/)([^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page's Markdown; called by mkdocs for every page."""
    return _OUTSIDE.sub(_name, markdown)


def _name(match: re.Match[str]) -> str:
    text, path = match[1], match[2]
    return text if path in text.strip("`") else f"{text} (`{path}`)"
