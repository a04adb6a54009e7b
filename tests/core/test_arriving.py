"""What new, changed, moved and vanished files change is, row for row, what everything derived anew would say."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
from datetime import UTC, datetime, timedelta

import av
import pytest
from PIL import Image

from mediaparser_core import jobs, plugins, settings
from mediaparser_core.catalog import Catalog
from mediaparser_core.catalog.touched import Touched
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.pipeline import derive, main_job, rebundling

from .drawn import drawn
from .household import agrees, picture, somebody

CANON, NIKON, PHONE, SMALL = ("Canon", "EOS 5D"), ("Nikon", "D750"), ("Google", "Pixel 7"), ("Sony", "DSC-W55")
FOLDERS = ("trip", "inbox", "sent", "Summer 1994", "Takeout/Google Photos/Lisbon", "backup/trip", "dated")
LISBON = (38.72, -9.14)
START = datetime(2019, 5, 4, 9, 0, 3)


class Household:
    """A folder in which somebody adds, changes, moves and removes files."""

    def __init__(self, folder, rng):
        self.folder, self.rng, self.away = folder, rng, folder.parent / "away"
        self.away.mkdir(exist_ok=True)
        self.count = 0

    def files(self, *endings):
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in found if not endings or path.suffix.lower() in endings]

    def some(self, *endings):
        found = self.files(*endings)
        return self.rng.choice(found) if found else None

    def where(self):
        return self.folder / self.rng.choice(FOLDERS)

    def number(self):
        self.count += 1
        return self.count

    def moment(self):
        rng = self.rng
        return START + timedelta(days=rng.choice((0, 0, 1, 400)), minutes=rng.randrange(600), seconds=rng.randrange(60))

    # -- what happens

    def shot(self):
        number, camera = self.number(), self.rng.choice((CANON, CANON, NIKON, SMALL))
        taken = f"{self.moment():%Y:%m:%d %H:%M:%S}"
        picture(self.where() / f"IMG_{number:04d}.jpg", number, taken=taken, camera=camera)

    def phone(self):
        number, moment = self.number(), self.moment()
        place = (LISBON[0], LISBON[1] + self.rng.random() / 10) if self.rng.random() < 0.8 else None
        picture(
            self.where() / f"PXL_{moment:%Y%m%d_%H%M%S}.jpg", number, taken=f"{moment:%Y:%m:%d %H:%M:%S}", camera=PHONE,
            place=place,
        )  # fmt: skip

    def undated(self):
        number = self.number()
        picture(self.where() / self.rng.choice((f"scan{number:03d}.jpg", f"IMG_{number:04d}.jpg")), number)

    def burst(self):
        number, moment, where = self.number(), self.moment(), self.where()
        for frame in range(3):
            taken = f"{moment + timedelta(seconds=frame):%Y:%m:%d %H:%M:%S}"
            picture(where / f"DSC_{900 + number + frame}.jpg", number, taken=taken, camera=NIKON, quality=90 - frame)

    def smaller(self):
        """A copy as a messenger makes them: small, and without all that it knew."""
        if (one := self.some(".jpg")) is None:
            return
        name = self.rng.choice((f"IMG-2019{self.number():04d}-WA0001.jpg", one.stem + "-edited.jpg", "~" + one.name))
        target = self.where() / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(one) as image:
            kept = {"exif": image.getexif()} if self.rng.random() < 0.3 else {}
            image.resize((200, 150)).save(target, quality=80, **kept)

    def same_bytes(self):
        if (one := self.some()) is not None:
            target = self.where() / one.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copyfile(one, target)

    def same_data(self):
        """The same picture with a comment in it."""
        if (one := self.some(".jpg")) is not None:
            data, text = one.read_bytes(), f"comment {self.number()}".encode()
            target = self.where() / f"said {self.number()}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:])

    def sidecar(self):
        """Google's, of a picture that is there, or that comes later or never."""
        one = self.some(".jpg", ".mov")
        beside = self.rng.random() < 0.8 and one is not None
        name = one.name if one is not None and beside else f"IMG_{self.count + self.rng.randrange(1, 4):04d}.jpg"
        folder = one.parent if one is not None and beside else self.where()
        folder.mkdir(parents=True, exist_ok=True)
        taken = (self.moment() - timedelta(hours=1)).replace(tzinfo=UTC)
        said = {"title": name, "photoTakenTime": {"timestamp": str(int(taken.timestamp()))}}
        if self.rng.random() < 0.5:
            said["geoData"] = {"latitude": LISBON[0], "longitude": LISBON[1] - 0.05, "altitude": 0.0}
        (folder / f"{name}.json").write_text(json.dumps(said))

    def rating(self):
        if (one := self.some(".jpg")) is not None:
            text = (
                '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
                '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
                f' exif:DateTimeOriginal="{self.moment():%Y-%m-%dT%H:%M:%S}"><dc:subject><rdf:Bag><rdf:li>'
                f"{self.rng.choice(('abc', 'xyz'))}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
            )
            self.rng.choice((one.with_suffix(".xmp"), one.with_name(one.name + ".xmp"))).write_text(text)

    def picasa(self):
        if (one := self.some(".jpg")) is not None:
            (one.parent / ".picasa.ini").write_text(f"[{one.name}]\nstar=yes\nkeywords=abc,abd\n")

    def live(self):
        number, moment, where = self.number(), self.moment().replace(tzinfo=UTC), self.where()
        picture(
            where / f"IMG_{number:04d}.jpg", number, taken=f"{moment:%Y:%m:%d %H:%M:%S}", camera=("Apple", "iPhone 8")
        )
        film(where / f"IMG_{number:04d}.mov", moment, number)

    def moved(self):
        if (one := self.some()) is not None:
            target = self.where() / self.rng.choice((one.name, f"renamed {self.number()}{one.suffix}"))
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(one, target)

    def gone(self):
        if (one := self.some()) is not None:
            os.rename(one, self.away / f"{self.number()} {one.name}")

    def back(self):
        if away := sorted(self.away.iterdir()):
            one = self.rng.choice(away)
            target = self.where() / one.name.partition(" ")[2]
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(one, target)

    def changed(self):
        if (one := self.some(".jpg")) is not None:
            buffer = io.BytesIO()
            with Image.open(one) as image:
                image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(buffer, "JPEG", exif=image.getexif())
            one.write_bytes(buffer.getvalue())

    WAYS = (
        shot, shot, phone, phone, undated, undated, burst, smaller, smaller, smaller, same_bytes, same_bytes, same_data,
        sidecar, sidecar, sidecar, rating, picasa, live, moved, moved, gone, gone, back, back, changed,
    )  # fmt: skip

    def happen(self, times=1):
        names = []
        for _ in range(times):
            way = self.rng.choice(self.WAYS)
            names.append(way.__name__)
            way(self)
        return names


