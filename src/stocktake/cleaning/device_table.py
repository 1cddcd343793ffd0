"""What the parser of device names knows, as data: codes of carriers, makes, families, spellings, endings (packs.md).

Patterns are regular expressions of the engine that runs them: linear, without look-around; they are held against the
text without case. Who needs more declares it: ``expand(@codes)`` before ``device_make``, ``device_model`` and
``device_storage``.
"""

from __future__ import annotations

#: Makes at the start of a text as carriers shorten them. Whole words only.
SHORT_MAKES = {
    "APLE|APPL|APL|AAPL": "Apple",
    "SAMS|SAMSG|SAMSU|SMSG|SMG|SSNG": "Samsung",
    "GOOG|GOOGL|GGL": "Google",
    "MOT|MOTR|MOTOR": "Motorola",
    "BLKB|BBRY|BLACKBRY": "BlackBerry",
    "HUAW|HUAWE|HWEI": "Huawei",
    "ALCA|ALCTL": "Alcatel",
    "LGE LG|LGE": "LG",
    "KYOC": "Kyocera",
    "SNM|SONM": "Sonim",
    "INSG": "Inseego",
    "NTGR": "Netgear",
}

#: Codes and glued words → words, in this order, each replaced wherever it stands. ``P`` after an iPhone's number is Pro
#: from 11 to 13, when there was no Plus, and Plus up to 8, when there was no Pro; later ones have both, so that it stays.
CODES: tuple[tuple[str, str], ...] = (
    # --- iPhone
    (r"\b(?:IPHONES|IPHON|IPHN|IPHNE|IPH)(\d|\b)", "iPhone $1"),
    (r"\bIPHONE(\d)", "iPhone $1"),
    (r"\b(?:iPhone )?IP ?(1[1-7]) ?(?:PM|PROMAX|PRO MAX)\b", "iPhone $1 Pro Max"),
    (r"\b(?:iPhone )?IP ?(1[1-7]) ?PRO\b", "iPhone $1 Pro"),
    (r"\b(?:iPhone )?IP(1[1-3])P\b", "iPhone $1 Pro"),
    (r"\b(?:iPhone )?IP([678])P\b", "iPhone $1 Plus"),
    (r"\b(?:iPhone )?IP([678]|1[4-6])(?:PL|PLUS)\b", "iPhone $1 Plus"),
    (r"\b(?:iPhone )?IP(1[23])(?:M|MN|MINI)\b", "iPhone $1 mini"),
    (r"\bIP(16E)\b", "iPhone $1"),
    (r"\bIP([5678]S?|1[1-7])\b", "iPhone $1"),
    (r"\bIP(?:XSM|XSMAX)\b", "iPhone XS Max"),
    (r"\bIP(X|XR|XS|SE)\b", "iPhone $1"),
    (r"\bIPSE([23])\b", "iPhone SE $1"),
    (r"\biPhone +(\d{1,2}) ?(?:PM|PROMAX)\b", "iPhone $1 Pro Max"),
    (r"\biPhone +(1[1-3]) ?P\b", "iPhone $1 Pro"),
    (r"\biPhone +(1[1-7]) ?PRO\b", "iPhone $1 Pro"),
    (r"\biPhone +(1[23]) ?MINI\b", "iPhone $1 mini"),
    (r"\biPhone +(1[1-7])(64|128|256|512) ?GB\b", "iPhone $1 ${2}GB"),
    (r"\biPhone(SE|XR|XS|X)(64|128|256|512)?\b", "iPhone $1 $2"),
    # --- iPad
    (r"\bIPDP ?(11|13)\b", "iPad Pro $1"),
    (r"\bIPDP ?(129|12\.9|12)\b", "iPad Pro 12.9"),
    (r"\bIPDP ?(105|10\.5)\b", "iPad Pro 10.5"),
    (r"\bIPDP ?(97|9\.7)\b", "iPad Pro 9.7"),
    (r"\bIPDP\b", "iPad Pro"),
    (r"\b(?:IPDA|IPADA) ?([2345])\b", "iPad Air $1"),
    (r"\b(?:IPDA|IPADA)\b", "iPad Air"),
    (r"\b(?:IPDM|IPADM) ?([234567])\b", "iPad mini $1"),
    (r"\b(?:IPDM|IPADM)\b", "iPad mini"),
    (r"\bIPD ?(\d{1,2})\b", "iPad $1"),
    (r"\bIPADAIR ?(16|32|64|128|256|512|1TB)\b", "iPad Air ${1}"),
    (r"\bIPADAIR ?([2-7])?\b", "iPad Air $1"),
    (r"\bIPADPRO ?(\d{2,3}|1TB)?\b", "iPad Pro $1"),
    (r"\bIPADMINI ?(\d{1,3})?\b", "iPad mini $1"),
    (r"\bIPAD(\d{1,3})\b", "iPad $1"),
    # --- Samsung
    (r"\b(?:GLXY|GLX|GALXY|GLAXY|GAL)\b\.?", "Galaxy"),
    (r"\bGLXYS(\d{1,2})", "Galaxy S$1"),
    (r"^(Samsung )?GS(2[0-6]|10|9|8)(U|P|FE|E)?\b", "${1}Galaxy S$2$3"),
    (r"^(Samsung )?Z ?(FLIP|FOLD) ?(\d)?\b", "${1}Galaxy Z $2$3"),
    (r"^Samsung (FLIP|FOLD) ?(\d)?\b", "Samsung Galaxy Z $1$2"),
    (r"^(Samsung )?X ?COVER ?(\d|PRO)\b", "${1}Galaxy XCover$2"),
    (r"^(?:Samsung +)?(?:Galaxy +)?S ?(2[0-6])\b", "Samsung Galaxy S$1"),
    (r"^(?:Samsung +)?(?:Galaxy +)?S ?(2[0-6]) ?(?:U|ULT|ULTRA)\b", "Samsung Galaxy S$1 Ultra"),
    (r"^(?:Samsung +)?(?:Galaxy +)?S ?(2[0-6]) ?(?:\+|PLUS|PL)", "Samsung Galaxy S$1+"),
    (r"^(?:Samsung +)?(?:Galaxy +)?S ?(2[0-6]) ?FE\b", "Samsung Galaxy S$1 FE"),
    (r"\bGalaxy +S(\d{1,2}) ?(?:U|ULT|ULTRA)\b", "Galaxy S$1 Ultra"),
    (r"\bGalaxy +S(\d{1,2}) ?(?:\+|P\b|PL\b|PLUS\b)", "Galaxy S$1+"),
    (r"\bGalaxy +S(\d{1,2})FE\b", "Galaxy S$1 FE"),
    (r"^Samsung +(A\d{2}S?|S\d{1,2}E?|NOTE ?\d{1,2}|TAB|WATCH|XCOVER|J\d|Z )", "Samsung Galaxy $1"),
    (r"\bGalaxy +NOTE ?(\d)", "Galaxy Note $1"),
    # --- Google, Motorola
    (r"\b(?:PXL|PIX|PIXL) ?(\d)", "Pixel $1"),
    (r"\bPIXEL(\d)", "Pixel $1"),
    (r"\bPixel +(\d{1,2}) ?PROXL\b", "Pixel $1 Pro XL"),
    (r"\bPixel +(\d{1,2}) ?PRO\b", "Pixel $1 Pro"),
    (r"\bPixel +(\d)A\b", "Pixel ${1}a"),
    (r"\bMOTO([GEZX])\b", "Moto $1"),
)

