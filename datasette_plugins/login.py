"""Log in with a name and a password, as soon as the library has users."""

from datasette import hookimpl

from mediaparser_core.web import explorer_of, sessions


@hookimpl(tryfirst=True)
def actor_from_request(datasette, request):
    explorer = explorer_of(datasette)
    return None if explorer is None else sessions.actor_of(explorer.library, request.scope)
