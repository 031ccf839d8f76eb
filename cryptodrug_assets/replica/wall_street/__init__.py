"""Pages of the synthetic Wall Street Market, built as the evidence says (docs/wall-street-layout.md).

No parser is known here. What the evidence leaves open is filled in as plainly as possible. All texts are made up.
"""

from cryptodrug_assets.replica.facts import MarketWorld
from cryptodrug_assets.replica.pages import Request, Response, redirect
from cryptodrug_assets.replica.wall_street.frame import Shown, page, session_token
from cryptodrug_assets.replica.wall_street.lists import home, product_list
from cryptodrug_assets.replica.wall_street.offers import offer
from cryptodrug_assets.replica.wall_street.profiles import profile
from cryptodrug_assets.replica.wall_street.walls import login, wall

_REFUSED = "The CSRF token is invalid. Please try to resubmit the form."


def respond(world: MarketWorld, request: Request) -> Response:
    """The answer to a request."""
    parts = [part for part in request.path.split("/") if part]
    shown = Shown(world, request)
    if request.wall is not None:
        return wall(shown, request.wall)
    if not request.logged_in:
        return login(shown) if parts == ["login"] else redirect(f"{request.base}/login")
    if not parts:
        return home(shown)
    if parts == ["index"]:
        return _index(shown)
    if parts[0] == "offer" and parts[2:] in ([], ["refund"]):
        answer = offer(shown, parts[1], tab=parts[2] if len(parts) > 2 else "")
    elif parts[0] == "profile" and parts[2:] in ([], ["offers"], ["pgp"], ["info"]):
        answer = profile(shown, parts[1], tab=parts[2] if len(parts) > 2 else "")
    else:
        answer = None
    return answer or _not_found(shown)


def _index(shown: Shown) -> Response:
    form = shown.request.form
    if form and form.get("form[_token]") != session_token(shown):
        return home(shown, notice=_REFUSED)
    return product_list(shown) or (home(shown) if not form else _not_found(shown))


def _not_found(shown: Shown) -> Response:
    return page(shown, '<div class="alert alert-danger">404 Not Found</div>', status=404)
