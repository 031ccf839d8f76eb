"""Nothing leads the browser to another site, however it is written, and no other site's page becomes an offer."""

from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets_tests.hostile.capturing import MARKET, MONTH, capture, rows
from cryptodrug_assets_tests.hostile.site import OFFER, Hostile, chunked, headed, hostile, moved, page

pytestmark = pytest.mark.browser

# {e}: host and port of the canary, {s}: the site's own, {c}: the canary's port.
_AWAY = (
    r"http:\\{e}\login", r"/\{e}/login", r"\\{e}\login", r"\/{e}/login", "http:///{e}/login", "////{e}/login",
    "//{e}/login", "http://{e}/login", "http://site@{e}/login", "http://{s}@{e}/login", r"http://{s}\@{e}/login",
    "\t//{e}/login", "ht\ttp://{e}/login", "HTTP://EVIL.LOCALHOST:{c}/login", "http://evil.localhost.:{c}/login",
    "http://%65vil.localhost:{c}/login", "http://site.localhost:{c}/login", "http:{e}/login",
    "http://\uff45vil.localhost:{c}/login", "https://{s}/login", "http://127.0.0.1:{c}/login", "//{e}\\login",
)  # fmt: skip
_OTHER_SCHEMES = (
    "ftp://{s}/login", "javascript:alert(1)", "data:text/html,<title>offer</title>", "mailto:a@b", "file:///etc/passwd",
    "view-source:http://{s}/login", "blob:http://{s}/1", "about:blank", "chrome://crash", "ws://{s}/login",
    " \tftp://{s}/login", "fT\tp://{s}/login",
)  # fmt: skip
_OWN = (
    "/own",
    "own",
    "//{s}/own",
    "http://{s}/own",
    "HTTP://SITE.LOCALHOST:{p}/own",
    "\\own",
    "/x/../own",
    "/own?own=1",
)


def _written(site: Hostile, text: str) -> bytes:
    where = {"e": site.elsewhere, "s": site.host, "c": str(site.canary_port), "p": str(site.port)}
    for name, value in where.items():
        text = text.replace("{" + name + "}", value)
    return text.encode()


@pytest.mark.parametrize("mode", ["nav", "render"])
def test_no_redirect_leads_elsewhere(tmp_path: Path, chromium: Path, mode: str) -> None:
    with hostile(own=page(b"<html>own</html>")) as site:
        for name, spellings in (("away", _AWAY), ("scheme", _OTHER_SCHEMES), ("own-way", _OWN)):
            for number, text in enumerate(spellings):
                site.answers[f"/{name}-{number}"] = moved(_written(site, text))
        report = capture(site, tmp_path, chromium, mode=mode)
        assert site.canary == []
    index = rows(tmp_path)
    for number, text in enumerate(_AWAY):
        row = index[f"away-{number}"]
        # Two of the spellings are an address of the site's own, which only looks like another.
        fine = ("out_of_scope", "given_up", "done") if row["status"] == 404 else ("out_of_scope", "given_up")
        assert row["outcome"] in fine, (text, row)
    for number, text in enumerate(_OTHER_SCHEMES):
        assert index[f"scheme-{number}"]["outcome"] == "out_of_scope", (text, index[f"scheme-{number}"])
    for number, text in enumerate(_OWN):
        assert index[f"own-way-{number}"]["outcome"] == "done", (text, index[f"own-way-{number}"])
    # Nothing was tried in vain, no browser was lost: each redirect ended at once, and not with the page time-out.
    assert report.retries == 0


def _asks(site: Hostile) -> bytes:
    """A page that asks for much by itself, of the site and of the canary."""
    far, near = f"http://{site.elsewhere}", f"http://{site.host}"
    return (
        f'<html><head><meta http-equiv="refresh" content="0; url={far}/refresh"><base href="{far}/">'
        f'<link rel="stylesheet" href="{far}/a.css"><link rel="preload" as="image" href="{far}/p.png">'
        f'<link rel="preconnect" href="{far}"><link rel="icon" href="{far}/i.ico"><link rel="prefetch" href="{far}/f">'
        f"<style>@import '{far}/b.css'; body {{background: url({far}/c.png)}}</style></head>"
        f'<body><img src="{far}/d.png" ping="{far}/ping"><iframe src="{far}/frame"></iframe>'
        f'<iframe srcdoc="<img src={far}/e.png>"></iframe><object data="{far}/o"></object><img src="{near}/own.png">'
        f"<script src={far}/s.js></script><video src={far}/v poster={far}/w.png></video>"
        + "x" * 2000
        + "</body></html>"
    ).encode()


