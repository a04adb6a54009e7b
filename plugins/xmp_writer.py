"""Say the date and the keywords in an XMP sidecar, for files that nobody should write into.

The sidecar is called ``name.ext.xmp``, the form that digiKam and darktable write and that Immich and PhotoPrism read.
"""

from __future__ import annotations

from html import escape

from mediaparser_core.hookspecs import Finished, hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import ExportItem
from mediaparser_core.settings import Settings

_DOCUMENT = """\
<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="MediaParser">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
{properties}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


@hookimpl(trylast=True)
def finish_copy(item: ExportItem, settings: Settings) -> Finished | None:
    """Answers for every file that no other plugin could write into."""
    if settings.export.metadata == "none" or not (item.write_date or item.write_tags):
        return None
    return Finished("sidecar", document(item), f"{item.format} is not written into; its XMP is beside it")


def document(item: ExportItem) -> bytes:
    """The XMP sidecar with ``write_date`` (as precise as it is known: XMP dates may be a year) and ``write_tags``."""
    properties = []
    if item.write_date:
        date = escape(xmp_date(item.write_date, item.write_offset))
        for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
            properties.append(f"   <{name}>{date}</{name}>")
    if item.write_tags:
        items = "".join(f"<rdf:li>{escape(clean_text(tag))}</rdf:li>" for tag in item.write_tags)
        properties.append(f"   <dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>")
        properties.append(f"   <digiKam:TagsList><rdf:Seq>{items}</rdf:Seq></digiKam:TagsList>")  # what Immich reads
    return _DOCUMENT.format(properties="\n".join(properties)).encode()


def xmp_date(moment: str, offset: str | None) -> str:
    """*moment* as XMP writes it: a date alone has no zone, a time has one when it is known."""
    return moment + (offset or "" if "T" in moment else "")
