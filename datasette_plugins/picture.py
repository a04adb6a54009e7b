"""One picture: large, with everything that is known about it and why, and what one may decide."""

from urllib.parse import urlencode

from datasette import hookimpl

from mediaparser_core.web import Call, Gone, Response, pages
from mediaparser_core.web.differences import camera_in_words, size_in_words
from mediaparser_core.web.gallery_filters import Filters
from mediaparser_core.web.picture_dates import zone_in_words
from mediaparser_core.web.picture_story import DRAWN, ROLES, STATES, story

PAGE = "/-/media/picture/"
FILMS = ("mp4", "mov", "m4v", "webm", "3gp", "mkv")  # containers that some browser can play


@hookimpl
def register_routes(datasette):
    return pages(datasette, {rf"{PAGE}(?P<sha>[0-9a-f]{{64}})": show})


async def show(call: Call) -> Response:
    """The picture among those of the gallery's filters in the address."""
    sha, filters = call.vars["sha"], Filters.read(call.args)
    settings = call.explorer.settings
    told = await call.look(lambda catalog: story(catalog, call.fresh, settings, sha, filters))
    if told is None:
        raise Gone("There is no such picture in this library (any more).")
    query = filters.query()
    around = {
        name: f"{PAGE}{each}{'?' + query if query else ''}" if each else None
        for name, each in (("newer", told.newer), ("older", told.older))
    }
    row = told.row
    return await call.page(
        "picture.html", title=(row["first_path"] or "").rpartition("/")[2] or "Picture", here="gallery", story=told,
        row=row, around=around, older_sha=told.older, newer_sha=told.newer, zone=zone_in_words(row),
        pixels=size_in_words(row), camera=camera_in_words(row), roles=ROLES, state=STATES.get(row["state"], ("", "")),
        plays=row["kind"] == "video" and row["format"] in FILMS, drawn=DRAWN,
        back=f"/-/media/gallery?{query}{'&' if query else ''}{urlencode({'at': sha})}",
        this_page=f"{PAGE}{sha}{'?' + query if query else ''}", query=filters.q,
        table=call.datasette.urls.row(call.explorer.database, "assets", sha),
    )  # fmt: skip
