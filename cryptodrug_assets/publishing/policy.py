"""What a page that asks for nothing may do: its content security policy."""

import base64
import hashlib


def policy(*, style: str, script: str = "") -> str:
    """Be styled by this style, run this script, and nothing else: no request, no text that becomes code.

    >>> policy(style="").split("; ")[1]
    "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    runs = f" script-src {_digest(script)};" if script else ""
    return f"default-src 'none';{runs} style-src {_digest(style)}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
