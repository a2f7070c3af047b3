r"""Normalisation of answers: one text or number for all its spellings.

    clean(" Cafe\u0301\u200b  no.\u00a0\uff15 ") -> "Café no. 5"
    quantity("$1,234.50") -> Quantity(number=Decimal("1234.50"), unit="$")

A number has digits and optionally a sign, thousands separators, decimals and an exponent. There is
no decimal comma, since "1,234" would be ambiguous. A unit is one of the table, its square or cube,
or a quotient of two. Any other words beside a number ("Room 5", "5 pm", "5 apples") make it text.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, joiners, direction marks, variation selectors, byte-order marks."""
_FRACTIONS = "⁄¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SPELLED: dict[int, int | str] = {
    **{full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-"),
    **{ord(c): unicodedata.normalize("NFKC", c).replace("\u2044", "/") for c in _FRACTIONS},
    0xFFE0: "¢",
    0xFFE1: "£",
    0xFFE5: "¥",
    0x2019: "'",
    0x2103: "°C",
    0x2109: "°F",
}
"""Full-width characters, dashes used as a minus, fractions, and single-character signs."""
_RAISED = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+")
_MIXED = re.compile(rf"(?<=\d)(?=[{_FRACTIONS[1:]}])")
"""Superscript digits are an exponent (10^2); a fraction after a number is a separate word."""

_CURRENCIES = """
$ US$ USD dollar dollars, € EUR euro euros, £ GBP, ¥ JPY yen, ₹ INR Rs rupee rupees, CHF,
CNY yuan 元, ₩ KRW, ₽ RUB, ₺ TRY, ₫ VND, ฿ THB baht, R$ BRL, A$ AUD, C$ CAD, HK$ HKD, ¢ cent cents,
₱ PHP, ₪ ILS, ₿ BTC, zł PLN, kr
"""
_MEASURES = """
% percent per_cent pct, ‰, ° degree degrees, °C, °F,
mm millimeter millimeters millimetre millimetres, cm centimeter centimeters centimetre centimetres,
m meter meters metre metres, km kilometer kilometers kilometre kilometres,
in inch inches, ft foot feet, yd yard yards, mi mile miles, ha hectare hectares,
mg milligram milligrams,
g gram grams, kg kgs kilogram kilograms, lb lbs, oz ounce ounces, pound pounds, ton tons,
ml mL milliliter milliliters millilitre millilitres, l L liter liters litre litres,
gal gallon gallons, ms millisecond milliseconds, s sec secs second seconds,
min mins minute minutes, h hr hrs hour hours, day days, week weeks, month months, year years,
km/h kph, mph mi/h, Hz, kHz, MHz, GHz, mV, V volt volts, mA, mW, W watt watts, kW, MW, kWh,
J joule joules, kJ, cal, kcal, Pa, kPa, MPa, KB kB, MB, GB, TB, kb, Mb, Gb
"""
"""Units, each followed by its other spellings; _ is a space."""
_PER = re.compile(r" ?/ ?|(?:^| )per ", re.IGNORECASE)
_POWER = re.compile(r"(square|sq|cubic) ([^\W\d_]+)|([^\W\d_]+)\^?([23])", re.IGNORECASE)
_POWERED = frozenset(("mm", "cm", "m", "km", "in", "ft", "yd", "mi", "s"))


def _by_spelling(table: str) -> dict[str, str]:
    units = [unit.split() for unit in table.split(",")]
    return {
        spelling.replace("_", " "): spellings[0] for spellings in units for spelling in spellings
    }


_SIGNS = _by_spelling(_CURRENCIES)
_UNITS = _SIGNS | _by_spelling(_MEASURES)
_ANY_CASE = {
    spelling.casefold(): unit
    for spelling, unit in _UNITS.items()
    if len(spelling) > 3
    or (len(spelling) > 1 and spelling[0] not in "mM" and spelling[-1] not in "bB")
}
"""Case counts where it changes the unit: mW is not MW, Gb is not GB, and G is not g."""

_QUANTITY = re.compile(
    r"""(?!\d{3}0s$)(?P<sign>[+-])?
    (?:(?P<before>[^\d\s.,+-]{1,3})[ ]?(?P<inner>[+-])?)?
    (?P<number>(?=\.?\d)
        (?:[1-9]\d{0,2}(?P<separator>[,' ])\d{3}(?:(?P=separator)\d{3})*
          |[1-9]\d?(?:,\d\d)+,\d{3}
          |\d{1,1000})?
        (?:\.\d{1,1000})?
        (?:[eE][+-]?\d{1,6})?)
    (?:[ ]?(?P<after>[^\d\s.,+-]\S{0,15}(?:[ ]\S{1,15}){0,3}))?""",
    re.ASCII | re.VERBOSE,
)
"""Thousands as in 1,234,567 or 1 234 567 or 1'234'567, or Indian as in 12,34,567. A decade (1990s)
is not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with its unit.

    Example: Quantity(number=Decimal("12"), unit="km"); unit="" without a unit
    """

    number: Decimal
    unit: str

    def fits(self, other: "Quantity") -> bool:
        """Return whether both are equal, ignoring a unit that only one of them has."""
        return self.number == other.number and (
            self.unit == other.unit or not self.unit or not other.unit
        )


@lru_cache(maxsize=1024)
def clean(text: str) -> str:
    """Return the text without invisible characters, in one spelling, with single spaces."""
    if not text.isascii():
        text = _MIXED.sub(" ", _INVISIBLE.sub("", text))
        text = _RAISED.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
        text = unicodedata.normalize("NFC", text.translate(_SPELLED))
    return " ".join(text.split())


def quantity(text: str) -> Quantity | None:
    """Parse a number with its unit; None if the text is anything else.

    Example: quantity("12 kilometres") -> Quantity(number=Decimal("12"), unit="km");
    quantity("1, 234") -> None
    """
    found = _QUANTITY.fullmatch(clean(text))
    if found is None or (found["sign"] and found["inner"]):
        return None
    unit = _unit(found["before"] or "", found["after"] or "")
    if unit is None:
        return None
    digits = re.sub("[,' ]", "", found["number"])
    return Quantity(number=Decimal((found["sign"] or found["inner"] or "") + digits), unit=unit)


def _unit(before: str, after: str) -> str | None:
    """Return the text before and after a number as one unit; None if it is not a unit.

    Example: _unit("$", "per hour") -> "$/h"; _unit("", "square metres") -> "m^2"
    """
    if before and (not _is_currency(before) or (after and not _PER.match(after))):
        return None
    whole = f"{before} {after}".strip()
    first, *others = [whole] if _named(whole) else _PER.split(whole)
    units = [_named(first) if first else "", *map(_named, others)]
    known = "/".join(unit for unit in units if unit is not None)
    return None if None in units else _UNITS.get(known, known)


def _named(spelling: str) -> str | None:
    """Return the name of one unit, optionally squared or cubed, or of any currency sign."""
    unit = _UNITS.get(spelling, _ANY_CASE.get(spelling.casefold()))
    if unit or _is_currency(spelling):
        return unit or spelling
    found = _POWER.fullmatch(spelling)
    length = _named(found[2] or found[3]) if found else None
    if found is None or length not in _POWERED:
        return None
    return f"{length}^{found[4] or ('3' if found[1] and found[1].lower() == 'cubic' else '2')}"


def _is_currency(sign: str) -> bool:
    """Return whether it is a currency of the table, or any other currency sign (₦)."""
    known = _UNITS.get(sign, _ANY_CASE.get(sign.casefold()))
    return known in _SIGNS or (len(sign) == 1 and unicodedata.category(sign) == "Sc")
