"""The words of releases, seasons and extras, as data. All of them lower case."""

from __future__ import annotations

from typing import Final


def words(*lines: str) -> frozenset[str]:
    """The words of lines, parted by blanks."""
    return frozenset(word for line in lines for word in line.split())


#: A title ends before one of these: how it was recorded, packed and sized.
RELEASE: Final = words(
    "240p 288p 360p 368p 400p 480p 480i 540p 576p 576i 720p 720i 900p 1080p 1080i 1440p 2160p 4320p 4k 8k uhd",
    "bluray bdrip brrip bdremux bdmv bd25 bd50 bdscr blurayrip hddvd hddvdrip hdrip hdlight webhd",
    "webrip webdl webdlrip webcap dvdrip dvd dvd5 dvd9 dvdr dvdr9 dvdscr dvdscreener dvdremux ldrip vhsrip",
    "hdtv hdtvrip pdtv sdtv dsr dsrip dvb dvbrip tvrip satrip dthrip hdcam hdts hdtc camrip telesync telecine",
    "vodrip workprint xvid divx x264 x265 h264 h265 x266 hevc avc av1 vp9 mpeg2 10bit 8bit hi10p hi10 12bit",
    "ac3 eac3 dts dtshd dtsx truehd atmos flac aac aac2 aac5 dd5 dd2 dd51 dd20 dd7 ddp ddp5 ddp2 ddp51 ddp7 mp3 opus",
    "ddpa ddpa5 dts5 ac35 eac35 remux hdr hdr10 hdr10plus dovi sdr",
)
#: They belong to the release where they stand beside its words, and to the title elsewhere.
QUALIFIER: Final = words(
    "proper repack rerip real internal limited extended unrated uncut uncensored theatrical remastered festival stv",
    "complete final retail readnfo nfofix dirfix convert hybrid fansub fastsub hardsub softsub subforced subbed",
    "dubbed dub subs sub esub esubs multisubs ws fs pal ntsc secam hd fhd sd hq 3d hsbs sbs hou half ou 60fps",
    "dv plus vision dolby multi multi3 multi4 dual audio dl md ld line cam ts tc scr r5 r6 preair ppv imax 24fps 25fps",
    "web dvdfull full mkv mp4 amzn nf dsnp hulu hmax atvp itunes ip pcok stan readnfo hc directors cut edition",
)
#: The same of languages.
LANGUAGE: Final = words(
    "english french truefrench vff vf vfq vfi vostfr vost german italian ita spanish castellano latino spa eng fra",
    "dutch nl flemish danish swedish norwegian finnish nordic swesub nlsub dksub nosub polish pl czech hungarian hun",
    "russian rus ukrainian turkish greek hebrew arabic hindi tamil telugu korean japanese jap chinese cantonese",
    "français francais español deutsch italiano português nederlands svenska norsk dansk suomi polski русский",
    "mandarin portuguese brazilian subfrench norwegian icelandic romanian bulgarian thai vietnamese persian lektor",
)
#: May stand among release words, and says nothing of its own.
FILLER: Final = words(
    "0 1 2 5 6 7 10 264 265 h x dts hd ma hra es ray blu rip bit ch dl end final audio sub subs with and fps hi10p",
    "v0 v1 v2 v3 v4 vc1 vc lpcm pcm stereo mono 2ch 6ch 5ch 8ch 3ch 1ch",
)
_QUIET: Final = QUALIFIER | LANGUAGE
#: Word → how much it says: 2 ends a title, 1 does beside such a word.
WEIGHT: Final[dict[str, int]] = {**dict.fromkeys(_QUIET, 1), **dict.fromkeys(RELEASE, 2)}
#: All that may follow the first release word without raising a doubt.
KNOWN: Final = RELEASE | _QUIET | FILLER
#: Two words that are one: the second says so.
PAIRS: Final = {
    "web": words("dl rip"),
    "blu": words("ray"),
    "h": words("264 265"),
    "x": words("264 265"),
    "hd": words("dvd tv rip"),
    "dvd": words("rip r scr"),
    "bd": words("rip remux"),
    "br": words("rip"),
    "cam": words("rip"),
}
#: A two-letter country behind a series' title, in capitals.
COUNTRIES: Final = frozenset({"US", "UK", "AU", "NZ", "CA", "IE", "ZA"})
#: Folder words for a season, in the languages people name folders in.
SEASON: Final = (
    "season",
    "seasons",
    "series",
    "saison",
    "staffel",
    "temporada",
    "stagione",
    "sæson",
    "sesong",
    "säsong",
    "seasong",
    "seizoen",
    "kausi",
    "sezon",
    "sezona",
    "sezonul",
    "sezóna",
    "série",
    "temp",
    "évad",
    "сезон",
)
#: Folders of season 0.
SPECIALS: Final = frozenset({"specials", "special", "extras", "season specials", "sp"})
#: Folder → kind of extra, as Plex and Jellyfin read them; in the root they are folders like any other.
EXTRA_FOLDERS: Final = {
    "behind the scenes": "behind the scenes",
    "deleted scenes": "deleted scene",
    "featurettes": "featurette",
    "featurette": "featurette",
    "interviews": "interview",
    "scenes": "scene",
    "samples": "sample",
    "sample": "sample",
    "shorts": "short",
    "trailers": "trailer",
    "trailer": "trailer",
    "clips": "clip",
    "extras": "extra",
    "extra": "extra",
    "bonus": "extra",
    "other": "other",
    "backdrops": "theme video",
    "theme-music": "theme song",
}
#: Suffix behind ``-`` (or, for the first two, behind any separator) → kind of extra.
EXTRA_SUFFIXES: Final = {
    "trailer": "trailer",
    "sample": "sample",
    "behindthescenes": "behind the scenes",
    "deleted": "deleted scene",
    "deletedscene": "deleted scene",
    "featurette": "featurette",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "clip": "clip",
    "extra": "extra",
    "other": "other",
}
