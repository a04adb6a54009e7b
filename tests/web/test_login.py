"""Who comes in: nobody without a password once there are users, guests may look, and wrong passwords have to wait."""

from __future__ import annotations

import shutil

import pytest

from mediaparser_core.accounts import FILE_NAME, Accounts
from mediaparser_core.web.sessions import COOKIE

PASSWORD = "correct horse battery"
PAGES = (
    "/",
    "/-/media/gallery",
    "/-/review/dates",
    "/-/jobs",
    "/-/status",
    "/-/drop",
    "/catalog/library",
    "/-/media/map",
)


def with_users(library):
    accounts = Accounts(library / FILE_NAME)
    for name, roles in (("Anna", ("decide", "drop")), ("guest", ("look",))):
        accounts.add(name, PASSWORD, roles)
    return library


@pytest.fixture(scope="module")
def door(built, looking, tmp_path_factory):
    """A library with users, for all who only knock."""
    client = type(looking)(with_users(shutil.copytree(built / "library", tmp_path_factory.mktemp("door") / "library")))
    yield client
    client.close()


@pytest.fixture
def own_door(library, make_client):
    """One of one's own: for wrong passwords, and for more users."""
    return make_client(with_users(library))


def log_in(client, name="Anna", password=PASSWORD, back="/"):
    return client.post(
        "/-/login", {"name": name, "password": password, "back": back}, json=False, follow_redirects=False
    )


def test_without_users_nobody_has_to_log_in(client):
    answer = client.get("/-/login", follow_redirects=False)
    assert answer.status_code in (302, 303) and answer.headers["location"] == "/"


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_sees_the_login_and_comes_back_to_the_page(door, path):
    answer = door.get(path, headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/-/login?back=%2F")
    page = door.get(answer.headers["location"])
    assert page.status_code == 200 and "Who are you?" in page.text and f'name="back" value="{path}"' in page.text
    assert "<nav" not in page.text and "MediaParser" in page.text


@pytest.mark.parametrize(
    "path", [*PAGES, "/-/jobs/stream", "/-/status.json", "/catalog/library.json", f"/-/media/thumb/{'0' * 64}"]
)
def test_a_stranger_gets_nothing_else(door, path):
    assert door.get(path, headers={"accept": "*/*"}, follow_redirects=False).status_code == 401


def test_the_right_password_opens_and_the_cookie_is_for_nobody_else(door):
    answer = log_in(door, back="/-/review/dates?after=1")
    assert answer.status_code == 303 and answer.headers["location"] == "/-/review/dates?after=1"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    session = {COOKIE: cookie.partition("=")[2].partition(";")[0].strip('"')}
    assert "Log out Anna" in door.get("/", cookies=session).text
    out = door.post("/-/logout", cookies=session, json=False, follow_redirects=False)
    assert out.headers["location"] == "/-/login" and "Max-Age=0" in out.headers["set-cookie"]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "x"]
)
def test_the_login_leads_to_our_own_pages_only(door, back):
    assert log_in(door, back=back).headers["location"] == "/"


def test_a_wrong_password_says_so_and_then_has_to_wait(own_door):
    answer = log_in(own_door, password="wrong")
    assert answer.status_code == 401 and "not the right password" in answer.text and "set-cookie" not in answer.headers
    assert "wrong" not in answer.text.replace("not the right", "")
    for _ in range(30):
        answer = log_in(own_door, password="wrong")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429 and "Try again in" in answer.text
    assert log_in(own_door).status_code == 429  # not even with the right one


def test_a_name_that_nobody_has_is_answered_like_a_wrong_password(own_door):
    hostile = "<script>alert(1)</script>"
    answer = log_in(own_door, name=hostile)
    assert answer.status_code == 401 and "not the right password" in answer.text
    assert hostile not in answer.text


def test_another_site_cannot_log_anybody_in(door):
    fields = {"name": "Anna", "password": PASSWORD}
    answer = door.post("/-/login", fields, headers={"origin": "http://evil.example"}, follow_redirects=False)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "x", "eyJ9.x.y", "a" * 5000, '"\\"'])
def test_a_forged_cookie_is_no_cookie(door, cookie):
    assert door.get("/", cookies={COOKIE: cookie}, headers={"accept": "*/*"}, follow_redirects=False).status_code == 401


def test_a_guest_may_look_at_everything_and_decide_nothing(own_door, library, log_in):
    guest = log_in(library, "guest", ("look",))
    for path in (
        "/",
        "/-/media/gallery",
        "/-/review/dates",
        "/-/jobs",
        "/-/status",
        "/-/media/map",
        "/-/review/decisions",
    ):
        page = own_door.get(path, cookies=guest)
        assert page.status_code == 200, path
        assert "Start something" not in page.text and "data-select" not in page.text
    assert own_door.get("/-/drop", cookies=guest).status_code == 403
    assert own_door.get("/catalog/-/query?sql=select+1", cookies=guest).status_code == 403


def test_a_new_password_ends_every_session(own_door, library, log_in):
    session = log_in(library, "Anna", ("decide",))
    assert own_door.get("/", cookies=session).status_code == 200
    Accounts(library / FILE_NAME).add("Zoë", PASSWORD, ("look",))
    assert own_door.get("/", cookies=session, headers={"accept": "*/*"}, follow_redirects=False).status_code == 401
