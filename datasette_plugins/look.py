"""How our pages look: templates, static files, filters and the links in Datasette's menu."""

import hashlib
import shlex
from pathlib import Path

from datasette import hookimpl
from datasette.utils.asgi import asgi_static
from jinja2 import ChoiceLoader, FileSystemLoader

from mediaparser_core.web import explorer_of, words

HERE = Path(__file__).resolve().parent
STATIC = "/-/media/static/"
FILTERS = {
    "when": words.when,
    "month": words.month,
    "size": words.size,
    "count": words.count,
    "ago": words.ago,
    "duration": words.duration,
    "name": words.name,
    "folder": words.folder,
    "level": words.level,
}


@hookimpl
def prepare_jinja2_environment(env, datasette):
    if explorer_of(datasette) is None:
        return
    # behind --template-dir and Datasette's own, so that anybody may replace a template of ours
    env.loader = ChoiceLoader([env.loader, FileSystemLoader(HERE / "templates")])
    env.filters.update(FILTERS)
    env.globals["number"] = words.number
    env.globals["shell"] = lambda path: shlex.quote(str(path))
    env.globals["asset"] = lambda name: datasette.urls.path(f"{STATIC}{name}?_hash={_hash(HERE / 'static' / name)}")


@hookimpl
def register_routes(datasette):
    if explorer_of(datasette) is None:
        return []
    return [(rf"^{STATIC}(?P<path>[A-Za-z0-9_.-]+)$", asgi_static(HERE / "static"))]


@hookimpl
def extra_css_urls(datasette):
    if explorer_of(datasette) is None:
        return []
    return [f"{STATIC}tables.css?_hash={_hash(HERE / 'static' / 'tables.css')}"]


def _hash(path):
    """As Datasette computes it: a file that is asked for by its hash may be kept for a year."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return "missing"
