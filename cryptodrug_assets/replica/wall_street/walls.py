"""What stands in the way on the synthetic Wall Street: login, security check, maintenance, also while logged in."""

from datetime import datetime, timedelta

from cryptodrug_assets.replica.pages import Response
from cryptodrug_assets.replica.wall_street.frame import Shown, page, session_token
from cryptodrug_assets.synthetic import NOTE

_MAINTAINED = timedelta(minutes=45)


def login(shown: Shown) -> Response:
    """The page of the login, for those who have no session."""
    content = f"""<h3 class="wms_captcha_field">Log In</h3><form method="POST" action="/login" class="login-form">
<input id="form_username" name="form[username]"><input id="form_password" name="form[password]" type="password">
<img class="captcha_image" src="data:image/png;base64,"><input id="form_captcha" name="form[captcha]">
<select name="form[language]"><option value="en" selected>English</option><option value="de">Deutsch</option></select>
<input type="hidden" id="form__token" name="form[_token]" value="{session_token(shown)}">
<button type="submit">Log in</button></form><p>{NOTE}</p>"""
    return page(shown, content, act="LoginIndex")


def _check(shown: Shown) -> Response:
    content = f"""<h3>Security Check</h3><div class="landing-form"><form name="form" method="post">
<img class="captcha_image" src="data:image/png;base64,"><input id="form_captcha" name="form[captcha]">
<input type="hidden" id="form__token" name="form[_token]" value="{session_token(shown)}"></form></div><p>{NOTE}</p>"""
    return page(shown, content, act="LandingIndex")


def _clock(moment: datetime) -> str:
    half = "am" if moment.hour < 12 else "pm"
    return f"{moment:%I:%M} {half} UTC ({moment:%a}, {moment.day}. {moment:%b}, {moment.year})"


def _maintenance(shown: Shown) -> Response:
    content = f"""<h2>Status</h2><div>Back soon. {NOTE}</div>
<small><b>Beginning of maintenance:</b> {_clock(shown.moment)}<br>
<b>Expected end:</b> {_clock(shown.moment + _MAINTAINED)}</small>"""
    return page(shown, content, act="MaintenanceIndex")


WALLS = {"challenge": _check, "maintenance": _maintenance}


def wall(shown: Shown, kind: str) -> Response:
    """The page of a wall that stands in front of every page."""
    return WALLS[kind](shown)
