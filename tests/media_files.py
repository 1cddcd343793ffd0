"""Real media files, a second long at most, made by FFmpeg from the wheel ``imageio-ffmpeg``.

================================ =============================================================================
file                             what it is
================================ =============================================================================
``movie.mp4``                    H.264 and AAC, with title and year
``episode.mkv``                  H.264, AC-3 in English, AAC in German (a commentary), forced subtitles in French
``hevc.mkv``, ``vp9.webm``       HEVC alone; VP9 and Opus
``song.mp3|flac|ogg|m4a``        sound with tags
``covered.mp3``                  sound with a picture in its tags
``two-parts-cd1.mp4``, ``…2``    a film of two parts, 1 s and half a second
``cut.mp4``, ``cut.mkv``         cut off: the first holds nothing that could be found, the second its tracks
``text.mkv``, ``empty.mkv``      no media
================================ =============================================================================
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg

PICTURE = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
SUBTITLES = "1\n00:00:00,000 --> 00:00:00,800\nBonjour\n"
SONG = {
    "title": "Blue Train",
    "artist": "Ann Example",
    "album": "Trains",
    "date": "1999",
    "track": "3/9",
    "genre": "Jazz",
}


def make_media_files(folder: Path) -> None:
    """All of them, by one run of FFmpeg and some copying."""
    subtitles = folder / "subtitles.srt"
    subtitles.write_text(SUBTITLES)
    inputs = (
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10"),
        *("-f", "lavfi", "-i", "sine=frequency=440"),
        *("-f", "lavfi", "-i", "sine=frequency=220"),
        *("-i", str(subtitles)),
    )
    outputs = [
        _output(
            folder / "movie.mp4",
            *("-map", "0", "-map", "1", *PICTURE, "-c:a", "aac"),
            tags={"title": "The Long Second", "date": "2019"},
        ),
        _output(folder / "two-parts-cd2.mp4", "-map", "0", *PICTURE, seconds=0.5),
        _output(
            folder / "episode.mkv",
            *("-map", "0", "-map", "1", "-map", "2", "-map", "3", *PICTURE),
            *("-c:a:0", "ac3", "-ac:a:0", "6", "-c:a:1", "aac", "-ac:a:1", "2", "-c:s", "srt"),
            *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
            *("-metadata:s:a:1", "title=Kommentar", "-metadata:s:s:0", "language=fra"),
            *("-disposition:a:0", "default", "-disposition:s:0", "forced"),
            tags={"title": "Pilot"},
        ),
        _output(
            folder / "hevc.mkv",
            *("-map", "0", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
        ),
        _output(
            folder / "vp9.webm",
            *("-map", "0", "-map", "1", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
            *("-c:a", "libopus"),
        ),
        *(
            _output(folder / f"song.{ending}", "-map", "1", "-c:a", codec, tags=SONG)
            for ending, codec in (
                ("mp3", "libmp3lame"),
                ("flac", "flac"),
                ("ogg", "libvorbis"),
                ("m4a", "aac"),
            )
        ),
        _output(
            folder / "covered.mp3",
            *("-map", "1", "-map", "0", "-c:a", "libmp3lame", "-c:v", "mjpeg", "-frames:v", "1"),
            *("-disposition:v", "attached_pic"),
            tags=SONG,
        ),
    ]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *inputs]
    subprocess.run([*command, *(word for each in outputs for word in each)], check=True)
    subtitles.unlink()
    shutil.copyfile(folder / "movie.mp4", folder / "two-parts-cd1.mp4")
    for name in ("movie.mp4", "episode.mkv"):
        content = (folder / name).read_bytes()
        (folder / name.replace(Path(name).stem, "cut")).write_bytes(content[: len(content) // 2])
    (folder / "text.mkv").write_text("This is no film.\n" * 100)
    (folder / "empty.mkv").touch()


def _output(
    path: Path, *arguments: str, tags: dict[str, str] | None = None, seconds: float = 1
) -> tuple[str, ...]:
    said = (word for name, value in (tags or {}).items() for word in ("-metadata", f"{name}={value}"))
    return *arguments, *said, "-t", str(seconds), str(path)
