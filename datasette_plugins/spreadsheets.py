"""Send CSV so that no name of a file or camera becomes a formula in somebody's spreadsheet."""

from datasette import hookimpl

from mediaparser_core.web import explorer_of
from mediaparser_core.web.spreadsheets import Cells


@hookimpl
def asgi_wrapper(datasette):
    if explorer_of(datasette) is None:
        return lambda app: app

    def wrap(app):
        async def with_harmless_cells(scope, receive, send):
            if scope["type"] != "http" or not scope["path"].endswith(".csv"):
                await app(scope, receive, send)
                return
            cells, is_csv = Cells(), False

            async def outgoing(message):
                nonlocal is_csv
                if message["type"] == "http.response.start":
                    is_csv = message["status"] == 200
                    if is_csv:
                        headers = [each for each in message["headers"] if each[0].lower() != b"content-length"]
                        message = {**message, "headers": headers}
                elif message["type"] == "http.response.body" and is_csv:
                    more = message.get("more_body", False)
                    body = cells.feed(message.get("body", b""), last=not more)
                    message = {**message, "body": body}
                await send(message)

            await app(scope, receive, outgoing)

        return with_harmless_cells

    return wrap
