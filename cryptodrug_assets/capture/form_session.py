"""Forms whose tokens expire: a queued form is posted with the fields that the latest page shows.

Contains what a run knows of the session's fields (markets/base.py, Discovery.session). Keep out: which they are (the
market module), and what is done when a form is refused (sweep.py).
"""

from cryptodrug_assets.capture.archive.headers import form_body
from cryptodrug_assets.capture.browser.exchange import PageRequest
from cryptodrug_assets.markets.base import Discovery, Link


class FormSession:
    """The session's fields as the latest page of a run has them."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def note(self, discovery: Discovery) -> None:
        """Take over the fields of a page."""
        self._fields |= dict(discovery.session)

    def request(self, link: Link, referrer: str | None) -> PageRequest:
        """The request of a link, a form with the latest fields. Fields that a form does not have are not added."""
        form = tuple((name, self._fields.get(name, value)) for name, value in link.form)
        body = form_body(form) if link.method == "POST" else None
        return PageRequest(link.url, link.method, body, referrer)

    def refused(self, link: Link, discovery: Discovery) -> bool:
        """Whether a form was answered with a notice of an error and new fields to try it with."""
        fields = dict(discovery.session)
        return link.method == "POST" and discovery.page_kind == "error" and any(name in fields for name, _ in link.form)
