"""What a film is and what it looks like: size, duration, one of its key frames as hashes and preview, and others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.media import Media
from mediaparser_core.names import clean_text
from mediaparser_core.records import Entry, Fact, Note, Probe, Shape, Trouble
from mediaparser_core.settings import Settings
from mediaparser_plugins import films, looks
from mediaparser_plugins.cut_offs import is_cut_off

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL import Image

NAME = "videos"
PIXEL_LIMIT = 100_000_000  # of one frame; 8K has 33 million
_SHORT_SIDE = 256  # pixels kept for the hashes, as of pictures
_DARK = 24.0  # mean grey level below which a frame says little: films begin in black
_PLACES = (0.0, 0.1, 0.3, 0.5)  # shares of the duration where a frame is looked for
_MOST_PACKETS = 400  # read at one place before giving up
_LONGEST = 100 * 24 * 3600.0  # seconds; more is a broken header
_DEMUXERS = {  # the one FFmpeg demuxer that may see the file: guessing finds playlists, and playlists open other files
    "mp4": "mov", "mov": "mov", "m4v": "mov", "3gp": "mov", "avi": "avi", "mkv": "matroska", "webm": "matroska",
    "mts": "mpegts", "mpg": "mpeg", "wmv": "asf", "flv": "flv",
}  # fmt: skip


@hookimpl
def register_probes(settings: Settings) -> Iterable[Probe]:
    return [Probe(NAME, 3, "content", look_at_video, frozenset({"video"}))]


def look_at_video(entry: Entry, media: Media) -> list[Fact]:
    """Shape (size before rotation, duration in seconds), the looks of the first key frame that is not dark, and a ``film``
    note on what comes later."""
    import av

    if media.format is None:
        return []
    av.logging.set_level(None)
    name = media.format.name
    demuxer = "mpegvideo" if media.head.startswith(b"\0\0\1\xb3") else _DEMUXERS[name]
    options = {"protocol_whitelist": "", "format_whitelist": demuxer, "enable_drefs": "0"}
    if demuxer != "mov":
        del options["enable_drefs"]
    shape = Shape("video", name)
    try:
        with av.open(media.cursor(), "r", format=demuxer, options=options, metadata_errors="replace") as container:
            shape = _shape(container, name)
            found = looks.facts(_frame(container))
            if film := films.describe(container):
                found.append(Note("film", film))
    except Exception as error:  # demuxers and decoders raise anything on hostile files
        return [shape, *(_what_is_missing(media) or [Trouble(NAME, _in_words(error))])]
    return [shape, *found, *_what_is_missing(media)]


def _shape(container: InputContainer, name: str) -> Shape:
    stream = next(iter(container.streams.video), None)
    seconds = container.duration / 1_000_000 if container.duration else None
    if seconds is None and stream is not None and stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    if seconds is not None and not 0 < seconds < _LONGEST:
        seconds = None
    size = (stream.codec_context.width, stream.codec_context.height) if stream is not None else (0, 0)
    width, height = size if size[0] > 0 and size[1] > 0 else (None, None)
    return Shape("video", name, width, height, None, seconds)


class _Unshowable(Exception):
    """There is no frame to show; the message says why."""


def _frame(container: InputContainer) -> Image.Image:
    """The first key frame that is not dark, small and upright; else the brightest of those looked at."""
    from PIL import ImageStat

    stream = next(iter(container.streams.video), None)
    if stream is None:
        raise _Unshowable("there is no picture track in it")
    context = stream.codec_context
    if context.width * context.height > PIXEL_LIMIT:
        raise _Unshowable(f"frames of {context.width} x {context.height} pixels are larger than any camera's")
    context.skip_frame = "NONKEY"
    context.thread_type = "SLICE"  # frame threads would decode several frames to show one
    best: tuple[float, Image.Image] | None = None
    for frame in _key_frames(container, stream):
        image = _small(frame)
        brightness = ImageStat.Stat(image.convert("L")).mean[0]
        if best is None or brightness > best[0]:
            best = (brightness, image)
        if brightness >= _DARK:
            break
    if best is None:
        raise _Unshowable("not one frame of it can be decoded")
    return best[1]


def _key_frames(container: InputContainer, stream: VideoStream) -> Iterator[Any]:
    """One key frame at each of _PLACES, as far as there are any. Raises what the decoder raises if there is none."""
    from av.error import FFmpegError

    trouble: Exception | None = None
    found = False
    for share in _PLACES:
        try:
            if share:
                if not container.duration:
                    return
                container.seek(int(container.duration * share))
            frame = _next_frame(container, stream)
        except (FFmpegError, ValueError, OSError) as error:
            trouble = trouble or error
            continue
        if frame is not None:
            found = True
            yield frame
    if trouble is not None and not found:
        raise trouble


def _next_frame(container: InputContainer, stream: VideoStream) -> Any:
    for count, packet in enumerate(container.demux(stream)):
        for frame in packet.decode():
            return frame
        if count > _MOST_PACKETS:
            break
    return None


def _small(frame: Any) -> Image.Image:
    """*frame* as an upright RGB picture with a short side of about _SHORT_SIDE."""
    from PIL.Image import Transpose

    scale = min(1.0, _SHORT_SIDE / min(frame.width, frame.height))
    small = frame.reformat(
        max(1, round(frame.width * scale)), max(1, round(frame.height * scale)), "rgb24", interpolation="AREA"
    )
    image: Image.Image = small.to_image()
    turns = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}
    turn = turns.get(frame.rotation % 360)
    return image if turn is None else image.transpose(turn)


def _what_is_missing(media: Media) -> list[Fact]:
    """A film whose index comes first plays from its beginning, also when most of it is missing."""
    return [Trouble(NAME, "the film is cut off before its end")] if is_cut_off(media) else []


def _in_words(error: Exception) -> str:
    if isinstance(error, _Unshowable):
        return str(error)
    text = str(error).lower()
    if isinstance(error, MemoryError) or "cannot allocate" in text:
        return "the film needs more memory than a worker may use"
    if isinstance(error, PermissionError):
        return "the film's data is in another file, and other files are never opened"
    if "moov atom not found" in text or "end of file" in text:
        return "the film is cut off before its end"
    if "invalid data" in text:
        return "the film's structure is broken"
    return f"the film cannot be decoded ({clean_text(error, 160) or type(error).__name__})"
