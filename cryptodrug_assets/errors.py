"""The one error that is addressed to the user. It stands alone because even reading the market files may raise it."""


class UserError(Exception):
    """A mistake or obstacle the user can act on: one line that names the cause and the next step."""