def film(path, created, seed):
    with av.open(str(path), "w", format="mov") as container:
        container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 64, 48
        for shade in range(5):
            frame = drawn(seed).resize((64, 48)).point(lambda value, s=shade: value // 2 + 20 * s)
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A function that scans and derives; a household; the library; which roads were taken."""
    monkeypatch.setattr(rebundling, "MOST", 0.001)  # however small the library is
    library = tmp_path / "library"
    chosen = settings.load(library, environ={}, options={"timezone": "Europe/Lisbon"})
    manager = plugins.load()
    full, long = [], derive._all
    monkeypatch.setattr(derive, "_all", lambda *given: (full.append(1), long(*given))[1])

    def run(folder, mode="scan"):
        with Catalog(library) as catalog:
            main_job.run(catalog, manager, chosen, [folder], progress=jobs.Silent(), mode=mode)
            assert not Touched(catalog).count()
            assert mode == "export" or derive.is_fresh(catalog, manager, chosen)

    return run, library, chosen, manager, full


@pytest.mark.parametrize("seed", range(3))
def test_after_any_arrivals_every_table_is_what_a_full_derive_makes(world, tmp_path, seed):
    run, library, chosen, manager, full = world
    rng = random.Random(seed)
    household = Household(tmp_path / "input", rng)
    household.happen(25)
    run(household.folder)
    assert full
    for _ in range(8):
        full.clear()
        happened = household.happen(rng.choice((1, 1, 2, 4)))
        if rng.random() < 0.4:
            with Catalog(library) as catalog:
                catalog.decided.add([decision] if (decision := somebody(rng, catalog)) else [])
        run(household.folder, rng.choice(("scan", "scan", "export")))
        assert not full, happened
        agrees((library, chosen, manager), tmp_path)


def follow(world, tmp_path, folder):
    """Scan and derive; whether it took the short road, and is what a full derive makes."""
    run, library, chosen, manager, full = world
    full.clear()
    run(folder)
    short = not full
    agrees((library, chosen, manager), tmp_path)
    return short


def test_who_leaves_a_folder_takes_what_was_said_of_the_others(world, tmp_path):
    folder = tmp_path / "input"
    for name, seed, taken in (("IMG_0100", 40, "2001:01:01 10:00:00"), ("IMG_0102", 41, "2001:01:02 10:00:00")):
        picture(folder / f"dated/{name}.jpg", seed, taken=taken, camera=CANON)
    picture(folder / "dated/IMG_0101.jpg", 42)
    follow(world, tmp_path, folder)
    said = "select f.name, w.kind from witnesses w join files f on f.sha256 = w.sha256 order by 1"
    with Catalog(world[1]) as catalog:
        assert catalog.db.conn.execute(said).fetchall() == [("IMG_0101.jpg", "between")]
    (folder / "else").mkdir()
    os.rename(folder / "dated/IMG_0102.jpg", folder / "else/IMG_0102.jpg")
    assert follow(world, tmp_path, folder)
    with Catalog(world[1]) as catalog:
        assert catalog.db.conn.execute(said).fetchall() == []


def test_a_run_killed_before_it_derives_loses_nothing(world, tmp_path, monkeypatch):
    folder = tmp_path / "input"
    picture(folder / "trip/IMG_0001.jpg", 1, taken="2019:05:04 10:00:00", camera=CANON)
    follow(world, tmp_path, folder)
    picture(folder / "trip/IMG_0002.jpg", 2)
    with monkeypatch.context() as killed:
        killed.setattr(derive, "refresh", lambda *given, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world[0](folder)
    with Catalog(world[1]) as catalog:
        assert Touched(catalog).count() == 1
    assert follow(world, tmp_path, folder)
    with Catalog(world[1]) as catalog:
        assert catalog.db.conn.execute("select count(*) from dates").fetchone() == (2,)


@pytest.mark.parametrize(
    ("what", "short"),
    [("nothing", True), ("a picture by another camera", False), ("a list of iCloud's", False), ("a plugin", False)],
)
def test_whatever_may_change_what_is_said_of_any_file_makes_everything_anew(world, tmp_path, what, short):
    run, library, chosen, manager, full = world
    folder = tmp_path / "input"
    picture(folder / "trip/IMG_0001.jpg", 1, taken="2019:05:04 10:00:00", camera=CANON)
    picture(folder / "trip/IMG_0003.jpg", 3)
    follow(world, tmp_path, folder)
    picture(folder / "trip/IMG_0002.jpg", 2)
    if what == "a picture by another camera":
        with Catalog(library) as catalog:
            catalog.db.conn.execute(
                "insert or replace into _assets (content, kind, format, size) select content, kind, format, size "
                "from _assets where make is not null"
            )
    elif what == "a list of iCloud's":
        (folder / "trip/Photo Details.csv").write_text(
            "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate\n"
            'IMG_0001.jpg,x,no,no,no,"Saturday May 4,2019 10:00 AM GMT",1,"Saturday May 4,2019 10:00 AM GMT"\n'
        )
    elif what == "a plugin":
        manager.register(Everywhere())
    full.clear()
    run(folder)
    assert (not full) is short


class Everywhere:
    """A plugin that does not promise to look at what is near only."""

    @hookimpl
    def bundle(self, files):
        return []


def test_the_first_derive_and_a_large_arrival_take_no_short_road(world, tmp_path, monkeypatch):
    monkeypatch.setattr(rebundling, "MOST", 4)
    monkeypatch.setattr(rebundling, "FEW", 0)
    folder = tmp_path / "input"
    for number in range(4):
        picture(folder / f"trip/IMG_{number:04d}.jpg", number)
    assert not follow(world, tmp_path, folder)
    picture(folder / "inbox/IMG_0010.jpg", 10)
    assert follow(world, tmp_path, folder)
    picture(folder / "trip/IMG_0011.jpg", 11)
    assert not follow(world, tmp_path, folder)
    monkeypatch.setattr(rebundling, "FEW", 100)  # files are few, although they are in one folder
    picture(folder / "trip/IMG_0012.jpg", 12)
    assert follow(world, tmp_path, folder)
