"""The map: squares counted beforehand, windows of any shape, no server but ours unless somebody names one."""

from __future__ import annotations

import json
import random
import re
from collections import Counter

import pytest

from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.places import Places, Window
from mediaparser_core.catalog.squares import WORLD, Square, read_square, spot
from mediaparser_core.catalog.summary import Summary
from mediaparser_core.settings import load
from mediaparser_core.web.map_view import read_view, read_window, tile_paths, tiles_of

PAGE = "/-/media/map"
EVERYWHERE = "bounds=-180,-85,180,85"


def cells(client, query: str) -> list[dict]:
    response = client.get(f"{PAGE}.json?{query}")
    assert response.status_code == 200, response.text
    return response.json()["cells"]


def test_pictures_stand_where_they_were_taken(client, sha):
    found = cells(client, f"level=10&{EVERYWHERE}")
    assert [(cell["pictures"], round(cell["latitude"], 2), round(cell["longitude"], 2)) for cell in found] in (
        [(1, 38.72, -9.14), (1, -33.86, 151.22)], [(1, -33.86, 151.22), (1, 38.72, -9.14)],
    )  # fmt: skip
    assert sha("place") in {cell["sha256"] for cell in found}


def test_a_square_leads_to_its_pictures(client, sha):
    (cell,) = cells(client, "level=16&bounds=-9.2,38.6,-9.0,38.8")
    page = client.get(f"/-/media/gallery?in={cell['in']}").text
    assert re.findall(r'data-sha="([0-9a-f]{64})"', page) == [sha("place")]


def test_the_world_is_one_square_and_the_date_line_no_wall(client):
    assert [cell["pictures"] for cell in cells(client, f"level=0&{EVERYWHERE}")] == [2]
    assert len(cells(client, "level=8&bounds=140,-60,360,60")) == 2  # from Sydney over the Pacific to Lisbon
    assert len(cells(client, "level=8&bounds=-20,-60,30,60")) == 1