#: Makes as words at the start of a text, in their own spelling. The word goes from the model; what follows is the model.
MAKES = (
    "Acer", "Alcatel", "Apple", "Asus", "BlackBerry", "Cat", "Dell", "Doro", "Fairphone", "Franklin", "Garmin",
    "Getac", "Google", "Honeywell", "Honor", "HTC", "Huawei", "Inseego", "Kyocera", "Lenovo", "LG", "Microsoft",
    "Motorola", "Netgear", "Nokia", "Nothing", "Novatel", "OnePlus", "OPPO", "Panasonic", "Razer", "realme",
    "Samsung", "Sierra Wireless", "Sonim", "Sony Ericsson", "Sony", "TCL", "Ulefone", "vivo", "Xiaomi", "Zebra", "ZTE",
)  # fmt: skip

#: Makes whose own models begin with the make, so that the word stays.
MAKES_IN_MODELS = ("HP", "HPE")

#: How a model begins, and whose it is.
FAMILIES = {
    r"iPhone\b|iPad\b|iPod\b|iMac\b|MacBook\b|Mac (?:mini|Pro|Studio)\b|AirTag\b|Apple Watch\b": "Apple",
    r"Galaxy\b|SM-[A-Z]\d{3}": "Samsung",
    r"Pixel (?:\d|C\b|Fold|Tablet|Watch|Slate)|Nexus \d": "Google",
    r"Moto [GEXZ]\b|RAZR\b": "Motorola",
    r"ThinkPad\b|IdeaPad\b|ThinkCentre\b|ThinkStation\b": "Lenovo",
    r"Latitude \d{4}|OptiPlex\b|PowerEdge\b|Precision \d{4}|XPS \d{2}": "Dell",
    r"EliteBook\b|ProBook\b|ZBook\b|EliteDesk\b|ProDesk\b": "HP",
    r"Surface (?:Pro|Go|Laptop|Book|Duo|Studio|Hub)\b": "Microsoft",
    r"Redmi\b|Mi \d|POCO\b": "Xiaomi",
    r"Xperia\b": "Sony",
    r"Lumia\b": "Microsoft",
    r"MiFi\b": "Inseego",
}

