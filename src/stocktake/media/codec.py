"""Codecs and containers in one vocabulary, FFmpeg's, whoever tells them."""

from __future__ import annotations

import re

#: MediaInfo's ``Format`` → container.
CONTAINERS: dict[str, str] = {
    "AIFF": "aiff",
    "AVI": "avi",
    "BDAV": "mpegts",
    "DSF": "dsf",
    "FLAC": "flac",
    "Flash Video": "flv",
    "MPEG Audio": "mp3",
    "MPEG-4": "mp4",
    "MPEG-PS": "mpeg",
    "MPEG-TS": "mpegts",
    "MXF": "mxf",
    "Matroska": "matroska",
    "Monkey's Audio": "ape",
    "Ogg": "ogg",
    "RealMedia": "rm",
    "Wave": "wav",
    "Wave64": "w64",
    "WavPack": "wv",
    "WebM": "webm",
    "Windows Media": "asf",
}

#: MediaInfo's ``Format`` → codec, whatever its version.
_CODECS: dict[str, str] = {
    "AAC": "aac",
    "AC-3": "ac3",
    "ALAC": "alac",
    "ALS": "als",
    "AMR": "amr",
    "APV": "apv",
    "ASS": "ass",
    "AV1": "av1",
    "AVC": "h264",
    "Apple ProRes": "prores",
    "ProRes": "prores",
    "DTS": "dts",
    "DTS-HD": "dts",
    "DV": "dvvideo",
    "DVB Subtitle": "dvb_subtitle",
    "E-AC-3": "eac3",
    "EIA-608": "eia_608",
    "FFV1": "ffv1",
    "FLAC": "flac",
    "H.263": "h263",
    "HEVC": "hevc",
    "JPEG": "mjpeg",
    "JPEG 2000": "jpeg2000",
    "MLP": "mlp",
    "MLP FBA": "truehd",
    "MPEG-4 Visual": "mpeg4",
    "MPEG-H 3D Audio": "mpegh_3d_audio",
    "Monkey's Audio": "ape",
    "Opus": "opus",
    "PCM": "pcm",
    "PGS": "hdmv_pgs_subtitle",
    "PNG": "png",
    "SSA": "ass",
    "Speex": "speex",
    "SubRip": "subrip",
    "Teletext Subtitle": "dvb_teletext",
    "Theora": "theora",
    "Timed Text": "mov_text",
    "TrueHD": "truehd",
    "TTML": "ttml",
    "UTF-8": "subrip",
    "VC-1": "vc1",
    "VP8": "vp8",
    "VP9": "vp9",
    "VVC": "vvc",
    "VobSub": "dvd_subtitle",
    "Vorbis": "vorbis",
    "WMV1": "wmv1",
    "WMV2": "wmv2",
    "WMV3": "wmv3",
    "WavPack": "wavpack",
    "WebVTT": "webvtt",
}

#: The same with a word of its version or profile.
_VERSIONED: dict[tuple[str, str], str] = {
    ("MPEG Audio", "Layer 1"): "mp1",
    ("MPEG Audio", "Layer 2"): "mp2",
    ("MPEG Audio", "Layer 3"): "mp3",
    ("MPEG Video", "1"): "mpeg1video",
    ("MPEG Video", "2"): "mpeg2video",
    ("WMA", "1"): "wmav1",
    ("WMA", "2"): "wmav2",
    ("WMA", "Lossless"): "wmalossless",
    ("WMA", "Pro"): "wmapro",
}

#: FFmpeg's ``format_name`` → container, where it names several.
_FFMPEG_CONTAINERS: dict[str, str] = {"matroska,webm": "matroska", "mov,mp4,m4a,3gp,3g2,mj2": "mp4"}

_OTHER = re.compile(r"[^a-z0-9]+")


def container_of_mediainfo(named: str | None, profile: str | None) -> str | None:
    """``mp4`` for ``MPEG-4``, and ``mov`` where its profile is QuickTime's; of an unknown one its own name as a slug."""
    if named == "MPEG-4" and profile == "QuickTime":
        return "mov"
    return CONTAINERS.get(named, _slug(named)) if named else None


def codec_of_mediainfo(named: str | None, version: str | None, profile: str | None) -> str | None:
    """``h264`` for ``AVC``, ``mp3`` for the third layer of ``MPEG Audio``; of an unknown one its own name as a slug."""
    if named is None:
        return None
    for word in (profile, version):
        if word and (found := _VERSIONED.get((named, word))):
            return found
    return _CODECS.get(named, _slug(named))


def container_of_ffprobe(named: str | None, brand: str | None, extension: str) -> str | None:
    """Its first name; ``mov`` by the brand, ``webm`` by the file's extension, since nothing else tells."""
    if named is None:
        return None
    if named == "mov,mp4,m4a,3gp,3g2,mj2" and (brand or "").strip() == "qt":
        return "mov"
    if named == "matroska,webm" and extension.lower() in (".webm", ".weba"):
        return "webm"
    return _FFMPEG_CONTAINERS.get(named, named.partition(",")[0] or None)


def codec_of_ffprobe(named: str | None) -> str | None:
    """Its name; all forms of PCM are ``pcm``."""
    if named is None or named == "unknown":
        return None
    return "pcm" if named.startswith("pcm_") else named


def _slug(named: str) -> str | None:
    return _OTHER.sub("_", named[:40].casefold()).strip("_") or None
