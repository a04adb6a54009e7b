"""Names that are commands, options, formats, escapes, paths or no text at all are names, and nothing else."""

from __future__ import annotations

import re
import unicodedata

import pytest


def jpeg(path: bytes, good: bytes) -> bytes:
    return good


LONG = "ä" * 120
_NAMES: list[bytes] = [
    *(b"c0 %02x " % code + bytes([code]) + b".jpg" for code in (*range(1, 32), 127)),
    # what a shell, a tool, a driver or a format would make of it
    b'c\n-if\nsystem("touch PWNED1")\nvictim.jpg', b"c\n-FileName=%f_PWNED2.jpg\nvictim.jpg", b"-stay_open\nFalse\n.jpg",
    b"\n-execute\n.jpg", b"-@.jpg", b"-o PWNED3.jpg", b"--help.jpg", b"-rf *.jpg", b"-overwrite_original.jpg", b"-ee.jpg",
    b"@args.jpg", b"#comment.jpg", b"#[CSTR]\\n-execute.jpg", b"$(touch PWNED4).jpg", b"`touch PWNED5`.jpg",
    b"a;touch PWNED6;.jpg", b"a&&touch PWNED7.jpg", b"a|touch PWNED8.jpg", b"touch PWNED9|.jpg", b"|touch PWNED10.jpg",
    b">PWNED11.jpg", b"<in.jpg", b"${filename;system('touch PWNED12')}.jpg", b"%s%s%s%n.jpg", b"%d{}.jpg", b"img%03d.jpg",
    b"{0.__class__.__mro__}.jpg", b"{model.__class__}.jpg", b"{year}{name}.jpg", b"{{7*7}}.jpg", b"${7*7}.jpg",
    b"pipe:0.jpg", b"file:..jpg", b"concat:a|b.jpg", b"http:..jpg", b"data:,.jpg", b"C:evil.jpg", b"a:b.jpg", b"x.jpg:Zone",
    b"*?[!a].jpg", b"~root.jpg", b"~.jpg", b"!!.jpg", b"\\.jpg", b"\\\\server\\share.jpg", b"..\\..\\up.jpg", b"a\\x41.jpg",
    b"'.jpg", b'".jpg', b"';drop table files;--.jpg", b"' or 1=1 --.jpg", b"<script>alert(1)</script>.jpg",
    b"<img src=x onerror=alert(1)>.jpg", b"=1+1.jpg", b"=cmd('PWNED13').jpg", b"+1.jpg", b"@SUM(A1).jpg", b"javascript:.jpg",
    b"%2e%2e%2f.jpg", b"%00.jpg", b"a%0d%0aSet-Cookie.jpg", b"[link](x).jpg", b"\x1b[2J\x1b[31m.jpg", b"\x1b]0;title\x07.jpg",
    b"a\rb.jpg", b"line\nline.jpg", b"tab\t.jpg", b"\x08\x08\x08.jpg", b"{tag}.jpg", b"[FORCE].jpg", b"{,,,}.jpg", b"{a{b}.jpg",
    # what other systems forbid
    b"CON.jpg", b"con.jpg", b"PRN.jpg", b"AUX.tar.jpg", b"NUL.jpg", b"COM1.jpg", b"LPT9.jpg", b"CONIN$.jpg", b"nul .jpg",
    b"dot..jpg", b"space .jpg", b" lead.jpg", b"...jpg", b". .jpg", b"..  .jpg", b"a.jpg ", b"b.jpg.", b".hidden.jpg",
    # very long, very short
    b"a" * 251 + b".jpg", b"." * 250 + b".jpg", (LONG + ".jpg").encode(), ("🏔" * 62 + ".jpg").encode(), b"e." * 125 + b"jpg",
    b"a\xcc\x81" * 80 + b".jpg", b"j", b"-", b"--", b"0", b"jpg", b"x.", b"x.y.z", b"noext", b"x.jpgjpg", b"x.j\npg",
    b"x." + b"e" * 200,
    # dates that are none
    b"IMG_99999999_999999.jpg", b"20190230_120003.jpg", b"00000000_000000.jpg", b"9999-12-31 235960.jpg", b"1" * 200 + b".jpg",
    b"20190504_120003" * 12 + b".jpg", b"-2019-05-04.jpg", b"2019-13-45.jpg", b"1e400.jpg", b"0x20190504.jpg",
    # not UTF-8, and UTF-8 that should not be
    b"\xff\xfe.jpg", b"caf\xe9.jpg", b"\xed\xa0\x80.jpg", b"\xc0\xaf.jpg", b"\xf4\x90\x80\x80.jpg", b"\x80.jpg", b"\xe2\x82.jpg",
    b"20190504_120003\xff.jpg", b"\xc3\x28.jpg", b"\xc2\x85.jpg", b"\xc2\x9b31m.jpg", bytes(range(128, 255)) + b".jpg",
    *(
        name.encode()
        for name in (
            "RTL \u202egpj.exe.jpg", "\u2066\u2069.jpg", "zero\u200bwidth\ufeff.jpg", "e\u0301.jpg", "\u00e9.jpg", "٢٠١٩٠٥٠٤.jpg",
            "२०१९-०५-०४.jpg", "line\u2028sep.jpg", "nbsp\u00a0.jpg", "ﷺ.jpg", "\ufffe.jpg", "\ufdd0.jpg", "🏳️‍🌈.jpg", "İı.jpg", "ß.jpg",
            "ẞ.jpg", "ﬁ.jpg", "Ⅻ.jpg", "\U000e0041tag.jpg", "a\u0300\u0301\u0302" * 30 + ".jpg", "／slash／.jpg", "․․／.jpg",
        )
    ),
    # folders
    b"-rf/in.jpg", b"$(touch PWNED14)/in.jpg", b"a\nb/in.jpg", b"{a,b}/in.jpg", b"\xff/in.jpg", b"CON/in.jpg", b"2019-02-30/in.jpg",
    b"...  /in.jpg", b"\x1b[31m/in.jpg", b"d" * 255 + b"/in.jpg", b"x.jpg/in.jpg", b"takeout-20230720T065335Z-001.zip/in.jpg",
]  # fmt: skip
CASES = dict.fromkeys(_NAMES, (jpeg, "present", None))
OPTIONS = {"MEDIAPARSER_EXPORT_NAME": "{name}{ext}", "MEDIAPARSER_EXPORT_UNDATED": "{name}{ext}"}


@pytest.mark.parametrize("name", CASES)
def test_it_is_only_a_name(family, name):
    family.check(name)


def test_the_names_in_the_export_are_right_everywhere(family):
    """Also on Windows, on a disk that ignores case, and for a sync program that adds a suffix of its own."""
    folds = set()
    for path in family.exports.values():
        assert path is not None
        assert not path.startswith("/")
        for part in path.split("/"):
            assert part == unicodedata.normalize("NFC", part)
            assert 0 < len(part.encode()) <= 200
            assert not re.search(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"\\|?*]', part), part
            assert part[0] not in ".-~ " and part[-1] not in ". ", part
            assert not re.match(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)\d) *(\.|$)", part, re.IGNORECASE), part
        folds.add(unicodedata.normalize("NFC", path).casefold())
    assert len(folds) == len(family.exports)