@pytest.mark.parametrize(
    "query",
    ["", "level=3", EVERYWHERE, f"level=22&{EVERYWHERE}", f"level=x&{EVERYWHERE}", f"level=-1&{EVERYWHERE}", f"level=٣&{EVERYWHERE}",
     "level=3&bounds=1,2,3", "level=3&bounds=10,0,-10,5", "level=3&bounds=nan,0,1,1", "level=3&bounds=inf,0,1,1",
     "level=3&bounds=%3Cb%3E", "level=3&bounds=0,5,1,-5"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_calmly(client, query):
    response = client.get(f"{PAGE}.json?{query}")
    assert response.status_code == 400
    assert response.json()["ok"] is False


def test_left_out_pictures_leave_the_map_with_the_next_refresh(library, asked):
    with Catalog(library) as catalog:
        with catalog.transaction() as conn:
            conn.execute(
                "update standings set kept = 0, wanted = 0 where sha256 in (select sha256 from assets where latitude < 0)"
            )
        Summary(catalog).refresh()
        assert Places(catalog).total() == 1


# -- counting --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def scattered(library):
    """Two thousand places: some on one spot, some around it, some anywhere; and the spots they lie on."""
    rng = random.Random(4)
    spots = []
    with Catalog(library) as catalog:
        with catalog.transaction() as conn:
            conn.execute("update assets set latitude = null, longitude = null")
            conn.execute("delete from places")
            for number in range(2000):
                place = rng.choice([(47.37, 8.54), (rng.gauss(47.37, 0.01), rng.gauss(8.54, 0.01)),
                                    (rng.uniform(-90, 90), rng.uniform(-180, 180))])  # fmt: skip
                sha = f"{number:064x}"
                conn.execute(
                    "insert into assets (sha256, kind, format, size, latitude, longitude) values (?, 'image', 'jpeg', 1, ?, ?)",
                    (sha, *place),
                )
                conn.execute("insert into standings (sha256, kept, wanted) values (?, 1, 1)", (sha,))
                conn.execute(
                    "insert into receipts (sha256, target, written_sha256, at) values (?, ?, ?, '')", (sha, sha, sha)
                )
                spots.append(spot(*place))
        Summary(catalog).refresh()
    return library, spots


@pytest.mark.parametrize("level", [0, 1, 5, 9, 13, 14, 15, 17, 20, 21])
def test_every_level_counts_every_picture_once(scattered, level):
    library, spots = scattered
    window = Window(0, 0, WORLD - 1, WORLD - 1)
    x, y = spot(47.37, 8.54)
    if level > 14:  # a screen at these levels is a few kilometres wide
        window = Window(x - 4000, y - 4000, x + 4000, y + 4000)
    shift = 22 - level
    expected = Counter(
        (x >> shift, y >> shift)
        for x, y in spots
        if window.west <= x <= window.east and window.north <= y <= window.south
    )
    with Catalog(library, writable=False) as catalog:
        found = Places(catalog).cells(level, window, 10_000)
    assert {(cell.x, cell.y): cell.pictures for cell in found} == expected
    assert all((cell.mid_x >> shift, cell.mid_y >> shift) == (cell.x, cell.y) for cell in found)
    assert [cell.pictures for cell in found] == sorted((cell.pictures for cell in found), reverse=True)


def test_a_gallery_of_a_square_has_as_many_as_the_map_says(scattered, make_client):
    library, _ = scattered
    client = make_client(library)
    for cell in cells(client, f"level=5&{EVERYWHERE}")[:5]:
        count = re.search(r'<p class="lead">([\d,]+) picture', client.get(f"/-/media/gallery?in={cell['in']}").text)
        assert int(count[1].replace(",", "")) == cell["pictures"]


def test_no_window_is_answered_without_an_end(scattered, make_client):
    client = make_client(scattered[0])
    response = client.get(f"{PAGE}.json?level=21&{EVERYWHERE}").json()
    assert response["cells"] == []
    assert len(cells(client, f"level=14&{EVERYWHERE}")) <= 1500


# -- addresses -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("47.37,8.54,12", (47.37, 8.54, 12.0)), ("47,8,99", (47.0, 8.0, 19.0)), ("91,0,3", None), ("a,b,c", None), ("1,2", None), (None, None)],
)  # fmt: skip
def test_a_view_is_read_from_the_address(text, expected):
    assert read_view(text) == expected


def test_a_window_around_the_whole_world_is_the_whole_world():
    assert read_window("-400,-90,400,90") == Window(0, 0, WORLD - 1, WORLD - 1)


def test_hostile_views_stay_text(client):
    for at in ('"><script>alert(1)</script>', "1,2,3\"'", "%00", "nan,nan,nan"):
        text = client.get(PAGE, params={"at": at}).text
        assert "alert(1)" not in text
        assert json.loads(re.search(r'data-view="([^"]*)"', text)[1].replace("&#34;", '"')) is None


def test_the_name_of_a_place_stays_text(library, make_client, sha):
    with Catalog(library) as catalog, catalog.transaction() as conn:
        conn.execute(
            "insert into notes (sha256, key, value) values (?, 'city', '</b><script>alert(6)</script>')",
            (sha("place"),),
        )
    text = make_client(library).get(PAGE).text
    assert "<script>alert" not in text and "&lt;script&gt;alert(6)" in text


def test_without_places_the_page_is_friendly(tmp_path, make_client):
    assert "No place is known yet" in make_client(tmp_path / "empty").get(PAGE).text


# -- tiles -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "address", "policy"),
    [
        ("", "", ""),
        ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example"),
        ("http://10.0.0.5:8080/t/{z}/{x}/{y}", "http://10.0.0.5:8080/t/{z}/{x}/{y}", "http://10.0.0.5:8080"),
        ("https://tiles.example/{z}/{x}.png", "", ""),
        ("https://*/{z}/{x}/{y}", "", ""),
        ("https://a b/{z}/{x}/{y}", "", ""),
        ("https://x; script-src 'unsafe-inline'/{z}/{x}/{y}", "", ""),
        ("https://user@host/{z}/{x}/{y}", "", ""),
        ("javascript://x/{z}/{x}/{y}", "", ""),
        ("https://[/{z}/{x}/{y}", "", ""),
        ("tiles", "/-/media/tile/{z}/{x}/{y}", ""),
    ],
)
def test_only_the_named_server_is_allowed(tmp_path, setting, address, policy):
    tiles = tiles_of(load(tmp_path, options={"explore.tiles": setting}))
    assert (tiles.address, tiles.policy) == (address, policy)


