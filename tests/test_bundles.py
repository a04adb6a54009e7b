"""Files that are one thing have one date, one name and one decision, from the command line to the tree."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from PIL import Image, TiffImagePlugin

TAKEN = "2019:05:04 12:00:03"


def film(path: Path, created: datetime) -> Path:
    """A film of one second that says when it was made, as a phone does: in UTC."""
    with av.open(str(path), "w", format="mov") as container:
        container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 64, 48
        for shade in range(5):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (shade * 40, 90, 200 - shade)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def negative(path: Path) -> Path:
    """A TIFF that says it is a DNG."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[50706] = b"\1\4\0\0"
    tags.tagtype[50706] = 1
    Image.effect_noise((160, 120), 90).convert("RGB").save(path, "TIFF", tiffinfo=tags)
    return path


@pytest.fixture
def household(tmp_path, make_picture, exif) -> Path:
    folder = tmp_path / "in"
    live, raw, edited, scans = (folder / name for name in ("live", "raw", "edited", "Scans"))
    make_picture(live / "IMG_0001.JPG", 1, exif=exif(TAKEN, "+01:00", "Apple", "iPhone 8"))
    film(live / "IMG_0001.MOV", datetime(2019, 5, 4, 11, 0, 3, tzinfo=UTC))
    make_picture(raw / "IMG_0002.JPG", 2, exif=exif("2018:03:02 10:00:00", None, "Canon", "EOS"))
    negative(raw / "IMG_0002.NEF")
    make_picture(edited / "IMG_1234.JPG", 3, exif=exif("2017:03:02 10:00:00", "+00:00", "Apple", "iPhone 7"))
    make_picture(edited / "IMG_E1234.JPG", 4)
    for ending, seed in (("", 5), ("_a", 6), ("_b", 7)):
        make_picture(scans / f"Oma{ending}.jpg", seed)
    return folder


ROLES = {
    "IMG_0001.JPG": "primary", "IMG_0001.MOV": "live_video", "IMG_0002.JPG": "primary", "IMG_0002.NEF": "raw",
    "IMG_1234.JPG": "primary", "IMG_E1234.JPG": "edited", "Oma.jpg": "primary", "Oma_a.jpg": "enhanced",
    "Oma_b.jpg": "back",
}  # fmt: skip


def stems(program) -> dict[str, set[str]]:
    """Stem of the primary's name in the export → the names of the whole thing."""
    rows = program.rows(
        "select l.export_path, p.export_path from bundles b join library l on l.sha256 = b.sha256 "
        "join bundles q on q.bundle_id = b.bundle_id and q.role = 'primary' join library p on p.sha256 = q.sha256"
    )
    found: dict[str, set[str]] = {}
    for own, primary in rows:
        found.setdefault(primary.rpartition(".")[0], set()).add(own)
    return found


def test_one_unit_one_date_one_name_one_decision(program, household):
    program("run", household, code=None)
    roles = program.rows("select l.first_path, b.role from bundles b join library l on l.sha256 = b.sha256")
    assert {path.rpartition("/")[2]: role for path, role in roles} == ROLES
    dates = program.rows(
        "select count(distinct coalesce(d.taken_at, '')) from bundles b join dates d on d.sha256 = b.sha256 "
        "group by b.bundle_id"
    )
    assert dates == [(1,)] * 4
    names = stems(program)
    assert names["2019/20190504_120003"] == {"2019/20190504_120003.jpg", "2019/20190504_120003.mov"}
    assert names["2018/20180302_100000"] == {"2018/20180302_100000.jpg", "2018/20180302_100000.nef"}
    assert all(name.startswith(stem) for stem, together in names.items() for name in together)

    # a decision about any part is one about the whole
    for part, date in (
        ("live/IMG_0001.MOV", "2015-01-02 03:04:05"),
        ("raw/IMG_0002.NEF", "2014-01-02 03:04:05"),
        ("edited/IMG_E1234.JPG", "2013-01-02 03:04:05"),
        ("Scans/Oma_b.jpg", "summer 1994"),
    ):
        program("decide", "set-date", household / part, date)
    program("export")
    moved = stems(program)
    assert sorted(stem.partition("/")[0] for stem in moved) == ["1994", "2013", "2014", "2015"]
    assert all(name.startswith(stem) for stem, together in moved.items() for name in together)
    assert len(program.tree()) - sum(name.endswith(".xmp") for name in program.tree()) == len(ROLES)
    assert program.rows("select count(*) from dates where needs_review = 1") == [(0,)]