@pytest.mark.parametrize("mode", ["nav", "render"])
def test_a_page_asks_nothing_of_others(tmp_path: Path, chromium: Path, mode: str) -> None:
    with hostile() as site:
        body = _asks(site)
        far = f"http://{site.elsewhere}"
        more = f"Refresh: 0; url={far}/r\r\nLink: <{far}/l.css>; rel=preload; as=style\r\n".encode()
        # With its length and without: the second is let into the tab in both modes.
        site.answers |= {
            "/length": page(body, more=more),
            "/chunks": headed(chunked(body), "Content-Type: text/html", "Transfer-Encoding: chunked"),
            "/refresh-own": page(body.replace(site.elsewhere.encode(), site.host.encode())),
            "/after": page(b"<html>after</html>"),
        }
        # The entry does not link what the pages ask for.
        site.answers["/"] = page(b"".join(b'<html><a href="%s">x</a>' % path.encode() for path in site.answers))
        capture(site, tmp_path, chromium, mode=mode, concurrency=1)
        assert site.canary == []
        asked = set(site.asked)
    index = rows(tmp_path)
    for name in ("length", "chunks", "refresh-own", "after"):
        assert index[name]["outcome"] == "done", index[name]
    if mode == "nav":
        assert asked <= {"/", "/length", "/chunks", "/refresh-own", "/after"}
    else:
        assert "/own.png" in asked and "/refresh" not in asked


def test_links_to_others_are_noted_and_not_followed(tmp_path: Path, chromium: Path) -> None:
    with hostile() as site:
        site.answers["/"] = page(
            "".join(
                f'<a href="{href}">x</a>'
                for href in (
                    f"http://{site.elsewhere}/a", f"http://{site.host}@{site.elsewhere}/b",
                    f"http:\\\\{site.elsewhere}\\c", f"http://{site.host}\\@{site.elsewhere}/d",
                    f"http://user:geheim@{site.host}/e", f"http://site.localhost:{site.canary_port}/f",
                    f"http://site.localhost.:{site.port}/dot", f"http://SITE.localhost:0{site.port}/capitals",
                )
            ).encode()
        )  # fmt: skip
        site.answers |= {"/dot": page(b"<html>dot</html>"), "/capitals": page(b"<html>capitals</html>")}
        capture(site, tmp_path, chromium)
        assert site.canary == []
        assert (site.asked["/dot"], site.asked["/capitals"]) == (1, 1)
    frame = index_frame(tmp_path, MARKET, MONTH)
    outcomes = dict(zip(frame["url"], frame["outcome"], strict=True))
    assert sorted(outcomes.values()) == ["done"] * 3 + ["out_of_scope"] * (len(outcomes) - 3)
    assert not any("geheim" in url for url in outcomes)


def test_an_error_with_an_offers_markup_is_no_offer(tmp_path: Path, chromium: Path) -> None:
    statuses = ("404 Not Found", "410 Gone", "451 No", "999 Odd", "206 Partial Content", "401 No", "099 Odd")
    with hostile() as site:
        site.answers |= {f"/s{status[:3]}": page(OFFER, status) for status in statuses}
        capture(site, tmp_path, chromium)
    index = rows(tmp_path)
    kinds = {status[:3]: index[f"s{status[:3]}"]["page_kind"] for status in statuses}
    # A status of less than 100 is none for the browser: what stands there is no answer at all, or an error.
    assert kinds.pop("099") in ("error", None)
    assert kinds == {"404": "not_found", "410": "not_found", **dict.fromkeys(("451", "999", "206", "401"), "error")}


@pytest.mark.parametrize("location", ["http://{e}/login", "ftp://{s}/"])
def test_an_entry_that_leads_away_is_one_clear_line(tmp_path: Path, chromium: Path, location: str) -> None:
    from cryptodrug_assets.observation import UserError

    with hostile() as site:
        site.answers["/"] = moved(_written(site, location))
        with pytest.raises(UserError, match=r"the first page of dream redirects to another .* live.base_url"):
            capture(site, tmp_path, chromium)
        assert site.canary == []
