"""Users, their passwords, and what becomes of those who guess."""

from __future__ import annotations

import json
import stat
import threading
import time

import pytest

from mediaparser_core import accounts, tries
from mediaparser_core.accounts import User
from mediaparser_core.errors import AccountError
from mediaparser_core.tries import Tries

GOOD = "correct horse"
COST = accounts._COST  # as it really is


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """A quarter of a second for each password is right for a server, and too long for a hundred tests."""
    monkeypatch.setattr(accounts, "_COST", (10, 8, 1))
    monkeypatch.setattr(accounts, "_NOBODY", accounts._NOBODY.replace("$14$8$5$", "$10$8$1$"))


@pytest.fixture
def users(tmp_path):
    found = accounts.load(tmp_path)
    found.add("anna", GOOD, ["look", "drop"])
    return found


def test_a_library_has_no_users_at_first(tmp_path):
    found = accounts.load(tmp_path / "new")
    assert found.empty
    assert found.users() == []
    assert found.verify("anna", GOOD) is None


def test_the_right_password_opens_and_the_wrong_one_does_not(users):
    assert users.verify("anna", GOOD) == User("anna", frozenset({"look", "drop"}))
    for name, password in (
        ("anna", "wrong"),
        ("anna", ""),
        ("bert", GOOD),
        ("", ""),
        ("Anna", GOOD),
        ("anna", GOOD + "\0"),
    ):
        assert users.verify(name, password) is None, (name, password)


def test_the_file_is_private_and_knows_no_password(users, tmp_path):
    path = tmp_path / accounts.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert GOOD not in path.read_text()
    assert json.loads(path.read_text())["users"]["anna"]["password"].startswith("scrypt$")


def test_a_password_costs_what_owasp_asks_for():
    assert COST in {(17, 8, 1), (16, 8, 2), (15, 8, 3), (14, 8, 5), (13, 8, 10)}
    assert accounts._HASH.fullmatch(accounts._NOBODY)


def test_a_right_password_is_not_computed_twice_and_a_wrong_one_always_is(users, monkeypatch):
    computed = []
    honest = accounts._scrypt
    monkeypatch.setattr(accounts, "_scrypt", lambda *given: computed.append(given) or honest(*given))
    for _ in range(5):
        users.verify("anna", GOOD)
    assert len(computed) == 1
    for number in range(3):
        users.verify("anna", "wrong", f"client {number}")
    assert len(computed) == 4
    users.verify("nobody", "wrong")
    assert len(computed) == 5  # a name that does not exist takes as long as one that does


def test_what_is_remembered_is_forgotten_after_five_minutes(users, monkeypatch):
    users.verify("anna", GOOD)
    now = time.monotonic()
    monkeypatch.setattr(accounts.time, "monotonic", lambda: now + accounts.REMEMBERED + 1)
    computed = []
    monkeypatch.setattr(accounts, "_scrypt", lambda *given: computed.append(given) or b"")
    assert users.verify("anna", GOOD) is None
    assert computed


def test_another_process_can_change_the_password_and_the_roles(users, tmp_path):
    users.verify("anna", GOOD)
    accounts.load(tmp_path).add("anna", "another one", ["decide"])
    assert users.verify("anna", GOOD) is None
    assert users.verify("anna", "another one") == User("anna", frozenset({"decide"}))
    accounts.load(tmp_path).remove("anna")
    assert users.verify("anna", "another one") is None
    assert users.empty


def test_who_may_decide_may_look():
    assert User("a", frozenset({"decide"})).may("look")
    assert not User("a", frozenset({"decide"})).may("drop")
    assert not User("a", frozenset({"drop"})).may("look")


def test_a_name_is_the_same_whichever_way_it_is_typed(users):
    users.add("Jörg", "größer als groß")
    assert users.verify("Jo\u0308rg", "gro\u0308ßer als groß") is not None


@pytest.mark.parametrize(
    ("name", "password", "roles"),
    [
        ("", GOOD, ["look"]), ("a:b", GOOD, ["look"]), ("a b", GOOD, ["look"]), ("a\n", GOOD, ["look"]),
        ("a/b", GOOD, ["look"]), ("x" * 65, GOOD, ["look"]), ("anna", "short", ["look"]),
        ("anna", "x" * 2000, ["look"]), ("anna", GOOD + "\0", ["look"]), ("anna", GOOD, []), ("anna", GOOD, ["admin"]),
    ],
)  # fmt: skip
def test_a_user_that_makes_no_sense_is_refused(tmp_path, name, password, roles):
    with pytest.raises(AccountError):
        accounts.load(tmp_path).add(name, password, roles)
    assert accounts.load(tmp_path).empty


def test_removing_nobody_is_an_error(users):
    with pytest.raises(AccountError, match="no user 'bert'"):
        users.remove("bert")


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "nonsense", '{"version": 2, "users": {}}',
        '{"version": 1, "users": {"a": {"password": "x", "roles": []}}}',
        '{"version": 1, "users": []}', '{"version": 1, "users": {"a": 5}}', "[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_file_is_an_error_and_not_an_open_door(tmp_path, text):
    (tmp_path / accounts.FILE_NAME).write_text(text)
    with pytest.raises(AccountError, match="is damaged"):
        accounts.load(tmp_path)


def test_a_file_that_is_damaged_while_we_run_opens_no_door(users, tmp_path):
    users.verify("anna", GOOD)
    (tmp_path / accounts.FILE_NAME).write_text("")
    with pytest.raises(AccountError):
        _ = users.empty
    with pytest.raises(AccountError):
        users.verify("anna", GOOD)


def test_many_who_log_in_at_once_all_get_in(users):
    found = []
    threads = [threading.Thread(target=lambda: found.append(users.verify("anna", GOOD))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [User("anna", frozenset({"look", "drop"}))] * 8


# -- guessing


def test_a_client_that_guesses_has_to_wait_and_others_have_not():
    now = [1000.0]
    counted = Tries(lambda: now[0])
    for _ in range(tries.PER_NAME):
        assert counted.wait("eve", "anna") == 0
        counted.failed("eve", "anna")
    assert counted.wait("eve", "anna") == tries.PERIOD
    assert counted.wait("eve", "bert") == 0
    assert counted.wait("anna's phone", "anna") == 0
    now[0] += tries.PERIOD + 1
    assert counted.wait("eve", "anna") == 0


def test_a_list_of_names_is_no_way_around():
    counted = Tries(lambda: 0.0)
    for number in range(tries.PER_CLIENT):
        counted.failed("eve", f"user {number}")
    assert counted.wait("eve", "somebody new") > 0


def test_guessing_does_not_fill_the_memory():
    counted = Tries(lambda: 0.0)
    for number in range(30_000):
        counted.failed(f"client {number}", "anna")
    assert len(counted._failures) <= 10_000


def test_a_right_password_is_refused_to_those_who_guessed_and_good_for_the_rest(users):
    for _ in range(tries.PER_NAME):
        users.verify("anna", "wrong", "eve")
    assert users.verify("anna", GOOD, "eve") is None
    assert users.wait("anna", "eve") > 0
    assert users.verify("anna", GOOD, "phone") is not None
