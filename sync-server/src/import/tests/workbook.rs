//! A workbook as a program writes it that nobody checked: one sheet, cells as they are given, merged ranges.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

const SHEETS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Cells by row, `None` for one that is not there, and the ranges that are merged.
pub(super) fn of(rows: &[Vec<Option<&str>>], merged: &[&str]) -> Vec<u8> {
    let mut sheet = format!(r#"<worksheet xmlns="{SHEETS}"><sheetData>"#);
    for (r, row) in (1..).zip(rows) {
        write!(sheet, r#"<row r="{r}">"#).unwrap();
        for (c, text) in row.iter().enumerate().filter_map(|(c, text)| Some((column(c), (*text)?))) {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            write!(sheet, r#"<c r="{c}{r}" t="inlineStr"><is><t>{text}</t></is></c>"#).unwrap();
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData><mergeCells>");
    for range in merged {
        write!(sheet, r#"<mergeCell ref="{range}"/>"#).unwrap();
    }
    sheet.push_str("</mergeCells></worksheet>");
    let book = format!(
        r#"<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets><sheet name="档案" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let related = |kind: &str, target: &str| {
        format!(
            r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", format!(r#"<Types xmlns="{PACKAGE}/content-types"/>"#)),
        ("_rels/.rels", related("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", related("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The letters of a column, from 0.
fn column(n: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n).unwrap());
    if n < 26 { letter(n).to_string() } else { format!("{}{}", letter(n / 26 - 1), letter(n % 26)) }
}
