"""Where servers may listen, and for whom they answer."""

from __future__ import annotations

import socket

import pytest

from mediaparser_core import accounts
from mediaparser_core.errors import SettingsError
from mediaparser_core.listening import check_address, is_for_us, is_loopback, names_of


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True),
        ("0.0.0.0", False), ("::", False), ("", False), ("192.168.1.2", False), ("example.org", False),
        ("localhost.example.org", False), ("127.0.0.1.example.org", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_loopback(address, answer):
    assert is_loopback(address) is answer


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "192.168.1.2"])
def test_nothing_listens_to_others_without_a_user(tmp_path, address):
    with pytest.raises(SettingsError, match="mediaparser user add"):
        check_address(address, accounts.load(tmp_path), "the drive")
    accounts.load(tmp_path).add("anna", "correct horse")
    check_address(address, accounts.load(tmp_path), "the drive")


def test_who_names_the_machine_for_others_needs_a_user_even_behind_a_proxy(tmp_path):
    check_address("127.0.0.1", accounts.load(tmp_path), "the drive", " , ")
    with pytest.raises(SettingsError, match="mediaparser user add"):
        check_address("127.0.0.1", accounts.load(tmp_path), "the drive", "photos.example.org")


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("localhost", True), ("LOCALHOST:8002", True), ("localhost.:8002", True), ("127.0.0.1", True),
        ("[::1]:8002", True), ("10.1.2.3:8002", True), ("nas.home", True), ("nas.home:443", True), (f"{socket.gethostname()}.local", True),
        ("evil.example", False), ("nas.home.evil.example", False), ("", False), (None, False), ("[::1", False),
        ("a" * 400, False), ("evil.example:localhost", False), ("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("user@evil.example", False),
    ],
)  # fmt: skip
def test_a_request_is_for_us_when_it_names_us_or_a_bare_address(host, answer):
    assert is_for_us(host, names_of("0.0.0.0", "nas.home, photos.home")) is answer
