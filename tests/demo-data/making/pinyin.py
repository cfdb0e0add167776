"""Pinyin of part names from two hand-made tables: one reading per character, and the words
in which a character is read otherwise (重型 zhong, 重复 chong). A character that is not in the
table stops the run, so a new word cannot slip in with a guessed reading."""
from functools import lru_cache

from . import words

LONGEST_WORD = 5


@lru_cache(maxsize=None)
def _tables() -> tuple[dict[str, str], dict[str, list[str]]]:
    chars = {c: row["pinyin"] for row in words.rows("pinyin") for c in row["characters"]}
    phrases = {row["word"]: row["pinyin"].split() for row in words.rows("polyphones")}
    return chars, phrases


def _word_at(text: str, start: int) -> list[str] | None:
    phrases = _tables()[1]
    for length in range(LONGEST_WORD, 1, -1):
        if text[start:start + length] in phrases:
            return phrases[text[start:start + length]]
    return None


@lru_cache(maxsize=None)
def syllables(text: str) -> tuple[str, ...]:
    """'主泵总成' → ('zhu', 'beng', 'zong', 'cheng'); Latin letters become one token in capitals."""
    chars = _tables()[0]
    out: list[str] = []
    run, i = "", 0
    while i < len(text):
        if text[i].isascii() and text[i].isalnum():
            run, i = run + text[i].upper(), i + 1
            continue
        if run:
            out.append(run)
            run = ""
        word = _word_at(text, i)
        if word:
            out += word
            i += len(word)
        elif "\u4e00" <= text[i] <= "\u9fff":
            out.append(chars[text[i]])
            i += 1
        else:
            i += 1
    return tuple(out + [run] if run else out)


def full(text: str) -> str:
    """Syllables with blanks between them, in small letters."""
    return " ".join(syllables(text)).lower()


def initials(text: str) -> str:
    """First letters in capitals; what the name has in Latin letters and digits is kept whole."""
    return "".join(s[0].upper() if s.islower() else s for s in syllables(text))
