"""The grammar: operations on numbers, words, texts and dictionaries, by type.

    Operation("first", "take the first K numbers", "X[:K]", ("[:K]", "[-K:]"), values=(2, 3, 4))

Every operation is defined for every value of its type, and its clause determines what it does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBERS, WORDS, TEXT, NUMBER, COUNTS = "list[int]", "list[str]", "str", "int", "dict[str, int]"
VARIABLES = {NUMBERS: "numbers", WORDS: "words", TEXT: "text", NUMBER: "number", COUNTS: "counts"}
"""Type -> the variable that holds such a value."""
Value = int | str | None
_INTEGER = re.compile(r"(?<![\w\"'.])\d+(?![\w\"'])")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation; X stands for its input and K for its parameter.

    Example: Operation("times", "multiply each number by K", "[n * K for n in X]", ("*", "+"),
    values=(2, 3))
    """

    name: str
    says: str
    """Clause of the docstring, as an order."""
    code: str
    """Expression."""
    slips: Sequence[str] = ()
    """Mistakes, in pairs: a part of `code`, and what is put in its place."""
    values: Sequence[Value] = (None,)
    """Values that K may have."""

    def clause(self, value: Value) -> str:
        """Return the clause for a value of K."""
        return _filled(self.says, value)

    def expression(self, value: Value) -> str:
        """Return the expression in X for a value of K."""
        return _filled(self.code, value)

    def mutants(self, value: Value) -> list[str]:
        """Return wrong expressions in X; some of them may be equivalent to the correct one."""
        code = self.code
        wrong = [
            code.replace(part, other)
            for part, other in zip(self.slips[::2], self.slips[1::2], strict=True)
        ]
        wrong += [
            f"{code[: found.start()]}{int(found[0]) + 1}{code[found.end() :]}"
            for found in _INTEGER.finditer(code)
        ]
        near = [value - 1, value + 1] if isinstance(value, int) else []
        filled = [_filled(mutant, value) for mutant in wrong]
        return filled + [_filled(code, other) for other in near]


def _filled(text: str, value: Value) -> str:
    return re.sub(r"\bK\b", repr(value), text)


