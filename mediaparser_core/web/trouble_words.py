"""What a trouble means, and what somebody at home can do about it, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple


class Advice(NamedTuple):
    """``means``: what happened; ``do``: what to do about it."""

    means: str
    do: str


_SAFE = "The file itself is untouched and stays where it is."

# the first expression found in "probe: message" counts
_ADVICE: Final = tuple(
    (re.compile(expression, re.IGNORECASE), Advice(means, do))
    for expression, means, do in (
        (
            r"empty file|contains only zeros",
            "There is nothing in these files: copying was cut short, or a disk lost what was in them.",
            "Look for another copy: on the phone or camera, in a backup, in a cloud. Copy it here again and start "
            "a new scan. What has no other copy is lost and may be deleted.",
        ),
        (
            r"cut off before its end|truncated|ends too early",
            "These files end too early, so a part of the picture or film is missing.",
            "Look for a whole copy in a backup or on the device that took it. Until then the damaged one is kept, "
            "because half a picture is better than none.",
        ),
        (
            r"changed while it was read|was replaced while",
            "Somebody was writing to these files while they were read.",
            "Nothing: they are read again at the next scan.",
        ),
        (
            r"permission|not permitted",
            "The program is not allowed to read these files.",
            "Give the account that runs MediaParser the right to read them, then start a new scan.",
        ),
        (
            r"input/output error|cannot be read: .*error|stale file handle",
            "The disk or the network share gave an error while these files were read.",
            "Check the cable or the network and scan again. If the error stays, copy what you can to another disk "
            "soon: it may be failing.",
        ),
        (
            r"cannot be opened|no such file",
            "These files were there when the folder was listed and could not be opened afterwards.",
            "Start a new scan. If they are on a removable disk, check that it is connected.",
        ),
        (
            r"not the \w+ its name promises|its name promises",
            "The content of these files is not what their names say.",
            "Often a download saved an error page under the name of a picture. Open one to see what it is; a real "
            "picture under a wrong name is recognised without your help.",
        ),
        (
            r"took too long|timeout|timed out|deadline",
            "Reading these files took so long that the program gave up on them.",
            "They may be damaged, or very large. Open one; if it looks right, start a scan with more time, else "
            "look for another copy.",
        ),
        (
            r"memory|too large|bomb|exceeds limit|decompression",
            "These files claim to be far larger than any picture should be.",
            "They may be damaged or made to do harm. Open them only if you know where they come from.",
        ),
        (
            r"worker|crashed|signal|killed",
            "A program part that reads such files gave up on them.",
            'The scan went on without it. A newer version asks it again by itself, and so does "mediaparser scan '
            '--retry"; if it happens again, the file is probably damaged.',
        ),
        (
            r"json|takeout",
            "A small file that a cloud export put beside a picture cannot be understood.",
            "The picture is fine; only what this small file knew about it (time, place, title) is missing. Export "
            "the album again if you need it.",
        ),
        (
            r"xmp",
            "A small file that a photo program put beside a picture cannot be understood.",
            "The picture is fine. Save its metadata again in that program if you need its tags or dates.",
        ),
        (
            r"no preview in this raw",
            "These raw files have no picture inside that could be shown.",
            "They are kept and exported as they are; only comparing and showing them does not work.",
        ),
        (
            r"facts were left out",
            "These files say far more about themselves than is ever stored for one picture.",
            "Nothing: the first and most important facts are kept.",
        ),
        (
            r"exiftool says|metadata",
            "Some of the information inside these files is damaged or unusual.",
            "The pictures can be seen. What was readable of dates, tags and places is used; check the dates of "
            "these pictures once.",
        ),
    )
)
_DEFAULT: Final = Advice("A part of the program could not make sense of these files.",
                         f"{_SAFE} If it opens elsewhere, a newer version may read it.")  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,_]*|0x[0-9a-f]+|'[^']{1,80}'|\"[^\"]{1,80}\"")


@dataclass(slots=True)
class Reason:
    """Troubles that come down to the same thing."""

    probe: str
    message: str  # of the first of them, as it was recorded
    advice: Advice
    files: int = 0
    lost: bool = False  # nothing of the file could be used
    messages: list[tuple[str, str, int, str]] = field(default_factory=list)  # probe, message, files, a path


def advice(probe: str, message: str) -> Advice:
    text = f"{probe}: {message}"
    return next((said for expression, said in _ADVICE if expression.search(text)), _DEFAULT)


def by_reason(rows: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Troubles (``probe, message, files, path, lost``) whose messages differ only in numbers and names as one reason,
    those of lost files first, then the most frequent."""
    found: dict[tuple[str, str], Reason] = {}
    for row in rows:
        key = (row["probe"], _NUMBER.sub("#", row["message"]))
        reason = found.setdefault(key, Reason(row["probe"], row["message"], advice(row["probe"], row["message"])))
        reason.files += row["files"]
        reason.lost = reason.lost or bool(row["lost"])
        reason.messages.append((row["probe"], row["message"], row["files"], row["path"]))
    return sorted(found.values(), key=lambda reason: (not reason.lost, -reason.files, reason.message))
