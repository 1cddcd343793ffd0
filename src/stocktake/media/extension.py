"""Extensions of media files and of what lies beside them, as data. All lower case, without the dot."""

from __future__ import annotations

from typing import Final

from stocktake.media.vocabulary import words

VIDEO: Final = words(
    "3g2 3gp asf avi divx dv dvr-ms f4v flv iso img ifo m1v m2p m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg mpg mts mxf ",
    "nrg nsv nuv ogm ogv ogx qt rec rm rmvb strm svq3 tp trp ts ty video viv vob vp3 webm wm wmv wtv xvid y4m",
)
AUDIO: Final = words(
    "aac ac3 aif aiff alac amr ape au dff dsf dts eac3 flac m4a m4b mka mp2 mp3 mpc oga ogg opus ra shn tak tta wav wma ",
    "wv",
)
SUBTITLE: Final = words("ass idx mks sbv smi srt ssa sub sup ttml usf vtt")
#: Whatever else stands behind a release's last dot and is no word of its name.
BESIDE: Final = words(
    "bif bmp chapters cue gif jpeg jpg json log lrc m3u m3u8 md5 nfo nzb par2 part png rar sfv tbn torrent txt url webp ",
    "xml zip r00",
)
KNOWN: Final = VIDEO | AUDIO | SUBTITLE | BESIDE
