r"""What an answer's text stands for: the same text or number however it is spelled.

    clean(" Cafe\u0301\u200b  no.\u00a0\uff15 ") -> "Café no. 5"
    quantity("$1,234.50") -> Quantity(number=Decimal("1234.50"), unit="$")

A number is digits, perhaps with a sign, separators of thousands, decimals and an exponent. There is
no decimal comma: "1,234" would be two numbers. A unit is one of the table: whatever else follows
a number ("Room 5", "5 pm", "5 apples") makes it text.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, joiners, marks of direction, variation selectors, byte-order marks."""
_SPELLED: dict[int, int | str] = {
    **{full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-"),
    0xFFE0: "¢",
    0xFFE1: "£",
    0xFFE5: "¥",
    0x2019: "'",
    0x2103: "°C",
    0x2109: "°F",
}
"""Full-width characters, the dashes that stand for a minus, and signs of one character or two."""

_CURRENCIES = """
$ US$ USD dollar dollars, € EUR euro euros, £ GBP, ¥ JPY yen, ₹ INR Rs rupee rupees, CHF,
CNY yuan 元, ₩ KRW, ₽ RUB, ₺ TRY, ₫ VND, ฿ THB baht, R$ BRL, A$ AUD, C$ CAD, HK$ HKD, ¢ cent cents,
₱ PHP, ₪ ILS, ₿ BTC, zł PLN, kr
"""
_MEASURES = """
% percent pct, ‰, ° degree degrees, °C, °F, mm millimeter millimeters millimetre millimetres,
cm centimeter centimeters centimetre centimetres, m meter meters metre metres,
km kilometer kilometers kilometre kilometres, in inch inches, ft foot feet, yd yard yards,
mi mile miles, mm² mm^2 mm2, cm² cm^2 cm2, m² m^2 m2, km² km^2 km2, ha hectare hectares,
cm³ cm^3 cm3, m³ m^3 m3, mg milligram milligrams,
g gram grams, kg kgs kilogram kilograms, lb lbs, oz ounce ounces, pound pounds, ton tons,
ml mL milliliter milliliters millilitre millilitres, l L liter liters litre litres,
gal gallon gallons, ms millisecond milliseconds, s sec secs second seconds,
min mins minute minutes, h hr hrs hour hours, day days, week weeks, month months, year years,
m/s, km/h kph, mph, Hz, kHz, MHz, GHz, mV, V volt volts, mA, mW, W watt watts, kW, MW, kWh,
J joule joules, kJ, cal, kcal, Pa, kPa, MPa, KB kB, MB, GB, TB, kb, Mb, Gb
"""
"""Units, each with its other spellings behind it."""


def _by_spelling(table: str) -> dict[str, str]:
    units = [unit.split() for unit in table.split(",")]
    return {spelling: spellings[0] for spellings in units for spelling in spellings}


_SIGNS = _by_spelling(_CURRENCIES)
_UNITS = _SIGNS | _by_spelling(_MEASURES)
_ANY_CASE = {
    spelling.casefold(): unit
    for spelling, unit in _UNITS.items()
    if len(spelling) > 3
    or (len(spelling) > 1 and spelling[0] not in "mM" and spelling[-1] not in "bB")
}
"""Case counts where it makes another unit: a mW is no MW, a Gb no GB, and 5 G are no grams."""

_QUANTITY = re.compile(
    r"""(?!\d{3}0s$)(?P<sign>[+-])?
    (?:(?P<before>[^\d\s.,+-]{1,3})[ ]?(?P<inner>[+-])?)?
    (?P<number>(?=\.?\d)
        (?:[1-9]\d{0,2}(?P<separator>[,' ])\d{3}(?:(?P=separator)\d{3})*
          |[1-9]\d?(?:,\d\d)+,\d{3}
          |\d{1,1000})?
        (?:\.\d{1,1000})?
        (?:[eE][+-]?\d{1,6})?)
    (?:[ ]?(?P<after>[^\d\s.,+-]\S{0,15}))?""",
    re.ASCII | re.VERBOSE,
)
"""Thousands as in 1,234,567 or 1 234 567 or 1'234'567, and as in India: 12,34,567. A decade (1990s)
is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with its unit.

    Example: Quantity(number=Decimal("12"), unit="km"); unit="" where there is none
    """

    number: Decimal
    unit: str

    def fits(self, other: "Quantity") -> bool:
        """Say whether they are equal where a unit that only one of them has is left out."""
        return self.number == other.number and (
            self.unit == other.unit or not self.unit or not other.unit
        )


@lru_cache(maxsize=1024)
def clean(text: str) -> str:
    """Return the text without what cannot be seen, spelled one way, with single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).translate(_SPELLED))
    return " ".join(text.split())


def quantity(text: str) -> Quantity | None:
    """Return the number that a text is, with its unit; None where it is anything else.

    Example: quantity("12 kilometres") -> Quantity(number=Decimal("12"), unit="km");
    quantity("1, 234") -> None
    """
    found = _QUANTITY.fullmatch(clean(text))
    if found is None or (found["sign"] and found["inner"]) or (found["before"] and found["after"]):
        return None
    spelling, known = found["before"], _SIGNS
    if spelling is None:
        spelling, known = found["after"] or "", _UNITS | {"": ""}
    unit = known.get(spelling, _ANY_CASE.get(spelling.casefold()))
    if unit is None:
        return None
    digits = re.sub("[,' ]", "", found["number"])
    return Quantity(number=Decimal((found["sign"] or found["inner"] or "") + digits), unit=unit)
