"""Reads the word lists under ../words/. Owns nothing else; every list is a CSV with a header row."""
import csv
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"


@lru_cache(maxsize=None)
def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of words/<name>.csv; every cell is text, a missing cell is ''."""
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        return tuple({k: v or "" for k, v in row.items()} for row in csv.DictReader(file))


def joined(prefix: str) -> tuple[dict[str, str], ...]:
    """The rows of all lists whose name starts with `prefix`, in the order of their names."""
    names = sorted(path.stem for path in FOLDER.glob(f"{prefix}*.csv"))
    return tuple(row for name in names for row in rows(name))


@lru_cache(maxsize=None)
def models() -> dict[str, dict[str, str]]:
    """Models by their short key (E21), which the other lists use."""
    return {row["key"]: row for row in rows("models")}


@lru_cache(maxsize=None)
def names(kind: str) -> tuple[str, ...]:
    """One of the word lists in names.csv."""
    return next(tuple(row["values"].split()) for row in rows("names") if row["kind"] == kind)
