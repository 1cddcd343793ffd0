"""Languages by BCP 47: two letters where ISO 639-1 has them, whoever wrote three."""

from __future__ import annotations

import re

#: ISO 639-2, of both kinds, and ISO 639-1 behind it.
_PAIRS = """
    aaraa abkab afraf akaak albsq amham araar argan armhy asmas avaav aveae aymay azeaz bakba bambm baqeu
    belbe benbn bihbh bisbi bodbo bosbs brebr bulbg burmy catca cescs chach chece chizh chucu chvcv corkw
    cosco crecr cymcy czecs danda deude divdv dutnl dzodz ellel engen epoeo estet euseu eweee faofo fasfa
    fijfj finfi frafr frefr fryfy fulff geoka gerde glagd glega glggl glvgv greel grngn gujgu hatht hauha
    hebhe herhz hinhi hmoho hrvhr hunhu hyehy iboig iceis idoio iiiii ikuiu ileie inaia indid ipkik islis
    itait javjv jpnja kalkl kankn kasks katka kaukr kazkk khmkm kikki kinrw kirky komkv konkg korko kuakj
    kurku laolo latla lavlv limli linln litlt ltzlb lublu luglg macmk mahmh malml maomi marmr mayms mkdmk
    mlgmg mltmt monmn mrimi msams myamy nauna navnv nblnr ndend ndong nepne nldnl nnonn nobnb norno nyany
    ocioc ojioj orior ormom ossos panpa perfa plipi polpl porpt pusps quequ rohrm ronro rumro runrn rusru
    sagsg sansa sinsi slksk slosk slvsl smese smosm snasn sndsd somso sotst spaes sqisq srdsc srpsr sswss
    sunsu swasw swesv tahty tamta tattt telte tgktg tgltl thath tibbo tirti tonto tsntn tsots tuktk turtr
    twitw uigug ukruk urdur uzbuz venve vievi volvo welcy wlnwa wolwo xhoxh yidyi yoryo zhaza zhozh zulzu
"""
_SHORT: dict[str, str] = {pair[:3]: pair[3:] for pair in _PAIRS.split()}
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
#: What stands for no language.
_NONE = frozenset(("und", "zxx", "mis", "mul", "xx"))


def language_of(code: object) -> str | None:
    """``en`` for ``eng`` and ``en``, ``pt-BR`` as it is, ``nah`` as no shorter one is known; None for ``und`` and words."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return None
    first, *rest = re.split("[-_]", code)
    short = _SHORT.get(first.lower(), first.lower())
    return None if short in _NONE else "-".join((short, *rest))
