"""Claim the date that somebody wrote into a JPEG's comment: ``taken summer 1994; Oma at the lake``."""

import re

from PIL import Image

from mediaparser_core.dates import parse_words
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Claim, Probe


@hookimpl
def register_probes(settings):
    return [Probe("notebook", version=1, needs="content", run=claims, formats=frozenset({"jpeg"}))]


def claims(entry, media):
    comment = clean_text(Image.open(media.cursor(), formats=["JPEG"]).info.get("comment", b""))
    noted = re.match(r"taken ([^;]+)", comment)
    if not noted:
        return []
    moment = parse_words(noted[1].strip())
    if moment is None:
        return [Claim("notebook", comment, None, accepted=False, reason="no date that can be understood")]
    return [Claim("notebook", comment, moment.value, moment.utc_offset, moment.precision)]