def test_the_policy_names_the_tile_server_and_nobody_else(client, library, make_client):
    assert "http" not in client.get(PAGE).headers["content-security-policy"]
    (library / "mediaparser.toml").write_text(
        '[explore]\ntiles = "https://tiles.example/{z}/{x}/{y}.png"\ntiles_credit = "<b>Tiles</b>"\n'
    )
    response = make_client(library).get(PAGE)
    policy = dict(part.strip().partition(" ")[::2] for part in response.headers["content-security-policy"].split(";"))
    assert policy["img-src"] == "'self' blob: https://tiles.example"
    assert "http" not in "".join(value for name, value in policy.items() if name != "img-src")
    assert "&lt;b&gt;Tiles" in response.text


def test_tiles_come_out_of_the_folder_and_from_nowhere_else(library, make_client, make_picture):
    (library / "mediaparser.toml").write_text('[explore]\ntiles = "my tiles"\n')
    make_picture(library / "my tiles/3/4/2.png")
    client = make_client(library)
    found = client.get("/-/media/tile/3/4/2")
    assert found.status_code == 200 and found.headers["content-type"] == "image/png"
    assert (
        found.headers["x-content-type-options"] == "nosniff" and "sandbox" in found.headers["content-security-policy"]
    )
    for missing in ("3/4/3", "3/8/0", "30/0/0", "3/4/..%2f2", "3/4/2.png", "3/4/2/", "3/4/%2e%2e"):
        assert client.get(f"/-/media/tile/{missing}").status_code != 200
    (library / "my tiles/3/4/5.png").symlink_to(library / "catalog.db")
    assert client.get("/-/media/tile/3/4/5").status_code == 404
    assert client.post("/-/media/tile/3/4/2").status_code == 405


def test_without_the_setting_there_are_no_tiles(client, tmp_path):
    assert client.get("/-/media/tile/0/0/0").status_code == 404
    assert tile_paths(tiles_of(load(tmp_path)), 0, 0, 0) == []


# -- in a browser ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_map_is_walked_and_a_square_opened(scattered, start_explorer, open_page, width, dark):
    library, _ = scattered
    page = open_page(start_explorer(library).address + PAGE, width=width, dark=dark)
    page.locator(".marker").first.wait_for()
    drawn = page.locator("canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, 60).data).size"
    )
    assert drawn > 3  # water, land, coasts
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("[data-map]").focus()
    start = page.locator("[data-said]").inner_text()
    for _ in range(4):
        page.keyboard.press("+")
        page.wait_for_timeout(320)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(700)
    assert page.locator("[data-said]").inner_text() != start
    assert "at=" in page.url
    page.keyboard.press("0")
    page.wait_for_timeout(800)
    assert page.locator("[data-said]").inner_text() == start
    marker = page.locator(".marker:not([hidden])").last
    square = marker.get_attribute("href").partition("in=")[2]
    marker.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/-/media/gallery?in={square}")
    assert read_square(square) == Square(*(int(part) for part in square.split("/")))


def test_dragging_moves_the_map_and_opens_nothing(scattered, start_explorer, open_page):
    library, _ = scattered
    page = open_page(start_explorer(library).address + PAGE)
    page.locator(".marker").first.wait_for()
    box = page.locator(".marker:not([hidden])").last.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 60, steps=5)
    page.mouse.up()
    page.wait_for_timeout(400)
    assert "/-/media/map" in page.url and "at=" in page.url


def test_without_scripts_the_regions_are_links(explorer, open_page):
    page = open_page(explorer.address + PAGE, java_script_enabled=False)
    assert page.locator(".regions a").count() == 2
    page.locator(".regions a").first.click()
    assert page.locator(".cell").count() == 1
