"""Only requests that are meant for us get in, and every answer carries its safety headers."""

from __future__ import annotations

import pytest

from mediaparser_core.web import doors


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "same-origin", "host": "a"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "http://b", "host": "a"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://a", "host": "a"}, False),
        ({"sec-fetch-site": "cross-site", "host": "a"}, False),
        ({"sec-fetch-site": "none", "host": "a"}, False),
        ({"origin": "http://a:8001", "host": "a:8001"}, True),
        ({"origin": "https://a", "host": "a"}, True),
        ({"origin": "http://a:8002", "host": "a:8001"}, False),
        ({"origin": "null", "host": "a"}, False),
        ({"origin": "http://[", "host": "a"}, False),
        ({"host": "a"}, False),
        ({"host": "a", "authorization": "Bearer x"}, True),
        ({"host": "a", "authorization": "Bearer x", "cookie": "c=1"}, False),
        ({"host": "a", "authorization": "Basic x"}, False),
    ],
)
def test_an_unsafe_request_comes_from_one_of_our_pages(headers, expected):
    assert doors.is_same_origin(headers) is expected


@pytest.mark.parametrize(
    ("headers", "client", "expected"),
    [
        ([], ("127.0.0.1", 1), True), ([], ("::1", 1), True), ([], None, True), ([], ("192.168.1.5", 1), False),
        ([(b"x-forwarded-for", b"1.2.3.4")], ("127.0.0.1", 1), False), ([(b"Forwarded", b"for=x")], ("127.0.0.1", 1), False),
    ],
)  # fmt: skip
def test_a_request_is_local_when_nobody_stands_in_between(headers, client, expected):
    assert doors.is_local({"headers": headers, "client": client}) is expected


# trap 10: a page that was tricked into our address (DNS rebinding) sends its own name; the drive: tests/dav/test_guard.py
@pytest.mark.parametrize("path", ["/", "/catalog/library", "/-/databases.json", "/-/static/app.css", "/nowhere"])
@pytest.mark.parametrize(
    ("host", "status"), [("evil.example", 421), ("localhost", None), ("127.0.0.1:8001", None), ("[::1]", None)]
)
def test_another_name_is_misdirected(looking, path, host, status):
    found = looking.get(path, headers={"host": host}).status_code
    assert found == status if status else found in (200, 404)


def test_a_name_from_the_settings_is_ours(library, make_client):
    (library / "mediaparser.toml").write_text('[explore]\nhosts = "photos.home, nas"\n')
    client = make_client(library)
    assert client.get("/", headers={"host": "photos.home"}).status_code == 200
    assert client.get("/", headers={"host": "nas:80"}).status_code == 200
    assert client.get("/", headers={"host": "other"}).status_code == 421


@pytest.mark.parametrize("path", ["/-/review/decide", "/-/review/undo", "/catalog/-/query", "/-/logout", "/nowhere"])
@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {}]
)
def test_a_post_of_another_page_changes_nothing(looking, path, headers):
    answer = looking.request("POST", path, headers=headers, data={"verb": "discard"})
    assert answer.status_code == 403
    assert looking.rows("select count(*) from decisions", database="decisions.db") == [(0,)]


@pytest.mark.parametrize(
    "path",
    ["/", "/-/review", "/catalog", "/catalog/library", "/catalog/library.json", "/nowhere", "/-/media/static/page.js"],
)
def test_every_answer_has_its_headers(looking, path):
    headers = looking.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    for part in ("frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/-/review", "/-/media/now.json"])
def test_our_pages_have_no_inline_script_and_are_not_kept(looking, path):
    answer = looking.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert "no-store" in answer.headers["cache-control"]


def test_what_a_table_says_is_not_kept_either(looking):
    assert "max-age=5" not in looking.get("/catalog/library").headers["cache-control"]


# trap 11: cookies are shared between the ports of a host, and Datasette's own may be read by scripts
def test_cookies_are_for_nobody_else(looking):
    from datasette import hookimpl
    from datasette.utils.asgi import Response

    class Setting:
        @hookimpl
        def register_routes(self):
            async def view():
                answer = Response.text("x")
                answer.set_cookie("ds_actor", "a b;c", samesite="lax")
                return answer

            return [(r"^/set$", view)]

    plugin = Setting()
    looking.datasette.pm.register(plugin)
    try:
        cookie = looking.get("/set").headers["set-cookie"].lower()
    finally:
        looking.datasette.pm.unregister(plugin)
    assert "httponly" in cookie and "samesite=strict" in cookie and cookie.startswith("ds_actor=")
