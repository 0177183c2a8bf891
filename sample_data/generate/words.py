"""Invented names and streets. No list here was taken from a register of real people."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_F = _words("""
    Avaline Brisa Calwen Dorthy Elowen Fenna Gwindle Hestia Isaura Jorwen Kestra Lirael Maribel
    Nerys Oriel Pernilla Quenby Rosamel Sunniva Tamsin Ursel Velda Wrenna Xanthe Yselle Zinnia
""")
FIRST_M = _words("""
    Aldric Bramwell Corwin Dunstan Edric Faramond Garrick Hollis Isidor Jasper Kelwin Leofric
    Merrick Nolwin Osric Percival Quillon Radnor Sorrel Thaddeus Ulric Varian Wendel Yorick Zeb
""")
LAST = _words("""
    Ashgrove Birchwater Candlewick Dapplemere Elderthorn Fallowfield Greenhythe Hazelbrook
    Ironwhistle Juniperhill Kettlebank Larkhaven Mossbridge Nettlecombe Oakenfold Pebbleworth
    Quillfeather Rushmarsh Silverpenny Thistledown Underbough Vinegarden Willowmere Yarrowby
    O'Mossfield Saint-Harrow Muñozmere Tuckerbell Wickerham Zephyrdale Bramblecote Cloverstead
    Dunnamere Emberlyn Fiddlewood Goosefoot Honeycutter Inkwell Jollybrook Knapsacker
""")
STREETS = ("Old Mill Rd", "Lantern Ln", "Heron Way", "Cooper St", "Quarry Rd", "Ferry Ct")
TOWNS = (
    ("Riverbend", "60999"),
    ("Millhaven", "60998"),
    ("East Quarry", "60997"),
    ("Larkspur", "60996"),
)
EMPLOYERS = ("Riverbend Canning", "Larkspur Schools", "Quarry Freight", "Millhaven Mutual")


def luhn_npi(nine: str) -> str:
    """A provider number: nine digits and the check digit over ``80840`` and them (CMS)."""
    total = 0
    for place, digit in enumerate(reversed("80840" + nine)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return nine + str(-total % 10)
