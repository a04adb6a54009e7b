"""Where pictures were taken: squares with counts on a map that needs nobody else's server."""

import asyncio
import json
import os

from datasette import hookimpl

from mediaparser_core.catalog.gallery import Gallery
from mediaparser_core.catalog.picture import PictureCase
from mediaparser_core.catalog.places import Places, Window
from mediaparser_core.catalog.squares import WORLD
from mediaparser_core.catalog.wanted import Wanted
from mediaparser_core.media import Unreadable, open_input
from mediaparser_core.sources import OpenFile
from mediaparser_core.web import Call, Response, Unclear, explorer_of, pages
from mediaparser_core.web.answers import refuse
from mediaparser_core.web.gallery_filters import place_name
from mediaparser_core.web.handout import Handout, hand_out
from mediaparser_core.web.map_view import FINEST, MOST, as_row, read_view, read_window, sight, tile_paths, tiles_of

PAGE = "/-/media/map"
REGION = 6  # squares of the list below the map: 626 km at the equator
REGIONS = 12
A_WEEK = "private, max-age=604800"
TYPES = {b".png": "image/png", b".jpg": "image/jpeg", b".jpeg": "image/jpeg", b".webp": "image/webp"}


@hookimpl
def register_routes(datasette):
    if explorer_of(datasette) is None:
        return []
    return [
        *pages(datasette, {PAGE: show, rf"{PAGE}\.json": cells}),
        (r"^/-/media/tile/(?P<zoom>\d{1,2})/(?P<x>\d{1,7})/(?P<y>\d{1,7})$", tile),
    ]


async def show(call: Call) -> Response:
    """The map; ``at=latitude,longitude,zoom`` says where it begins."""

    def look(catalog):
        places = Places(catalog)
        regions = [as_row(cell) for cell in places.cells(REGION, Window(0, 0, WORLD - 1, WORLD - 1), REGIONS)]
        for region in regions:
            told = PictureCase(catalog).told(region["sha256"])
            region["name"] = ", ".join(told[key] for key in ("city", "country") if key in told) or place_name(
                region["latitude"], region["longitude"]
            )
        unplaced = sum(month.pictures for month in Gallery(catalog).months(Wanted(placed=False)))
        return places.total(), unplaced, places.extent(), regions

    total, unplaced, extent, regions = await call.look(look)
    tiles = tiles_of(call.explorer.settings)
    return await call.page(
        "map.html", title="Map", here="map", total=total, unplaced=unplaced, regions=regions,
        view=json.dumps(read_view(call.args.get("at"))), sight=json.dumps(sight(extent)),
        tiles=tiles.address, credit=call.explorer.settings.explore.tiles_credit,
        policy_extra={"img-src": tiles.policy} if tiles.policy else None,
    )  # fmt: skip


async def cells(call: Call) -> Response:
    """Squares of ``level`` in ``bounds=west,south,east,north``."""
    window, level = read_window(call.args.get("bounds")), call.args.get("level") or ""
    if window is None or not (level.isascii() and level.isdigit() and len(level) < 3 and int(level) <= FINEST):
        raise Unclear("Say which part of the map: bounds=west,south,east,north and level=0 to 21.")
    found = await call.look(lambda catalog: Places(catalog).cells(int(level), window, MOST))
    return call.json({"level": int(level), "complete": len(found) < MOST, "cells": [as_row(cell) for cell in found]})


async def tile(request, datasette, scope, receive, send):
    """A tile out of the folder that the setting names."""
    explorer = explorer_of(datasette)
    if request.method not in ("GET", "HEAD"):
        await refuse(send, 405, "Tiles are for looking at.", ((b"allow", b"GET, HEAD"),))
    elif not await datasette.allowed(action="media-view", actor=request.actor):
        await refuse(send, 403, "Please log in to see the map.")
    else:
        numbers = (int(request.url_vars[name]) for name in ("zoom", "x", "y"))
        found = await asyncio.to_thread(_tile, tile_paths(tiles_of(explorer.settings), *numbers))
        if found is None:
            await refuse(send, 404, "There is no such tile.")
        else:
            await hand_out(found, scope, receive, send, explorer.closing)


def _tile(paths):
    for path in paths:
        try:
            fd, status = open_input(path)
        except Unreadable:
            continue
        kind = TYPES[os.path.splitext(path)[1]]
        return Handout(OpenFile(fd, status), kind, f"{status.st_mtime_ns:x}-{status.st_size:x}", A_WEEK)
    return None
