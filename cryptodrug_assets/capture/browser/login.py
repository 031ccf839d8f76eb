"""A login that a person makes: a browser with a window, through the proxy, and what is kept of it.

Nothing here fills in a form or solves a captcha. Cookies are bound to the browser that got them, so the User-Agent is
kept with them.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.browser.launch import find_window_browser, launch_args
from cryptodrug_assets.capture.sources import login_path, proxy_rules
from cryptodrug_assets.observation import UserError


def open_login(base_url: str, proxy: str, *, wait: Callable[[], object]) -> dict[str, Any]:
    """Open the site's entry in a window; when `wait` returns, the login: {"storage_state", "user_agent"}.

    UserError when no window can be opened, the site does not come through the proxy, the window was closed too early,
    or the browser holds no cookie.
    """
    from playwright.sync_api import Error, sync_playwright

    path = find_window_browser()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=str(path), headless=False, proxy={"server": proxy}, args=launch_args(proxy_rules(proxy))
            )
        except Error as err:
            raise UserError(
                f"{path.name} opens no window: {str(err).splitlines()[0][:120]}; run this on a desktop"
            ) from err
        try:
            context = browser.new_context(java_script_enabled=False, service_workers="block", accept_downloads=False)
            page = context.new_page()
            try:
                page.goto(base_url, wait_until="commit", timeout=120_000)
            except Error as err:
                reason = str(err).split(" at ")[0].splitlines()[0].removeprefix("Page.goto: ")[:80]
                raise UserError(f"the site does not come through the proxy ({reason}); check CRYPTODRUG_PROXY") from err
            try:
                wait()
            except EOFError as err:
                raise UserError("logging in waits for Enter; run this in a terminal") from err
            try:
                state: dict[str, Any] = dict(context.storage_state())
                agent = str(page.evaluate("navigator.userAgent"))
            except Error as err:
                raise UserError(
                    "the window was closed before the login was saved; run this again, press Enter first"
                ) from err
        finally:
            browser.close()
    if not state["cookies"]:
        raise UserError("the browser holds no cookie of the site, so nobody is logged in; nothing was saved")
    return {"storage_state": state, "user_agent": agent}


def save_login(home: Path, market: str, saved: dict[str, Any]) -> Path:
    """Keep a login, readable by its owner alone, in the place of an earlier one; returns its path."""
    path = login_path(home, market)
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(saved, file)
        partial.replace(path)
    except OSError as err:
        raise UserError(
            f"the login cannot be written to {path.parent.name}/: {err.strerror}; check CRYPTODRUG_HOME"
        ) from err
    return path
