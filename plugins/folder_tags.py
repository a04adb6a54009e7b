"""Keywords out of folder names: "2019/2019-05-04 Lisbon trip" gives "Lisbon trip"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial

from mediaparser_core.dates import folder_names, parse_words
from mediaparser_core.dates.words import months, plain
from mediaparser_core.errors import SettingsError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.names import clean_text
from mediaparser_core.records import Entry, Fact, Probe, Tag
from mediaparser_core.settings import Settings

LONGEST, MOST = 100, 16  # characters of a tag, tags of a file

_SKIPPED = """
    #recycle, $recycle.bin, @eadir, @recycle, __macosx, album, albums, all, archiv, archive, archives, backup,
    backups, bilder, bildschirmfotos, camera, camera roll, camera uploads, cameraroll, camerauploads, cellphone,
    copies, copy, data, dcim, desktop, divers, diverse, documents, dokumente, download, downloads, dropbox,
    duplicate, duplicates, edited, export, exported, exports, facebook, files, foto, fotografie, fotos, google
    drive, google fotos, google photo, google photos, handy, hdd, icloud, icloud drive, icloud photos, imagenes,
    images, immagini, import, imported, imports, inbox, incoming, instagram, instant upload, instantupload,
    internal storage, ipad, iphone, jpeg, jpg, kamera, library, lightroom, line, lost+found, lost.dir, media,
    meine bilder, mes images, messenger, misc, mobile, movies, my pictures, neuer ordner, new, new folder,
    nextcloud, nouveau dossier, nueva carpeta, old, onedrive, original, originals, other, phone, photo, photo
    stream, photos, photos library, picasa, pics, picture, pictures, pixel, privat, private, prive, public, raw,
    raws, recovered, restored, sans titre, saved, saved pictures, scan, scans, screen recordings, screenshot,
    screenshots, sd card, sdcard, selected, sent, shared, sidecar, sidecars, signal, snapchat, sonstige,
    sonstiges, sort, sorted, storage, stuff, sync, syncthing, takeout, telegram, telegram images, telegram
    video, temp, test, thumbnails, thumbs, tmp, to sort, todo, trash, twitter, unknown, unsorted, untitled,
    untitled folder, upload, uploads, usb, various, verschiedenes, viber, video, videos, wechat, weixin,
    whatsapp, whatsapp animated gifs, whatsapp business, whatsapp documents, whatsapp images, whatsapp video
    """
SKIP: frozenset[str] = frozenset(" ".join(name.split()) for name in _SKIPPED.split(","))
"""Folder names that sort files and say nothing about the pictures; replaced by ``[plugins.folder_tags] skip``."""

_CAMERA = re.compile(r"[1-9]\d\d[a-z_][a-z0-9_]{4}|\d{6}_[_a-z]")  # 100canon, 101_0504, an iPhone's 202405__
_LEADING_DATE = re.compile(
    r"(?:\d\d(?=\s?-\s)|(?:1[89]|20)\d\d(?:[-_. ]?\d\d){0,2}|\d\d?\.\d\d?\.(?:\d{4})?|\d\d(?:-\d\d){1,2}|\d{6})"
    r"(?:\s?(?:[-–—&+]|to|bis|au)\s?(?:(?:1[89]|20)\d\d(?:[-_.]\d\d){0,2}|\d\d?\.\d\d?\.(?:\d{4})?|\d\d?(?:-\d\d)?))?"
    r"(?=$|[\s_.,:–—-])[\s_.,:–—-]*",
    re.ASCII,
)
_TAKEOUT_YEAR = re.compile(  # "Photos from 2019" in the languages of Google Photos
    r"(?:photos?|fotos?|foto's|bilder|billeder|kuvat|zdjecia|fotky|fotografias?|fotografie|imagenes|immagini|фото\w*|снимк\w+)"
    r"\s(?:\w{1,10}\s){0,2}\d{4}|\d{4}\s?(?:年の写真|年的照片|年的相片|년 사진|写真|照片)"
)
_COPY_NUMBER = re.compile(r"\s*\(\d{1,3}\)$")


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    chosen = settings.for_plugin("folder_tags").get("skip")
    if chosen is not None and not (isinstance(chosen, list) and all(isinstance(name, str) for name in chosen)):
        raise SettingsError(f"'plugins.folder_tags.skip' must be a list of folder names, not {chosen!r}")
    skip = SKIP if chosen is None else frozenset(plain(str(name)).strip() for name in chosen)
    return [Probe("folder_tags", version=1, needs="name", run=partial(tags, skip=skip))]


def tags(entry: Entry, skip: frozenset[str] = SKIP) -> list[Fact]:
    """A tag for every folder below the input whose name means something, the outermost first, each once."""
    found: dict[str, Fact] = {}
    for folder in folder_names(entry.root, entry.path)[1:]:
        if tag := tag_of(folder, skip):
            found.setdefault(plain(tag), Tag(tag, "folder"))
    return [*found.values()][:MOST]


@lru_cache(maxsize=4096)  # a folder has many files, and each asks
def tag_of(folder: str, skip: frozenset[str] = SKIP) -> str | None:
    """The keyword in a folder's name without its leading date; ``None`` for what only sorts, dates or hides files."""
    name = clean_text(folder, limit=4 * LONGEST)
    if name.startswith((".", "@", "#", "$", "~", "_")) or _CAMERA.fullmatch(name.lower()):
        return None
    if " " not in name:
        name = name.replace("_", " ")
    name = _COPY_NUMBER.sub("", _LEADING_DATE.sub("", name, count=1) if _LEADING_DATE.match(name) else name)
    name = name.strip(" -_.,:–—")[:LONGEST].strip()
    words = plain(name)
    if words in skip or len(re.findall(r"[^\W\d_]", words)) < 2 or _only_dates(words):
        return None
    return name


def _only_dates(words: str) -> bool:
    """ "photos from 2019" in any language, "may 2019", "summer 1994", "mai", "1980s"."""
    if re.fullmatch(r"(?:the\s)?\d{2,4}(?:s|er|'s|’s)", words):
        return True
    return words in months() or parse_words(words) is not None or _TAKEOUT_YEAR.fullmatch(words) is not None
