"""The same value in any spelling is one answer, and another value in any spelling is not."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.tasks.files.rows import Rows, gather_rows
from cogitate.types import Task
from cogitate.verify.maths import equivalent, looks_like_maths
from cogitate.verify.strict import same, strict

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u00ad\u2060\ufeff\u202a\u2066"
SPACES = " \t\u00a0\u2009\u202f\u3000"
UNITS = (
    ("km", "kilometres", " kilometer"),
    ("%", " percent", "％"),
    ("$", " USD", " dollars"),
    ("€", " euros", " EUR"),
    ("kg", " kilograms"),
    (" mW",),
    (" MW",),
    ("m²", " m^2"),
)

numbers = st.one_of(
    st.integers(-(10**9), 10**9).map(Decimal),
    st.decimals(-(10**6), 10**6, places=3),
    st.integers(1, 10**25).map(Decimal),
)


def grouped(plain: str, separator: str) -> str:
    whole, point, rest = plain.partition(".")
    return f"{int(whole):,}".replace(",", separator) + point + rest


@st.composite
def spellings(draw: st.DrawFn, number: Decimal) -> str:
    """One way to write a number."""
    plain = f"{number:f}"
    kind = draw(st.sampled_from(["plain", "groups", "exponent", "wide", "zeros", "plus"]))
    if kind == "groups" and not plain.startswith("-0"):
        plain = grouped(plain, draw(st.sampled_from([",", "'", "’", " ", "\u00a0", "\u202f"])))
    if kind == "exponent":
        plain = f"{number:e}"
    if kind == "wide":
        plain = plain.translate({ord("0") + i: ord("０") + i for i in range(10)})
    if kind == "zeros" and "-" not in plain:
        plain = "00" + plain + ("" if "." in plain else ".00")
    if kind == "plus" and "-" not in plain:
        plain = "+" + plain
    plain = plain.replace("-", draw(st.sampled_from(["-", "\u2212", "\u2013"])))
    place = draw(st.integers(0, len(plain)))
    space = draw(st.sampled_from(["", *SPACES]))
    return space + plain[:place] + draw(st.sampled_from(["", *INVISIBLE])) + plain[place:] + space


def both_ways(one: str, other: str, **options: bool) -> bool:
    forth, back = same(one, other, **options), same(other, one, **options)
    assert forth == back, (one, other)
    return forth


@given(st.data(), numbers, numbers)
def test_numbers_are_one_by_value_alone(data: st.DataObject, one: Decimal, other: Decimal) -> None:
    for number in (one, other):
        first, second = data.draw(spellings(one)), data.draw(spellings(number))
        assert both_ways(first, second) == (one == number), (first, second)
        assert both_ways(first, second, units=True, case=True) == (one == number)


@given(st.data(), numbers, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_unit_of_one_side_is_left_out_and_two_are_compared(
    data: st.DataObject, number: Decimal, ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    one = data.draw(spellings(number)).strip() + data.draw(st.sampled_from(ours))
    other = data.draw(spellings(number)).strip() + data.draw(st.sampled_from(theirs))
    assert both_ways(one, other, units=True) == (ours == theirs), (one, other)
    bare, next_one = data.draw(spellings(number)), data.draw(spellings(number + 1))
    assert both_ways(one, bare, units=True)
    assert not both_ways(one, bare), "our own families count units"
    assert not both_ways(one, next_one, units=True)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.data())
def test_texts_are_one_however_they_are_written(text: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["NFC", "NFD"]))
    place = data.draw(st.integers(0, len(text)))
    other = text[:place] + data.draw(st.sampled_from(["", *INVISIBLE])) + text[place:]
    if same(text, text):  # not where nothing can be seen
        assert both_ways(text, unicodedata.normalize(form, text), case=True)
        if not unicodedata.combining(text[place] if place < len(text) else "a"):
            assert both_ways(text, other, case=True)
            assert both_ways(text, f"\u00a0{other}\u3000", units=True)
    assert not same(text, text + "x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$1,234.50", "1234.5"),
        ("US$ 5", "$5"),
        ("5 €", "€5"),
        ("-$5", "$-5"),
        ("EUR 5", "5 Euros"),
        ("50 %", "50"),
        ("₩5,000", "5000"),
        ("10s", "10 seconds"),
        ("12 km", "12"),
        ("12km", "12 KILOMETRES"),
        ("12 KM", "12 km"),
        ("12 KM", "12"),
        ("5 MM", "5 mm"),
        ("12,34,567", "1234567"),
        ("20 ℃", "20 °C"),
        ("0.00001", "1e-05"),
        (".5", "0.5"),
        ("-0", "0"),
        ("co‑op", "co-op"),
        ("Straße", "STRASSE"),
        ("50 per cent", "50%"),
        ("50 PER CENT", "50"),
        ("5 miles per hour", "5 mph"),
        ("5 mi/h", "5 Miles Per Hour"),
        ("5 km per hr", "5 km/h"),
        ("$5/hour", "5"),
        ("$5/hour", "5 dollars per hour"),
        ("5 square metres", "5 m²"),
        ("5 sq ft", "5 ft^2"),
        ("5 m/s²", "5 meters per second^2"),
        ("₦5", "5"),
        ("½", "1/2"),
        ("1½", "1 1/2"),
        ("-½", "-1⁄2"),
        ("10²", "10^2"),
        ("10⁻¹²", "10^-12"),
    ],
)
def test_one_value(one: str, other: str) -> None:
    assert both_ways(one, other, units=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("50 %", "0.5"),
        ("12 km", "12 m"),
        ("$5", "€5"),
        ("$5", "A$5"),
        ("5 mW", "5 MW"),
        ("5 Gb", "5 GB"),
        ("1,2", "12"),
        ("1, 234", "1234"),
        ("0,123", "123"),
        ("1.234,56", "1234.56"),
        ("1,234,56", "123456"),
        ("1,234 567", "1234567"),
        ("5 pm", "5"),
        ("3 quarters", "3"),
        ("5 million", "5"),
        ("Route 66", "66"),
        ("10²", "102"),
        ("10²", "100"),
        ("1½", "11/2"),
        ("½", "0.5"),
        ("5 miles per hour", "5 km/h"),
        ("$5/hour", "$5/day"),
        ("₦5", "$5"),
        ("5 m²", "5 m"),
        ("5 m²", "5 m³"),
        ("5 per cent", "5 cent"),
        ("5 h2", "5"),
        ("kg5", "5"),
        ("$5 and 6", "5"),
        ("24/7", "24"),
        ("5/", "5"),
        ("$5//h", "5"),
        ("3,5", "3.5"),
        ("3,500", "3.5"),
        ("1/2", "12"),
        ("--5", "5"),
        ("1e999999", "1e999998"),
        ("nan", "0"),
        ("inf", "1e999999"),
        ("3, 4", "3"),
        ("\u200b", "\u200b"),
    ],
)
def test_two_values(one: str, other: str) -> None:
    assert not both_ways(one, other, units=True)


def test_nan_is_an_answer_where_it_is_asked_for() -> None:
    assert strict("NaN", "nan").reward == 1
    assert strict("NaN", "NaN, 1").reward == 0


def family(*pairs: tuple[str, str]) -> Rows:
    numbered = enumerate(({"question": q, "answer": a} for q, a in pairs), start=1)
    return Rows("rows", gather_rows("rows", numbered))


def reward(rows: Rows, question: str, target: str, answer: str) -> float | None:
    task = Task(key="", family="", level=1, question=question, target=target)
    return rows.verify(task, answer).reward


def test_case_counts_in_the_file_where_two_answers_differ_by_it() -> None:
    rows = family(("Cobalt?", "Co"), ("Carbon monoxide?", "CO"), ("Sodium?", "Na"))
    assert [reward(rows, "Cobalt?", "Co", a) for a in ("Co", "CO", "co")] == [1, 0, 0]
    assert [reward(rows, "Sodium?", "Na", a) for a in ("Na", "NA")] == [1, 0]
    rows = family(("Cobalt?", "Co"), ("Sodium?", "Na"))
    assert reward(rows, "Cobalt?", "Co", "co") == 1


def test_case_counts_where_the_question_has_the_answer_in_another() -> None:
    words = ("apple", "new york", "École", "river")
    pairs = [(f"Write {word} in capitals.", word.upper()) for word in words]
    rows = family(*pairs, ("Capital of Peru?", "Lima"))
    for (question, target), word in zip(pairs, words, strict=True):
        assert [reward(rows, question, target, a) for a in (target, word)] == [1, 0]
    assert reward(rows, "Capital of Peru?", "Lima", "lima") == 1


def test_words_of_every_question_say_nothing_about_case() -> None:
    rows = family(*((f"True or false: {n} is odd", "true" if n % 2 else "False") for n in range(9)))
    for n in range(9):
        target = "true" if n % 2 else "False"
        assert reward(rows, f"True or false: {n} is odd", target, target.upper()) == 1


def test_an_answer_of_many_questions_says_nothing_about_case() -> None:
    rows = family(("Is it true?", "True"), ("Is snow white?", "True"), ("Is 1 = 2?", "False"))
    assert reward(rows, "Is it true?", "True", "true") == 1


def test_case_counts_though_other_questions_have_the_word() -> None:
    rows = family(
        ("Write apple in capitals.", "APPLE"), ("How many letters has apple?", "5"),
        ("Is an apple a fruit?", "Yes"), ("What is an apple pie?", "cake"),
    )  # fmt: skip
    assert reward(rows, "Write apple in capitals.", "APPLE", "apple") == 0


def test_letters_of_options_are_right_in_any_case() -> None:
    rows = family(("Which: (a) 2 or (b) 3?", "A"), ("Which: (a) 5 or (b) 6?", "B"))
    assert reward(rows, "Which: (a) 2 or (b) 3?", "A", "a") == 1


MATHS = [
    (r"$\$20$", r"\$20", 1),
    (r"\$20", r"$\$20$", 1),
    (r"$\$20$", r"\$21", 0),
    (r"$\le 5$", "5", 0),
    (r"$x \geq 3$", "3", 0),
    (r"$(-\infty, 3]$", "(-∞,3]", 1),
    (r"$(-\infty, 3]$", "(-∞,3)", 0),
    (r"$\infty$", "-∞", 0),
    (r"\frac{1}{2}", "½", 1),
    (r"$x^2$", "x²", 1),
    (r"$x^2$", "x³", 0),
    (r"$6$", "~6", 0),
    ("$10^{5}$", "1e5", 1),
    (r"\frac{1}{2}", "5e-1", 1),
    (r"\frac{1}{2}", "0.5", 1),
    (r"$50\%$", "50", 1),
    (r"$50\%$", "0.5", 0),
    (r"\frac{1}{2}", "50%", 0),
    (r"12\text{ km}", "12 km", 1),
    (r"12\text{ km}", r"$12\text{ m}$", 0),
    (r"\frac{1}{2}\text{ km}", r"\frac{1}{2}\text{ m}", 0),
    (r"$1{,}080$", "1080", 1),
    (r"$90^\circ$", "90 degrees", 1),
    (r"$5\times 10^{-400}$", r"$3\times 10^{-400}$", 0),
    (r"$5\times 10^{-4}$", "0.0005", 1),
    (r"$10^{10^{10}}$", "5", 0),
    (r"$10^{10^{10}}$", r"$10^{10^{10}}$", 1),
    (r"\frac{1}{2}", r"$10^{10^{10}}$", 0),
    (r"\frac{1}{2}", r"$((10^{100})^{100})^{100}$", 0),
    (r"\frac{1}{2}", "1000000!", 0),
    (r"$e^{x^4}$", r"e^{x\cdot x^3}", 1),
    (r"\text{Evelyn}", "Evelyn", 1),
    (r"12\text{ square units}", "12 square units", 1),
    (r"12\text{ square units}", "12", 1),
    (r"\frac{1}{2}", r"x = \frac{1}{2}", 1),
    (r"\frac{1}{2}", r"3 = \frac{1}{2}", 0),
    (r"\frac{1}{2}", r"x = 3 = \frac{1}{2}", 0),
    (r"3\text{ hours and }20\text{ minutes}", "3", 0),
    (r"So $\fbox{22}$.", "22", 0),
    (r"\begin{pmatrix}a\\b\end{pmatrix}", r"\begin{pmatrix} a \\ b \end{pmatrix}", 1),
]


@pytest.mark.parametrize(("target", "answer", "expected"), MATHS)
def test_maths_pays_for_equal_values_alone(target: str, answer: str, expected: float) -> None:
    pytest.importorskip("math_verify")
    assert looks_like_maths(target)
    assert equivalent(target, answer).reward == expected


@pytest.mark.parametrize("text", [r"\d{3}", r"^\w+@\w+$", r"a\n3", r"C:\logs\3", r"c:\Users\3"])
def test_escapes_and_paths_are_no_maths(text: str) -> None:
    rows = family(("Which?", text))
    assert not rows.needs_maths
    assert [reward(rows, "Which?", text, answer) for answer in (text, "3")] == [1, 0]


@pytest.mark.parametrize("prices", ["$5 and $6", "$5$ and $6$", "$5-$6", "$5"])
def test_prices_are_no_maths(prices: str) -> None:
    rows = family(("How much?", prices))
    assert not rows.needs_maths
    assert reward(rows, "How much?", prices, prices) == 1
    assert [reward(rows, "How much?", prices, a) for a in ("$6", "6", "5 and 7")] == [0, 0, 0]


def test_a_number_is_correct_in_latex_too() -> None:
    rows = family(("How much?", "$1,018"), ("Who?", "C$"))
    answers = ("$1018$", r"\$1{,}018", r"\(1018\)", r"1018\text{ dollars}")
    assert [reward(rows, "How much?", "$1,018", answer) for answer in answers] == [1] * 4
    for answer in (r"1018\text{ km}", "$1019$", "~1018", "$1018$ or $1019$"):
        assert reward(rows, "How much?", "$1,018", answer) == 0


def test_a_decade_is_no_number_of_seconds() -> None:
    assert same("1990s", "1990s", units=True)
    assert not any(same("1990s", answer, units=True) for answer in ("1990", "1990 s", "1990 sec"))
