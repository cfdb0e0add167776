"""Writes rows as departments keep them: CSV as a Chinese Excel saves it, XLSX with a title row.
Every file comes out with the same bytes on every run; the zip inside an XLSX is rebuilt for that."""
import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path

from . import words

ENCODINGS = {"labour": "gb18030"}                  # all others: UTF-8 with byte order mark
WORKBOOKS = {"customers": ("客户档案", ""), "machines": ("车辆档案", "衡川重工产品服务部云岭分公司车辆档案(截至2026-11-08)")}
FIXED_TIME = datetime(2026, 11, 22, 17, 0)
NUMERIC = ("decimal", "integer")


def columns(file: str) -> list[dict[str, str]]:
    return [row for row in words.rows("columns") if row["file"] == file]


def file_name(file: str) -> str:
    return f"{file}.xlsx" if file in WORKBOOKS else f"{file}.csv"


def render(file: str, rows: list[dict]) -> bytes:
    """The bytes of one file: a header row (after a title where there is one) and the rows."""
    wanted = columns(file)
    table = [[_cell(row[c["field"]]) for c in wanted] for row in rows]
    header = [c["header"] for c in wanted]
    if file in WORKBOOKS:
        return _workbook(file, wanted, header, table)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([header, *table])
    encoding = ENCODINGS.get(file, "utf-8-sig")
    return text.getvalue().encode(encoding)


def _cell(value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (list, tuple)):
        return ";".join(value)
    return str(value)


def _workbook(file: str, wanted: list[dict], header: list[str], table: list[list[str]]) -> bytes:
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise SystemExit("openpyxl is missing; install it with: python3 -m pip install openpyxl==3.1.5") from None
    sheet_name, title = WORKBOOKS[file]
    book = Workbook()
    book.properties.created = book.properties.modified = FIXED_TIME
    book.properties.creator = "Fieldcard demo data"
    sheet = book.active
    sheet.title = sheet_name
    if title:
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
        sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    sheet.append(header)
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"B{sheet.max_row + 1}"
    kinds = [c["type"].split()[0] for c in wanted]
    for row in table:
        sheet.append([_typed(text, kind) for text, kind in zip(row, kinds)])
    for i, name in enumerate(header):
        longest = max([2 * len(name)] + [_width(row[i]) for row in table[:200]])
        sheet.column_dimensions[get_column_letter(i + 1)].width = min(longest + 2, 46)
    raw = io.BytesIO()
    book.save(raw)
    return _same_zip_every_time(raw.getvalue())


def _typed(text: str, kind: str):
    if kind in NUMERIC and text:
        return float(text) if "." in text else int(text)
    if kind == "date" and text:
        return date.fromisoformat(text)
    return text or None


def same(one: bytes, other: bytes) -> bool:
    """Whether two files hold the same bytes; of an XLSX the packed files, as zip libraries pack differently."""
    if one[:2] == other[:2] == b"PK":
        return _members(one) == _members(other)
    return one == other


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2000 else 1 for c in text)


def _same_zip_every_time(data: bytes) -> bytes:
    """Copies the archive with fixed times, and fixes the time that the library writes on saving."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _fixed_modified(content)
            info = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            new.writestr(info, content, compresslevel=6)
    return out.getvalue()


def _fixed_modified(xml: bytes) -> bytes:
    start = xml.index(b">", xml.index(b"<dcterms:modified")) + 1
    return xml[:start] + f"{FIXED_TIME:%Y-%m-%dT%H:%M:%SZ}".encode() + xml[xml.index(b"</dcterms:modified"):]


def _text(value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def read(folder: Path, file: str) -> list[dict[str, str]]:
    """Reads one of our files back, by field name, as an import would: text cells, '' for empty."""
    by_header = {c["header"]: c["field"] for c in columns(file)}
    data = (folder / file_name(file)).read_bytes()
    if file in WORKBOOKS:
        from openpyxl import load_workbook
        sheet = load_workbook(io.BytesIO(data), read_only=True).active
        lines = [[_text(v) for v in line] for line in sheet.iter_rows(values_only=True)]
        lines = lines[1:] if WORKBOOKS[file][1] else lines
    else:
        lines = list(csv.reader(io.StringIO(data.decode(ENCODINGS.get(file, "utf-8-sig")), newline="")))
    fields = [by_header[name] for name in lines[0]]
    return [dict(zip(fields, line)) for line in lines[1:]]
