//! Which tables and columns an import knows: `schema/tables/import_columns.csv`, written by hand.
//!
//! A header is found under titles by its words, Chinese or English, or the field's own name. What a cell may
//! say is in [`super::cells`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::read::Line;
use super::report::{Code, Problem};

/// Lines in which a header is looked for.
const HEADER_WITHIN: usize = 30;

/// One known column.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Column {
    /// The table.
    file: String,
    /// Header in Chinese: what problems name.
    pub(super) zh: String,
    en: String,
    /// The name by which the importer asks for it.
    pub(super) field: String,
    /// `text`, `code`, `phone`, `date`, `time`, `decimal`, `integer`, `money`, `flag` or `list`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    required: String,
    /// Lists whose words it takes, with blanks between.
    pub(super) list: String,
}

impl Column {
    /// Whether every row must fill it.
    pub(super) fn is_required(&self) -> bool {
        self.required == "yes"
    }
}

const TABLE: &str = include_str!("../../../schema/tables/import_columns.csv");

static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    csv::Reader::from_reader(TABLE.as_bytes()).deserialize().filter_map(Result::ok).collect()
});

/// A sheet whose header was found.
pub(super) struct Header {
    /// The table.
    pub(super) table: &'static str,
    /// Place in a line → column.
    pub(super) columns: BTreeMap<usize, &'static Column>,
    /// How many lines stand above the first row.
    pub(super) skip: usize,
}

/// Headers differ by blanks, stars and the width of brackets.
fn plain(header: &str) -> String {
    let narrow = |c: char| match c {
        '（' => '(',
        '）' => ')',
        '／' => '/',
        other => other,
    };
    let kept = header
        .chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '＊' | '\u{feff}' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

fn is_headed(column: &Column, header: &str) -> bool {
    [&column.zh, &column.en, &column.field].into_iter().any(|name| plain(name) == header)
}

/// The tables by name, each with its columns.
fn tables() -> BTreeMap<&'static str, Vec<&'static Column>> {
    let mut tables: BTreeMap<&str, Vec<&Column>> = BTreeMap::new();
    for column in COLUMNS.iter() {
        tables.entry(&column.file).or_default().push(column);
    }
    tables
}

/// The table whose headers a line has most of, and how many; a file's name decides between equals.
fn best(line: &[String], stem: &str) -> Option<(usize, &'static str)> {
    let headers: Vec<String> = line.iter().map(|cell| plain(cell)).collect();
    let score = |(table, columns): (&'static str, Vec<&'static Column>)| {
        let found = columns.iter().filter(|column| headers.iter().any(|h| is_headed(column, h))).count();
        let needed = columns.iter().filter(|column| column.is_required()).count();
        (found > 1 && found * 2 >= needed).then_some((found, table == stem, table))
    };
    let best = tables().into_iter().filter_map(score).max_by_key(|(found, named, _)| (*found, *named));
    best.map(|(found, _, table)| (found, table))
}

/// Finds the header of a sheet. Problems with single columns go to `problems`.
pub(super) fn find(lines: &[Line], file: &str, problems: &mut Vec<Problem>) -> Option<Header> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    let scored = lines.iter().take(HEADER_WITHIN).enumerate();
    let scored =
        scored.filter_map(|(at, (_, cells))| best(cells, stem).map(|(found, table)| (found, at, table)));
    // The first of the best lines: a row may repeat the header further down.
    let (_, at, table) = scored.max_by_key(|(found, at, _)| (*found, std::cmp::Reverse(*at)))?;
    let (row, cells) = &lines[at];
    let mut tell = |column: &str, code| {
        problems.push(Problem { file: file.to_owned(), row: *row, column: column.to_owned(), code });
    };
    let known = tables().remove(table).unwrap_or_default();
    let mut columns: BTreeMap<usize, &'static Column> = BTreeMap::new();
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
        match known.iter().find(|column| is_headed(column, &plain(cell))) {
            None => tell(cell.trim(), Code::ColumnUnknown),
            Some(column) if columns.values().any(|other| other.field == column.field) => {
                tell(&column.zh, Code::ColumnTwice);
            }
            Some(column) => {
                columns.insert(place, column);
            }
        }
    }
    for column in known.iter().filter(|column| column.is_required()) {
        if !columns.values().any(|other| other.field == column.field) {
            tell(&column.zh, Code::ColumnMissing);
        }
    }
    Some(Header { table, columns, skip: at + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &[&[&str]]) -> Vec<Line> {
        (1..).zip(rows).map(|(n, row)| (n, row.iter().map(|c| (*c).to_owned()).collect())).collect()
    }

    #[test]
    fn every_line_of_the_table_is_a_column() {
        assert_eq!(COLUMNS.len(), TABLE.lines().count() - 1);
        for (table, columns) in tables() {
            for column in &columns {
                let same = columns.iter().filter(|other| is_headed(other, &plain(&column.zh))).count();
                assert_eq!(same, 1, "{table} {}", column.zh);
            }
        }
    }

    #[test]
    fn a_header_is_found_under_titles_and_by_its_words() {
        let sheet = lines(&[
            &["云岭分公司车辆档案(截至2026-11-08)"],
            &[],
            &[
                "出厂编号 *",
                "品牌",
                "机型",
                "机型类别",
                "Vin",
                "出厂日期",
                "销售状态",
                "使用工况",
                "服务站",
                "我的备注",
            ],
            &["A", "HC"],
        ]);
        let mut problems = Vec::new();
        let header = find(&sheet, "x/what.xlsx", &mut problems).unwrap();
        assert_eq!((header.table, header.skip, header.columns.len()), ("machines", 3, 9));
        assert_eq!(problems.len(), 1);
        assert_eq!(
            (problems[0].column.as_str(), problems[0].code, problems[0].row),
            ("我的备注", Code::ColumnUnknown, 3)
        );
    }

    #[test]
    fn missing_and_doubled_columns_are_told() {
        let sheet = lines(&[&["件号", "名称", "名称", "单位", "部件组", "单价（元）"]]);
        let mut problems = Vec::new();
        assert_eq!(find(&sheet, "parts.csv", &mut problems).unwrap().table, "parts");
        let codes: Vec<Code> = problems.iter().map(|p| p.code).collect();
        assert_eq!(codes[0], Code::ColumnTwice);
        assert!(codes[1..].iter().all(|code| *code == Code::ColumnMissing) && codes.len() > 3);
        assert!(find(&lines(&[&["a", "b"], &["1"]]), "parts.csv", &mut problems).is_none());
    }

    #[test]
    fn a_sheet_of_two_hundred_columns_is_read() {
        let mut row = vec![
            "件号",
            "名称",
            "英文名称",
            "单位",
            "部件组",
            "序列号管理",
            "易损件",
            "危险品",
            "辅料",
            "单价(元)",
        ];
        let more: Vec<String> = (0..200).map(|n| format!("列{n}")).collect();
        row.extend(more.iter().map(String::as_str));
        let mut problems = Vec::new();
        let header = find(&lines(&[&row]), "x.csv", &mut problems).unwrap();
        assert_eq!((header.columns.len(), problems.len()), (10, 200));
    }
}
