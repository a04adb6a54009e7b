"""The page for adding pictures says what becomes of them, and takes hostile names as text (test_drop.py has the rest)."""

from __future__ import annotations


def test_the_page_says_that_nobody_takes_them_in(looking):
    html = looking.get("/-/drop").text
    assert "Nobody takes them in at the moment." in html and "mediaparser serve" in html


def test_hostile_names_are_text_and_a_file_that_is_here_is_not_sent_again(library, start_explorer, open_page, tmp_path):
    (library / "mediaparser.toml").write_text("[inbox]\nfree_gb = 0\n")
    files = [tmp_path / "a.jpg", tmp_path / "<img src=x onerror=alert(1)>.jpg"]
    for path in files:
        path.write_bytes(b"p" * 500)
    page = open_page(start_explorer(library).address + "/-/drop")
    for _ in range(2):
        page.locator("#files").set_input_files(files)
        page.locator("#then").wait_for()
        assert len([path for path in (library / "inbox").rglob("*") if path.is_file()]) == 2
        page.reload()
    assert (library / "inbox" / "a.jpg").read_bytes() == b"p" * 500