_SMALL, _FEW, _LETTERS, _VOWELS = (2, 3, 4, 5, 6, 7, 8, 9), (2, 3, 4), tuple("aeinorst"), '"aeiou"'
_O = Operation
TABLE: dict[tuple[str, str], Sequence[Operation]] = {
    (NUMBERS, NUMBERS): (
        _O("even", "keep only the even numbers", "[n for n in X if n % 2 == 0]", ("==", "!=")),
        _O("odd", "keep only the odd numbers", "[n for n in X if n % 2 == 1]", ("== 1", "== 0")),
        _O("positive", "keep only the numbers greater than 0", "[n for n in X if n > 0]",
           (">", ">=", ">", "<")),
        _O("negative", "keep only the numbers less than 0", "[n for n in X if n < 0]",
           ("<", "<=", "<", ">")),
        _O("above", "keep only the numbers greater than K", "[n for n in X if n > K]",
           (">", ">=", ">", "<"), _SMALL),
        _O("at_most", "keep only the numbers that are K or less", "[n for n in X if n <= K]",
           ("<=", "<", "<=", ">"), _SMALL),
        _O("multiples", "keep only the multiples of K (0 is one)", "[n for n in X if n % K == 0]",
           ("== 0", "!= 0", " and n", ""), (3, 4, 5)),
        _O("without", "remove every number that equals K", "[n for n in X if n != K]",
           ("!=", "==", "!=", "<"), _SMALL),
        _O("times", "multiply each number by K", "[n * K for n in X]", ("*", "+", "*", "**"),
           _FEW),
        _O("plus", "add K to each number", "[n + K for n in X]", ("+", "-", "+", "*"), _SMALL),
        _O("minus", "subtract K from each number", "[n - K for n in X]", ("n - K", "K - n"),
           _SMALL),
        _O("squared", "square each number", "[n * n for n in X]", ("*", "+")),
        _O("negated", "change the sign of each number", "[-n for n in X]", ("-n", "-abs(n)")),
        _O("absolute", "replace each number by its absolute value", "[abs(n) for n in X]",
           ("abs(n)", "-n")),
        _O("halved", "divide each number by 2, rounding down", "[n // 2 for n in X]",
           ("n // 2", "int(n / 2)", "//", "%")),
        _O("remainders", "replace each number by its remainder after division by K, from 0 to K - 1",
           "[n % K for n in X]", ("%", "//", "n %", "abs(n) %"), (3, 4, 5, 7)),
        _O("digit_sums", "replace each number by the sum of its decimal digits, ignoring its sign",
           "[sum(int(d) for d in str(abs(n))) for n in X]", ("sum", "max")),
        _O("capped", "replace every number greater than K by K", "[min(n, K) for n in X]",
           ("min", "max"), _SMALL),
        _O("raised", "replace every number less than K by K", "[max(n, K) for n in X]",
           ("max", "min"), _SMALL),
        _O("ascending", "sort the numbers from smallest to largest", "sorted(X)",
           ("(X)", "(X, reverse=True)", "(X)", "(set(X))")),
        _O("descending", "sort the numbers from largest to smallest", "sorted(X, reverse=True)",
           (", reverse=True", "", "sorted(X, reverse=True)", "X[::-1]")),
        _O("by_size", "sort the numbers by absolute value, smallest first, keeping the order of ties",
           "sorted(X, key=abs)", (", key=abs", "", "key=abs", "key=abs, reverse=True")),
        _O("reversed", "reverse the order of the numbers", "X[::-1]",
           ("X[::-1]", "sorted(X, reverse=True)")),
        _O("distinct", "remove repeated numbers, keeping the first of each",
           "list(dict.fromkeys(X))", ("list(dict.fromkeys(X))", "sorted(set(X))",
                                      "(X))", "(X[::-1]))[::-1]")),
        _O("first", "take the first K numbers (all if there are fewer)", "X[:K]",
           ("[:K]", "[-K:]", "[:K]", "[K:]"), _FEW),
        _O("last", "take the last K numbers (all if there are fewer)", "X[-K:]",
           ("[-K:]", "[:K]", "[-K:]", "[K:]"), _FEW),
        _O("rest", "drop the first K numbers", "X[K:]", ("[K:]", "[:-K]"), _FEW),
        _O("cut", "drop the last K numbers", "X[:-K]", ("[:-K]", "[K:]"), _FEW),
        _O("alternate", "keep every second number, beginning with the first", "X[::2]",
           ("[::2]", "[1::2]")),
        _O("running", "replace each number by the sum of all numbers up to and including it",
           "[sum(X[: i + 1]) for i in range(len(X))]", (": i + 1", ": i", ": i + 1", "i:")),
        _O("steps", "replace the numbers by the differences of neighbours, each the later minus the earlier",
           "[b - a for a, b in zip(X, X[1:])]", ("b - a", "a - b", "b - a", "abs(b - a)")),
        _O("pair_sums", "replace the numbers by the sums of each two neighbours",
           "[a + b for a, b in zip(X, X[1:])]", ("a + b", "a * b")),
        _O("pair_maxima", "replace the numbers by the larger of each two neighbours",
           "[max(a, b) for a, b in zip(X, X[1:])]", ("max", "min")),
        _O("weighted", "multiply each number by its position, counting from 1",
           "[i * n for i, n in enumerate(X, 1)]", ("X, 1", "X", "i * n", "i + n")),
        _O("records", "keep only the numbers that are greater than all before them",
           "[n for i, n in enumerate(X) if all(n > m for m in X[:i])]", (">", ">=", ">", "<")),
    ),
    (NUMBERS, NUMBER): (
        _O("total", "add up all numbers (0 if there are none)", "sum(X)", ("sum", "len", "X", "X[1:]")),
        _O("number", "count the numbers", "len(X)", ("len(X)", "len(set(X))", "len", "sum")),
        _O("product", "multiply all numbers together (1 if there are none)", "math.prod(X)",
           ("math.prod", "sum", "math.prod(X)", "math.prod(X) if X else 0")),
        _O("largest", "find the largest number (0 if there are none)", "max(X, default=0)",
           ("max", "min", "default=0", "default=None")),
        _O("smallest", "find the smallest number (0 if there are none)", "min(X, default=0)",
           ("min", "max", "default=0", "default=None")),
        _O("spread", "subtract the smallest number from the largest (0 if there are none)",
           "max(X, default=0) - min(X, default=0)", ("max(X, default=0) - min", "min(X, default=0) - max",
                                                     "- min", "+ min")),
        _O("count_above", "count the numbers greater than K", "sum(n > K for n in X)",
           (">", ">=", ">", "<"), _SMALL),
        _O("count_even", "count the even numbers", "sum(n % 2 == 0 for n in X)", ("== 0", "!= 0")),
        _O("rises", "count how often a number is greater than the one just before it",
           "sum(b > a for a, b in zip(X, X[1:]))", (">", ">=", ">", "<")),
        _O("variety", "count the different numbers", "len(set(X))", ("set(X)", "X")),
        _O("alternating",
           "add up the first, third, fifth number and so on, and subtract all the others",
           "sum(X[::2]) - sum(X[1::2])", ("X[::2]) - sum(X[1::2]", "X[1::2]) - sum(X[::2]")),
        _O("final", "take the last number (0 if there are none)", "X[-1] if X else 0",
           ("[-1]", "[0]", "else 0", "else None")),
    ),
    (NUMBERS, WORDS): (
        _O("strings", "write each number as a string", "[str(n) for n in X]",
           ("str(n)", "str(abs(n))")),
        _O("parities", "replace each number by the word 'even' or 'odd'",
           "['even' if n % 2 == 0 else 'odd' for n in X]", ("== 0", "!= 0")),
        _O("signs", "replace each number by 'plus' if it is greater than 0, else by 'other'",
           "['plus' if n > 0 else 'other' for n in X]", (">", ">=", ">", "<")),
    ),
    (NUMBERS, TEXT): (
        _O("listed", "join the numbers into one string, with K between them",
           "K.join(str(n) for n in X)", ("K", "''", "for n in X", "for n in X[::-1]"),
           ("-", " ", ",", "+")),
    ),
    (NUMBERS, COUNTS): (
        _O("frequencies", "make a dictionary from each number, as a string, to how often it occurs",
           "{str(n): X.count(n) for n in X}", ("X.count(n)", "X.index(n)")),
    ),
    (WORDS, WORDS): (
        _O("upper", "turn each word into upper case", "[w.upper() for w in X]",
           ("upper", "lower", "upper", "capitalize")),
        _O("lower", "turn each word into lower case", "[w.lower() for w in X]",
           ("lower", "upper", "w.lower()", "w")),
        _O("mirrored", "reverse the characters of each word", "[w[::-1] for w in X]",
           ("[w[::-1] for w in X]", "X[::-1]")),
        _O("reversed", "reverse the order of the words", "X[::-1]",
           ("X[::-1]", "[w[::-1] for w in X]")),
        _O("alphabetical", "sort the words as Python does, capital letters first", "sorted(X)",
           ("(X)", "(X, reverse=True)", "(X)", "(X, key=len)")),
        _O("by_length", "sort the words from shortest to longest, keeping the order of ties",
           "sorted(X, key=len)", (", key=len", "", "key=len", "key=len, reverse=True")),
        _O("longest_first", "sort the words from longest to shortest, keeping the order of ties",
           "sorted(X, key=len, reverse=True)", (", reverse=True", "",
                                                "sorted(X, key=len, reverse=True)",
                                                "sorted(X, key=len)[::-1]")),
        _O("distinct", "remove repeated words, keeping the first of each", "list(dict.fromkeys(X))",
           ("list(dict.fromkeys(X))", "sorted(set(X))", "(X))", "(X[::-1]))[::-1]")),
        _O("long", "keep only the words with more than K characters", "[w for w in X if len(w) > K]",
           (">", ">=", ">", "<"), (3, 4, 5)),
        _O("short", "keep only the words with at most K characters", "[w for w in X if len(w) <= K]",
           ("<=", "<", "<=", ">"), (3, 4, 5)),
        _O("holding", "keep only the words that contain a lower-case K", "[w for w in X if K in w]",
           ("K in w", "K not in w", "K in w", "w.startswith(K)"), _LETTERS),
        _O("lacking", "keep only the words that do not contain a lower-case K",
           "[w for w in X if K not in w]", ("K not in", "K in"), _LETTERS),
        _O("starting", "keep only the words that start with a lower-case K",
           "[w for w in X if w.startswith(K)]", ("startswith", "endswith", "w.startswith(K)", "K in w"),
           _LETTERS),
        _O("ending", "keep only the words that end with a lower-case K",
           "[w for w in X if w.endswith(K)]", ("endswith", "startswith", "w.endswith(K)", "K in w"),
           _LETTERS),
        _O("first", "take the first K words (all if there are fewer)", "X[:K]",
           ("[:K]", "[-K:]", "[:K]", "[K:]"), _FEW),
        _O("last", "take the last K words (all if there are fewer)", "X[-K:]",
           ("[-K:]", "[:K]", "[-K:]", "[K:]"), _FEW),
        _O("rest", "drop the first K words", "X[K:]", ("[K:]", "[:-K]"), _FEW),
        _O("alternate", "keep every second word, beginning with the first", "X[::2]",
           ("[::2]", "[1::2]")),
        _O("suffixed", "add K to the end of each word", "[w + K for w in X]", ("w + K", "K + w"),
           ("!", "s", "-", "er")),
        _O("prefixed", "put K in front of each word", "[K + w for w in X]", ("K + w", "w + K"),
           ("un", "#", "-", "re")),
        _O("prefixes", "shorten each word to its first K characters", "[w[:K] for w in X]",
           ("[:K]", "[-K:]", "[:K]", "[K:]"), _FEW),
        _O("tails", "remove the first character of each word", "[w[1:] for w in X]", ("1:", ":-1")),
        _O("vowelless", "remove the letters a, e, i, o and u in lower case from each word",
           f"[''.join(c for c in w if c not in {_VOWELS}) for w in X]", ("not in", "in", "aeiou", "aeio")),
        _O("doubled", "write each word twice, without a space: 'ab' becomes 'abab'",
           "[w * 2 for w in X]", ("w * 2", "w + w[::-1]")),
        _O("numbered", "put the position of each word and a colon in front of it, counting from 1",
           "[f'{i}:{w}' for i, w in enumerate(X, 1)]", ("X, 1", "X", "{i}:{w}", "{w}:{i}")),
    ),
    (WORDS, NUMBERS): (
        _O("lengths", "replace each word by its number of characters", "[len(w) for w in X]",
           ("len(w)", "len(set(w))")),
        _O("letter_counts", "replace each word by how often a lower-case K occurs in it",
           "[w.count(K) for w in X]", ("w.count(K)", "int(K in w)", "count", "find"), _LETTERS),
        _O("vowel_counts", "replace each word by how many of its letters are a, e, i, o or u in lower case",
           f"[sum(c in {_VOWELS} for c in w) for w in X]", ("c in \"", "c not in \"", "aeiou", "aeio")),
    ),
    (WORDS, NUMBER): (
        _O("number", "count the words", "len(X)", ("len(X)", "len(set(X))")),
        _O("variety", "count the different words", "len(set(X))", ("set(X)", "X")),
        _O("letters", "add up the lengths of the words", "sum(len(w) for w in X)",
           ("sum(len(w) for w in X)", "len(X)", "len(w)", "len(set(w))")),
        _O("longest_length", "find the length of the longest word (0 if there are none)",
           "max((len(w) for w in X), default=0)", ("max", "min", "default=0", "default=None")),
        _O("count_starting", "count the words that start with a lower-case K",
           "sum(w.startswith(K) for w in X)", ("startswith", "endswith", "w.startswith(K)", "K in w"),
           _LETTERS),
        _O("count_long", "count the words with more than K characters", "sum(len(w) > K for w in X)",
           (">", ">=", ">", "<"), (3, 4, 5)),
    ),
    (WORDS, TEXT): (
        _O("joined", "join the words into one string, with K between them", "K.join(X)",
           ("K", "''", "(X)", "(X[::-1])"), ("-", " ", ", ", "+", "/")),
        _O("longest", "find the longest word (the first of several; '' if there are none)",
           "max(X, key=len, default='')",
           ("max", "min", "max(X,", "max(X[::-1],", "''", "None", "key=len, ", "")),
        _O("shortest", "find the shortest word (the first of several; '' if there are none)",
           "min(X, key=len, default='')",
           ("min", "max", "min(X,", "min(X[::-1],", "''", "None", "key=len, ", "")),
        _O("initials", "join the first characters of the words into one string",
           "''.join(w[:1] for w in X)", ("[:1]", "[-1:]")),
        _O("finals", "join the last characters of the words into one string",
           "''.join(w[-1:] for w in X)", ("[-1:]", "[:1]")),
    ),
    (WORDS, COUNTS): (
        _O("frequencies", "make a dictionary from each word to how often it occurs",
           "{w: X.count(w) for w in X}", ("X.count(w)", "X.index(w)", "X.count(w)", "len(w)")),
        _O("sizes", "make a dictionary from each word to its number of characters",
           "{w: len(w) for w in X}", ("len(w)", "X.count(w)")),
        _O("places", "make a dictionary from each word to its first position, counting from 0",
           "{w: X.index(w) for w in X}", ("X.index(w)", "X.index(w) + 1", "{w: X.index(w) for w in X}",
                                          "{w: i for i, w in enumerate(X)}")),
    ),
    (TEXT, TEXT): (
        _O("upper", "turn all letters into upper case", "X.upper()", ("upper", "lower", "upper", "title")),
        _O("lower", "turn all letters into lower case", "X.lower()", ("lower", "upper")),
        _O("swapped", "swap upper and lower case of all letters", "X.swapcase()",
           ("swapcase", "upper", "swapcase", "lower")),
        _O("mirrored", "reverse the text", "X[::-1]", ("X[::-1]", "' '.join(X.split()[::-1])")),
        _O("vowelless", "remove the letters a, e, i, o and u in lower case",
           f"''.join(c for c in X if c not in {_VOWELS})", ("not in", "in", "aeiou", "aeio")),
        _O("vowels", "keep only the letters a, e, i, o and u in lower case",
           f"''.join(c for c in X if c in {_VOWELS})", ("c in", "c not in", "aeiou", "aeio")),
        _O("spaceless", "remove all spaces", "X.replace(' ', '')",
           ("replace(' ', '')", "strip()")),
        _O("digitless", "remove all digits", "''.join(c for c in X if not c.isdigit())",
           ("not c", "c", "not c.isdigit", "c.isalpha")),
        _O("digits", "keep only the digits", "''.join(c for c in X if c.isdigit())",
           ("c.isdigit", "not c.isdigit", "isdigit", "isalnum")),
        _O("capitals", "keep only the letters in upper case", "''.join(c for c in X if c.isupper())",
           ("isupper", "islower", "isupper", "isalpha")),
        _O("letters", "keep only the letters", "''.join(c for c in X if c.isalpha())",
           ("isalpha", "isalnum", "c.isalpha", "not c.isalpha")),
        _O("dashed", "replace each space by K", "X.replace(' ', K)",
           ("X.replace(' ', K)", "K.join(X.split())", "' ', K", "' ', K, 1"), ("-", "_", ".")),
        _O("start", "take the first K characters (all if there are fewer)", "X[:K]",
           ("[:K]", "[-K:]", "[:K]", "[K:]"), (3, 4, 5, 6)),
        _O("end", "take the last K characters (all if there are fewer)", "X[-K:]",
           ("[-K:]", "[:K]", "[-K:]", "[K:]"), (3, 4, 5, 6)),
        _O("behind", "drop the first K characters", "X[K:]", ("[K:]", "[:-K]"), _FEW),
        _O("alternate", "keep every second character, beginning with the first", "X[::2]",
           ("[::2]", "[1::2]")),
        _O("repeated", "write the text K times in a row", "X * K", ("X", "X[::-1]"), (2, 3)),
        _O("stretched", "write each character K times in a row", "''.join(c * K for c in X)",
           ("''.join(c * K for c in X)", "X * K"), (2, 3)),
        _O("sorted_characters", "sort the characters as Python does", "''.join(sorted(X))",
           ("(X)", "(X, reverse=True)", "(X)", "(set(X))")),
        _O("distinct", "remove repeated characters, keeping the first of each",
           "''.join(dict.fromkeys(X))", ("dict.fromkeys", "sorted", "(X))", "(X[::-1]))[::-1]")),
        _O("stripped", "remove spaces from both ends", "X.strip(' ')",
           ("strip", "lstrip", "strip", "rstrip")),
        _O("word_order", "split the text at white space and join the words in reverse order, with one space between them",
           "' '.join(X.split()[::-1])", ("[::-1]", "")),
    ),
    (TEXT, WORDS): (
        _O("words", "split the text into words at white space", "X.split()",
           ("split()", "split(' ')", "X.split()", "list(X)")),
        _O("fields", "split the text at each comma", "X.split(',')", ("X.split(',')", "X.split(',', 1)", "(',')", "()")),
        _O("characters", "make a list of the characters", "list(X)", ("list(X)", "X.split()")),
    ),
    (TEXT, NUMBERS): (
        _O("digit_list", "make a list of all digits in the text, as integers",
           "[int(c) for c in X if c.isdigit()]", ("X if", "X[::-1] if")),
        _O("positions", "make a list of the positions of a lower-case K, counting from 0",
           "[i for i, c in enumerate(X) if c == K]", ("(X)", "(X, 1)", "==", "!="), _LETTERS),
        _O("word_lengths", "make a list of the lengths of the words, split at white space",
           "[len(w) for w in X.split()]", ("split()", "split(' ')")),
    ),
    (TEXT, NUMBER): (
        _O("length", "count the characters", "len(X)", ("len(X)", "len(X.split())", "X", "X.strip()")),
        _O("word_count", "count the words, split at white space", "len(X.split())",
           ("split()", "split(' ')")),
        _O("vowel_count", "count the letters a, e, i, o and u in lower case",
           f"sum(c in {_VOWELS} for c in X)", ("c in", "c not in", "aeiou", "aeio")),
        _O("digit_count", "count the digits", "sum(c.isdigit() for c in X)", ("isdigit", "isalnum")),
        _O("digit_total", "add up all digits in the text (0 if there are none)",
           "sum(int(c) for c in X if c.isdigit())", ("sum(int(c)", "sum(1")),
        _O("capital_count", "count the letters in upper case", "sum(c.isupper() for c in X)",
           ("isupper", "islower")),
        _O("occurrences", "count how often a lower-case K occurs", "X.count(K)",
           ("X.count(K)", "int(K in X)", "X.count(K)", "X.lower().count(K)"), _LETTERS),
    ),
    (TEXT, COUNTS): (
        _O("frequencies", "make a dictionary from each character to how often it occurs",
           "{c: X.count(c) for c in X}", ("X.count(c)", "X.index(c)")),
    ),
    (NUMBER, NUMBER): (
        _O("plus", "add K", "X + K", ("+", "-"), _SMALL),
        _O("minus", "subtract K", "X - K", ("X - K", "K - X"), _SMALL),
        _O("times", "multiply by K", "X * K", ("*", "+"), _SMALL),
        _O("squared", "square the number", "X * X", ("*", "+")),
        _O("absolute", "take the absolute value", "abs(X)", ("abs(X)", "-X")),
        _O("quotient", "divide by K, rounding down", "X // K",
           ("X // K", "int(X / K)", "//", "%"), (2, 3, 4, 5)),
        _O("remainder", "take the remainder after division by K, from 0 to K - 1", "X % K",
           ("%", "//", "X", "abs(X)"), (3, 4, 5, 7)),
        _O("capped", "replace the number by K if it is greater than K", "min(X, K)",
           ("min", "max"), _SMALL),
        _O("digit_sum", "add up the decimal digits, ignoring the sign",
           "sum(int(d) for d in str(abs(X)))", ("sum(int(d)", "sum(1", "sum", "max")),
    ),
    (NUMBER, NUMBERS): (
        _O("digits", "make a list of the decimal digits, ignoring the sign",
           "[int(d) for d in str(abs(X))]", ("str(abs(X))", "str(abs(X))[::-1]")),
        _O("bits", "make a list of the binary digits, ignoring the sign",
           "[int(d) for d in format(abs(X), 'b')]", ("format(abs(X), 'b')", "format(abs(X), 'b')[::-1]")),
    ),
    (NUMBER, TEXT): (
        _O("written", "write the number as a string", "str(X)", ("X", "abs(X)")),
        _O("binary", "write the number in binary, with a minus sign if it is negative",
           "format(X, 'b')", ("format(X, 'b')", "bin(X)", "X", "abs(X)")),
    ),
    (COUNTS, COUNTS): (
        _O("above", "keep only the entries whose value is greater than K",
           "{w: n for w, n in X.items() if n > K}", (">", ">=", ">", "<"), _FEW),
        _O("short", "keep only the entries whose key has at most K characters",
           "{w: n for w, n in X.items() if len(w) <= K}", ("<=", "<", "<=", ">"), (3, 4, 5)),
        _O("plus", "add K to each value", "{w: n + K for w, n in X.items()}", ("+", "-"), _FEW),
        _O("times", "multiply each value by K", "{w: n * K for w, n in X.items()}", ("*", "+"),
           _FEW),
        _O("shares", "subtract the smallest value from each value",
           "{w: n - min(X.values()) for w, n in X.items()}", ("min", "max", "n - min(X.values())", "min(X.values()) - n")),
    ),
    (COUNTS, WORDS): (
        _O("keys", "make a list of the keys, sorted as Python does", "sorted(X)",
           ("(X)", "(X, reverse=True)", "sorted", "list")),
        _O("ranking", "make a list of the keys, largest value first, ties sorted as Python does",
           "sorted(X, key=lambda w: (-X[w], w))", ("-X[w]", "X[w]", "(-X[w], w)", "-X[w]")),
    ),
    (COUNTS, NUMBERS): (
        _O("values", "make a list of the values, smallest first", "sorted(X.values())",
           ("sorted", "list", "())", "(), reverse=True)")),
    ),
    (COUNTS, NUMBER): (
        _O("total", "add up all values (0 if there are none)", "sum(X.values())",
           ("sum", "len", "X.values()", "set(X.values())")),
        _O("entries", "count the entries", "len(X)", ("len(X)", "sum(X.values())")),
        _O("largest", "find the largest value (0 if there are none)", "max(X.values(), default=0)",
           ("max", "min", "default=0", "default=None")),
        _O("count_above", "count the values greater than K", "sum(n > K for n in X.values())",
           (">", ">=", ">", "<"), _FEW),
    ),
    (COUNTS, TEXT): (
        _O("top", "find the key with the largest value (of several the first as Python sorts; '' if there are none)",
           "min(X, key=lambda w: (-X[w], w), default='')",
           ("-X[w]", "X[w]", "(-X[w], w)", "-X[w]", "''", "None")),
    ),
}  # fmt: skip
"""(type taken, type given) -> operations."""
