"""The front, the enhanced front and the back of one paper photo stay together."""

from __future__ import annotations

import pytest

from mediaparser_core.records import Seen
from mediaparser_plugins import scanner_sets


def said(*paths: str) -> list[str]:
    formats = {"jpg": "jpeg", "tif": "tiff", "mp4": "mp4"}
    files = [
        Seen(n, f"/{p}".encode(), str(n), "video" if p.endswith("mp4") else "image", formats[p.rpartition(".")[2]])
        for n, p in enumerate(paths)
    ]
    return [
        " ".join([paths[b.members[0].file_id], *(f"{m.role}={paths[m.file_id]}" for m in b.members[1:])])
        for b in scanner_sets.bundle(files)
    ]


@pytest.mark.parametrize(
    ("paths", "bundles"),
    [
        (["s/W_1.jpg", "s/W_1_a.jpg", "s/W_1_b.jpg"], ["s/W_1.jpg enhanced=s/W_1_a.jpg back=s/W_1_b.jpg"]),
        (["s/W_1_a.jpg", "s/W_1.jpg"], ["s/W_1.jpg enhanced=s/W_1_a.jpg"]),
        (["s/W_1.tif", "s/W_1_b.tif"], ["s/W_1.tif back=s/W_1_b.tif"]),
        (["s/W_1_a.jpg", "s/W_1_b.jpg"], []),
        (["s/W_1.jpg", "t/W_1_a.jpg"], []),
        (["s/W_1.jpg", "s/W_1_A.jpg"], []),
        (["s/W_1.jpg", "s/W_1_c.jpg"], []),
        (["s/W_1.jpg", "s/W_1_b.tif"], []),
        (["s/W_1.mp4", "s/W_1_a.mp4"], []),
        (["s/W_1.jpg", "s/W_2_a.jpg"], []),
        (
            ["s/W_1.jpg", "s/W_1_b.jpg", "s/W_2.jpg", "s/W_2_b.jpg"],
            ["s/W_1.jpg back=s/W_1_b.jpg", "s/W_2.jpg back=s/W_2_b.jpg"],
        ),
    ],
)
def test_scans_of_one_photo(paths, bundles):
    assert said(*paths) == bundles