#: Words in their own spelling where they stand in the name of a known make.
SPELLINGS = (
    "iPhone", "iPad", "MiFi", "iPod", "iMac", "MacBook", "Galaxy", "Pixel", "Moto", "Pro", "Max", "Plus", "Air", "Ultra",
    "Note", "Tab", "Watch", "Series", "Edge", "Lite", "Stylus", "Power", "Play", "Active", "Fold", "Gen", "Nord",
    "Xperia", "Redmi", "Surface", "Laptop", "Go", "ThinkPad", "EliteBook", "ProBook", "Latitude", "RAZR", "Bold",
    "Curve", "Book",
)  # fmt: skip

#: Further spellings: pattern → text.
SPELLED = (
    (r"\b(iPhone|iPad)( \d{1,2}(?:th Gen)?)? MINI\b", "$1$2 mini"),
    (r"\bXCOVER ?(\d|PRO)", "XCover$1"),
    (r"\b(\d)RD\b", "$1rd"),
    (r"\b(\d)ND\b", "$1nd"),
    (r"\b(\d{1,2})TH\b", "$1th"),
    (r"\biPhone (\d\d)E\b", "iPhone $1e"),
    (r"\bACTIVE(\d)", "Active$1"),
    (r"\bXCOVERPRO\b", "XCover Pro"),
    (r"\b(Z) (FLIP) ?(\d)?", "$1 Flip$3"),
    (r"\b(Z) (FOLD) ?(\d)?", "$1 Fold$3"),
    (r"\b(iPhone (?:XS|X|XR|SE|\d{1,2})) (?:PROMAX)\b", "$1 Pro Max"),
)

_COLOURS = (
    "(product) red", "(product)red", "alpine green", "amber yellow", "aura black", "aura glow", "aura gray",
    "aura grey", "awesome black", "awesome blue", "awesome graphite", "awesome navy", "awesome violet",
    "awesome white", "bay", "bk", "black", "black titanium", "sg", "wh",
    "blk", "blu", "blue", "blue titanium", "burg", "burgundy",
    "charcoal", "clearly white", "cloud navy", "cobalt violet", "coral", "cosmic black", "cosmic gray",
    "cosmic grey", "cream", "deep purple", "desert titanium", "dk grey", "gld", "gold", "graphite", "gray", "green",
    "grey", "grn", "gry", "hazel", "icy blue", "jade", "jet black", "just black", "lavender", "lilac", "lime",
    "marble gray", "marble grey", "midnight", "midnight black", "midnight green", "mint", "mist blue",
    "mystic black", "mystic bronze", "natural titanium", "navy", "obsidian", "onyx black", "orange", "pacific blue",
    "peony", "phantom black", "phantom gray", "phantom grey", "phantom silver", "phantom violet", "phantom white",
    "pink", "porcelain", "prism black", "prism blue", "prism white", "product red", "purple", "red", "rose",
    "rose gold", "sage", "sierra blue", "silver", "slv", "slver", "snow", "sorta sage", "sorta seafoam",
    "space black", "space gray", "space grey", "spc gry", "starlight", "stone", "stormy black", "teal", "titanium",
    "titanium black", "titanium gray", "titanium grey", "titanium violet", "ultramarine", "violet", "white",
    "white titanium", "wht", "yellow",
)  # fmt: skip
_CONDITIONS = (
    "cell phone", "certified pre-owned", "cpo", "demo", "esim", "handset", "new", "open box",
    "pre-owned", "preowned", "refurb", "refurbished", "sim free", "smartphone", "unlocked", "used",
)  # fmt: skip

#: Words and numbers at the end of a text that belong to no model: colours, conditions, order numbers of carriers and makers.
LEFT_OUT: tuple[str, ...] = (
    *(
        each.replace("(", r"\(").replace(")", r"\)")
        for each in sorted((*_COLOURS, *_CONDITIONS), key=len, reverse=True)
    ),
    r"\d{6,8}[A-Z]{2,3}",
    r"[A-Z0-9]{4,6}(?:LL|VC|C|ZM)/A",
)
