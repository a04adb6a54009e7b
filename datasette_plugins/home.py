"""The first page: what is here, what waits for an answer, what is running."""

from datasette import hookimpl

from mediaparser_core.web import Call, Response, pages


@hookimpl
def register_routes(datasette):
    return pages(datasette, {r"/": home, r"/-/media/?": home})


async def home(call: Call) -> Response:
    return await call.page("home.html", title="Home", here="home")
