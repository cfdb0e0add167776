//! From a file's bytes to lines of text cells: CSV in UTF-8, UTF-16 or GB18030, and XLSX.
//!
//! Nothing here knows what a column means. Every limit is told before memory is spent on what breaks it.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use encoding_rs::{Encoding, GB18030, UTF_8};

use super::report::Code;

/// Most bytes of a file.
pub(super) const FILE_MAX: usize = 256 << 20;
/// Most bytes of an XLSX after decompression, counted as they come: what a file says of itself proves nothing.
const SHEET_MAX: u64 = 1 << 30;
/// Most columns of a line.
pub(super) const COLUMNS_MAX: usize = 1_000;

/// One line: its number as the file's owner sees it, from 1, and its cells.
pub(super) type Line = (u64, Vec<String>);

/// The lines of each sheet; a CSV is one sheet.
pub(super) fn sheets(name: &str, bytes: &[u8]) -> Result<Vec<Vec<Line>>, Code> {
    if bytes.len() > FILE_MAX {
        return Err(Code::TooLarge);
    }
    let is_zip = bytes.starts_with(b"PK");
    if is_zip || name.to_lowercase().ends_with("xlsx") {
        workbook(bytes)
    } else {
        csv_lines(bytes).map(|l| vec![l])
    }
}

/// The text of a CSV: by its byte order mark, else UTF-8, else GB18030.
fn decode(bytes: &[u8]) -> Result<String, Code> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let guess = if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { GB18030 };
    let (text, _, has_errors) = marked.unwrap_or(guess).decode(bytes);
    if has_errors || text.contains('\0') { Err(Code::Unreadable) } else { Ok(text.into_owned()) }
}

/// What parts the cells of the first line that has any.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| line.contains([',', ';', '\t'])).unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    [b'\t', b';'].into_iter().find(|d| count(char::from(*d)) > count(',')).unwrap_or(b',')
}

/// Blank lines from `byte` on: the reader passes over them only after it has noted where it is.
fn blank_lines(text: &str, byte: u64) -> u64 {
    let rest = usize::try_from(byte).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\n' | b'\r'));
    blank.filter(|b| **b == b'\n').count() as u64
}

fn csv_lines(bytes: &[u8]) -> Result<Vec<Line>, Code> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| Code::Unreadable)?;
        if record.len() > COLUMNS_MAX {
            return Err(Code::TooLarge);
        }
        let number = record.position().map_or(0, |at| at.line() + blank_lines(&text, at.byte()));
        lines.push((number, record.iter().map(str::to_owned).collect()));
    }
    Ok(lines)
}

/// Refuses an archive that unpacks to more than `most` bytes.
fn expect_unpacked(bytes: &[u8], most: u64) -> Result<(), Code> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Code::Unreadable)?;
    let mut left = most;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|_| Code::Unreadable)?;
        let read = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink());
        left = left.checked_sub(read.map_err(|_| Code::Unreadable)?).ok_or(Code::TooLarge)?;
    }
    Ok(())
}

fn workbook(bytes: &[u8]) -> Result<Vec<Vec<Line>>, Code> {
    expect_unpacked(bytes, SHEET_MAX)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Code::Unreadable)?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|_| Code::Unreadable)?;
        if range.width() > COLUMNS_MAX {
            return Err(Code::TooLarge);
        }
        let first = u64::from(range.start().map_or(0, |(row, _)| row)) + 1;
        let lines =
            (first..).zip(range.rows()).map(|(number, row)| (number, row.iter().map(text_of).collect()));
        sheets.push(lines.collect());
    }
    Ok(sheets)
}

/// A cell as its owner would type it.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Float(number) => number_text(*number),
        Data::Int(number) => number.to_string(),
        Data::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::DateTime(duration) => number_text(duration.as_f64()),
        Data::Error(error) => error.to_string(),
    }
}

/// A number without the digits that binary fractions add: 1812.1, not 1812.0999999999999.
fn number_text(number: f64) -> String {
    let text = format!("{number:.6}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        csv_lines(bytes).unwrap().into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn a_csv_is_read_in_whatever_excel_saved_it() {
        let text = "件号,名称\r\nA1,主泵\r\n";
        let wanted = [vec!["件号", "名称"], vec!["A1", "主泵"]];
        let (gb, ..) = GB18030.encode(text);
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &marked, &gb, &utf16] {
            assert_eq!(cells(bytes), wanted);
        }
        assert_eq!(cells("件号;名称\nA1;主泵\n".as_bytes()), wanted);
        assert_eq!(cells("件号\t名称\nA1\t主泵".as_bytes()), wanted);
    }

    #[test]
    fn lines_keep_their_numbers_behind_cells_of_several_lines() {
        let lines = csv_lines(b"a,b\n\"x\ny\",1\n\n2\n").unwrap();
        assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), [1, 2, 5]);
        assert_eq!(lines[1].1, ["x\ny", "1"]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        for bad in [&b"PK\x03\x04rubbish"[..], b"\0\0\0\0", b"\xff\xff\xff"] {
            assert!(sheets("a.csv", bad).is_err(), "{bad:?}");
        }
        assert_eq!(sheets("a.xlsx", b"hello").unwrap_err(), Code::Unreadable);
        let wide = vec!["x"; COLUMNS_MAX + 1].join(",");
        assert_eq!(sheets("a.csv", wide.as_bytes()).unwrap_err(), Code::TooLarge);
    }

    #[test]
    fn an_archive_is_measured_by_what_comes_out_not_by_what_it_says() {
        use std::io::Write as _;
        const SIZE: u32 = 100_000;
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/sheet.xml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&vec![b' '; SIZE as usize]).unwrap();
        let honest = writer.finish().unwrap().into_inner();
        let limits = |bytes: &[u8]| [1_000, u64::from(SIZE)].map(|most| expect_unpacked(bytes, most));
        assert_eq!(limits(&honest), [Err(Code::TooLarge), Ok(())]);
        let mut lying = honest;
        let told: Vec<usize> =
            (0..lying.len() - 4).filter(|at| lying[*at..at + 4] == SIZE.to_le_bytes()).collect();
        assert!(!told.is_empty());
        for at in told {
            lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        assert!(limits(&lying)[0].is_err());
    }

    #[test]
    fn numbers_of_a_sheet_read_as_typed() {
        for (number, text) in
            [(1812.0, "1812"), (1812.1, "1812.1"), (0.1 + 0.2, "0.3"), (-0.0, "0"), (100.0, "100")]
        {
            assert_eq!(number_text(number), text);
        }
    }
}
