"""PROPFIND: what is said of a node, and that a large folder is said while it is read."""

from __future__ import annotations

import http.client
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mediaparser_core.dav import listing
from mediaparser_core.dav.answers import Refusal
from mediaparser_core.dav.nodes import Node

ALL = {"resourcetype", "getcontentlength", "getcontenttype", "getetag", "getlastmodified", "creationdate"}


def test_everything_is_said_of_a_file(drive, flat_export):
    path = flat_export / "export" / "2019" / "a.jpg"
    os.utime(path, (1_556_971_203, 1_556_971_203))
    found = drive(flat_export).properties("/export/2019/a.jpg")
    assert set(found) == ALL
    assert found["getlastmodified"] == "Sat, 04 May 2019 12:00:03 GMT"
    assert found["creationdate"] == "2019-05-04T12:00:03Z"
    assert (found["getcontentlength"], found["getcontenttype"], found["resourcetype"]) == ("1000", "image/jpeg", "")


def test_a_folder_is_a_collection_and_its_address_ends_with_a_slash(drive, flat_export):
    root = drive(flat_export).propfind("/export/2019", "0")
    assert [each.text for each in root.iter("{DAV:}href")] == ["/export/2019/"]
    assert root.find(".//{DAV:}resourcetype/{DAV:}collection") is not None


def test_what_is_asked_for_by_name_is_said_and_the_rest_is_missing(drive, flat_export):
    body = (
        b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:o="http://owncloud.org/ns"><D:prop><D:displayname/>'
        b'<D:getcontentlength/><o:checksums/><plain xmlns=""/><D:lockdiscovery/><x:p xmlns:x="a&lt;b%&quot;"/>'
        b"</D:prop></D:propfind>"
    )
    for path, length in (("/export/2019/a.jpg", True), ("/export/2019/", False)):
        root = drive(flat_export).propfind(path, "0", body)
        said = {
            status.text.split()[1]: {each.tag for each in stat.find("{DAV:}prop")}
            for stat in root.iter("{DAV:}propstat")
            if (status := stat.find("{DAV:}status")) is not None
        }
        missing = {"{http://owncloud.org/ns}checksums", "plain", "{DAV:}lockdiscovery", '{a<b%"}p'}
        found = {"{DAV:}displayname", "{DAV:}getcontentlength"}
        assert said == {
            "200": found if length else {"{DAV:}displayname"},
            "404": missing if length else missing | {"{DAV:}getcontentlength"},
        }


def test_the_names_of_the_properties_can_be_asked_for(drive, flat_export):
    body = b'<propfind xmlns="DAV:"><propname/></propfind>'
    root = drive(flat_export).propfind("/export/2019/a.jpg", "0", body)
    assert {each.tag.removeprefix("{DAV:}") for each in root.find(".//{DAV:}prop")} == ALL | {"displayname"}


@pytest.mark.parametrize(
    "mtime_ns",
    [0, -1, 1_556_971_203_999_999_999, 253_402_300_799 * 10**9, 10**24, -(10**24)],
)
def test_no_time_breaks_a_listing(mtime_ns):
    class Tree:
        def members(self, parts):
            return iter(())

    node = Node("a.jpg", False, 1, mtime_ns, "e")
    text = "".join(listing.entries(Tree(), ("a.jpg",), node, listing.Wanted(), depth=0))
    ElementTree.fromstring(text.replace("D:", ""))


def test_a_date_is_written_as_http_wants_it():
    moment = int(datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC).timestamp())
    assert listing.http_date(moment * 10**9) == "Thu, 29 Feb 2024 23:59:58 GMT"


def test_a_prefix_comes_before_every_address(flat_export):
    from mediaparser_core.dav.export_share import FolderTree

    tree = FolderTree(flat_export / "export")
    text = "".join(listing.entries(tree, ("2019",), tree.node(("2019",)), listing.Wanted(), depth=1, prefix="/photos"))
    hrefs = text.split("<D:href>")[1:]
    assert [href.partition("<")[0] for href in sorted(hrefs)] == [
        "/photos/2019/", "/photos/2019/a.jpg", "/photos/2019/b.mov",
    ]  # fmt: skip


def test_too_many_properties_are_refused():
    body = b'<propfind xmlns="DAV:"><prop>' + b"".join(b"<a%d/>" % n for n in range(101)) + b"</prop></propfind>"
    with pytest.raises(Refusal):
        listing.read_request(body)


@pytest.fixture(scope="module")
def twenty_thousand(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "export" / "many"
    folder.mkdir(parents=True)
    for number in range(20_000):
        os.close(os.open(folder / f"20190504_{number:06}.jpg", os.O_CREAT))
    return folder.parent.parent


def test_a_large_folder_is_listed_while_it_is_read(drive, twenty_thousand):
    client = drive(twenty_thousand)
    connection = http.client.HTTPConnection(client.host, client.port, timeout=20)
    connection.request("PROPFIND", "/export/many/", headers={"Depth": "1"})
    connection.getresponse().read()  # the second time, the disk's cache is warm
    started = time.monotonic()
    connection.request("PROPFIND", "/export/many/", headers={"Depth": "1"})
    answer = connection.getresponse()
    answer.read(1)
    first = time.monotonic() - started
    before = resident()
    body = answer.read()
    connection.close()
    assert answer.status == 207
    assert body.count(b"<D:href>") == 20_001
    assert first < 0.1
    assert resident() - before - len(body) < 20_000_000


def test_a_listener_who_hangs_up_ends_the_reading(drive, twenty_thousand):
    client = drive(twenty_thousand)
    for _ in range(60):  # more than there are threads, each with an open folder
        connection = http.client.HTTPConnection(client.host, client.port, timeout=20)
        connection.request("PROPFIND", "/export/many/", headers={"Depth": "1"})
        connection.getresponse().read(1)
        connection.close()
    assert client.names("/export/") == ["many/"]
    deadline = time.monotonic() + 60
    while open_folders(twenty_thousand) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_folders(twenty_thousand) == 0


def open_folders(below: Path) -> int:
    found = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{name}").startswith(str(below))
        except OSError:
            continue
    return found


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
