"""Rewrites the tables of README.md, between its two marks, from columns.csv and codes.csv."""
from itertools import groupby
from pathlib import Path

from . import words, writing

BEGIN, END = "<!-- tables: written by make.py -->", "<!-- end of tables -->"


def tables_text() -> str:
    lines = []
    for file, rows in groupby(words.rows("columns"), key=lambda row: row["file"]):
        lines += [f"### {writing.file_name(file)}", "", "| column | field | type | required | from | example |", "|---|---|---|---|---|---|"]
        for row in rows:
            cells = (row["header"], f"`{row['field']}`", row["type"], row["required"], row["codes"], row["example"])
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["### Codes", "", "| list | codes |", "|---|---|"]
    lines += [f"| {row['list']} | {' · '.join(row['codes'].split())} |" for row in words.rows("codes")]
    return "\n".join(lines) + "\n"


def refresh(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{tables_text()}{END}{after}", encoding="utf-8")
