"""All pictures in the order of time: by month, with filters, for looking and for choosing many at once."""

from datasette import hookimpl

from mediaparser_core.catalog.gallery import Gallery
from mediaparser_core.web import Call, Response, pages
from mediaparser_core.web.gallery_bars import bars
from mediaparser_core.web.gallery_choices import choices
from mediaparser_core.web.gallery_filters import Filters
from mediaparser_core.web.gallery_page import Shown, month_titles, page_of, start_of

PAGE = "/-/media/gallery"
TAGS = 60  # offered in the filter, the most used ones
PICKED = 100  # pictures that fit into the address of the tags page


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: show})


async def show(call: Call) -> Response:
    """A page that begins at ``after``, ``before`` or ``at``; with ``part`` only the pictures, for endless scrolling."""
    filters = Filters.read(call.args)
    part = "part" in call.args

    def look(catalog):
        if filters.unanswerable:
            return [], {}, [], Shown()
        gallery, wanted = Gallery(catalog), filters.wanted()
        months, facets = (gallery.months(wanted), {}) if part else gallery.overview(wanted)
        tags = [] if part else gallery.tags(TAGS)
        return months, facets, tags, page_of(catalog, call.fresh, filters, months, start_of(catalog, call.args))

    months, facets, tags, shown = await call.look(look)
    counts = {month.month: month.pictures for month in months}
    common = {
        "sections": [(month, *month_titles(month), counts.get(month, 0), rows) for month, rows in shown.by_month()],
        "filters": filters, "chosen": filters.query(), "query": filters.q,
        "newer": f"?{filters.query(before=shown.newer)}" if shown.newer else None,
        "older": f"?{filters.query(after=shown.older)}" if shown.older else None,
    }  # fmt: skip
    if part:
        return await call.page("gallery_part.html", **common)
    drawn, labels = bars(months)
    return await call.page(
        "gallery.html", title="Pictures", here="gallery", count=sum(counts.values()), bars=drawn, labels=labels,
        total=sum(month.total for month in months), undated=counts.get("", 0), choices=choices(filters, facets, tags),
        begins=any(call.args.get(name) for name in ("after", "before", "at", "year")), picked=PICKED,
        table=f"{call.datasette.urls.table(call.explorer.database, 'library')}?{filters.table()}", **common,
    )  # fmt: skip
