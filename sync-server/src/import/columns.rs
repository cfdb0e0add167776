//! Which tables and columns an import knows: `schema/tables/import_columns.csv`, written by hand.
//!
//! A header is found under titles by its words, Chinese or English, or the field's own name; it may take two lines
//! with merged cells. What a cell may say is in [`super::cells`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
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

/// What may be a header: what each of its cells may be called, first choice first.
struct Candidate {
    /// Its line, and how many lines it takes.
    at: usize,
    lines: usize,
    names: Vec<Vec<String>>,
}

/// Words that say no more than the header above them: the name of a contact stands under "contact".
const NAMES: [&str; 3] = ["姓名", "名称", "name"];

impl Candidate {
    fn one(at: usize, line: &[String]) -> Self {
        Self { at, lines: 1, names: line.iter().map(|cell| named([cell.as_str()])).collect() }
    }

    /// Two lines, as people merge cells: a header over several columns, each with a word of its own below. Groups
    /// of the same header are numbered.
    fn two(at: usize, above: &[String], below: &[String]) -> Self {
        let text = |line: &[String], place: usize| line.get(place).map_or("", |cell| cell.trim()).to_owned();
        let (mut group, mut counts) = (String::new(), BTreeMap::<String, usize>::new());
        let mut names = Vec::new();
        for place in 0..above.len().max(below.len()) {
            let (top, word) = (text(above, place), text(below, place));
            if !top.is_empty() || word.is_empty() {
                *counts.entry(top.clone()).or_default() += 1;
                group = top;
            }
            let numbered = format!("{group}{}", counts.get(&group).copied().unwrap_or_default());
            names.push(if word.is_empty() {
                named([group.as_str()])
            } else if NAMES.contains(&plain(&word).as_str()) && !group.is_empty() {
                named([group.as_str(), &numbered, &format!("{group}{word}"), &word])
            } else {
                named([&format!("{group}{word}"), &format!("{numbered}{word}"), word.as_str()])
            });
        }
        Self { at, lines: 2, names }
    }

    /// The column of a table that a cell heads.
    fn column(&self, place: usize, columns: &[&'static Column]) -> Option<&'static Column> {
        let mut names = self.names[place].iter();
        names.find_map(|name| columns.iter().copied().find(|column| is_headed(column, name)))
    }

    /// The table of whose headers it has most, and how many; a file's name decides between equals.
    fn best(&self, stem: &str) -> Option<(usize, &'static str)> {
        let score = |(table, columns): (&'static str, Vec<&'static Column>)| {
            let found = (0..self.names.len()).filter_map(|place| self.column(place, &columns));
            let found = found.map(|column| &column.field).collect::<BTreeSet<_>>().len();
            let needed = columns.iter().filter(|column| column.is_required()).count();
            (found > 1 && found * 2 >= needed).then_some((found, table == stem, table))
        };
        let best = tables().into_iter().filter_map(score).max_by_key(|(found, named, _)| (*found, *named));
        best.map(|(found, _, table)| (found, table))
    }
}

fn named<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.into_iter().map(plain).filter(|name| !name.is_empty()).collect()
}

/// The header among the first lines: the best one, a line alone before two, the first before the next, since a row
/// may repeat the header further down.
fn choose(lines: &[Line], stem: &str) -> Option<(Candidate, &'static str)> {
    let first = &lines[..lines.len().min(HEADER_WITHIN)];
    let alone = first.iter().enumerate().map(|(at, (_, cells))| Candidate::one(at, cells));
    let pairs = first.windows(2).enumerate();
    let pairs = pairs.map(|(at, pair)| Candidate::two(at, &pair[0].1, &pair[1].1));
    let scored = alone.chain(pairs).filter_map(|header| header.best(stem).map(|best| (header, best)));
    let key =
        |(header, (found, _)): &(Candidate, (usize, &str))| (*found, Reverse((header.lines, header.at)));
    scored.max_by_key(key).map(|(header, (_, table))| (header, table))
}

/// Finds the header of a sheet. Problems with single columns go to `problems`.
pub(super) fn find(lines: &[Line], file: &str, problems: &mut Vec<Problem>) -> Option<Header> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).to_lowercase();
    let (header, table) = choose(lines, name.split('.').next().unwrap_or_default())?;
    let end = header.at + header.lines;
    let row = lines[end - 1].0;
    let mut tell = |column: &str, code| {
        problems.push(Problem { file: file.to_owned(), row, column: column.to_owned(), code });
    };
    let known = tables().remove(table).unwrap_or_default();
    let mut columns: BTreeMap<usize, &'static Column> = BTreeMap::new();
    for place in (0..header.names.len()).filter(|place| !header.names[*place].is_empty()) {
        match header.column(place, &known) {
            None => {
                let cells = lines[header.at..end].iter().filter_map(|(_, cells)| cells.get(place));
                let shown: Vec<&str> =
                    cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
                tell(&shown.join(" "), Code::ColumnUnknown);
            }
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
    Some(Header { table, columns, skip: end })
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
    fn a_header_of_two_lines_is_read_and_a_row_under_a_header_is_none() {
        let above =
            ["客户编号", "客户名称", "客户类型", "县", "乡镇", "联系人", "", "", "联系人", "", "", "备注"];
        let below = ["", "", "", "", "", "姓名", "角色", "电话", "姓名", "角色", "电话", ""];
        let row = ["KH1", "石料厂", "矿山", "云岭县", "镇", "罗", "机主", "1", "", "", "", "姓名"];
        let mut problems = Vec::new();
        let header = find(&lines(&[&["客户档案"], &above, &below, &row]), "x.xlsx", &mut problems).unwrap();
        assert_eq!((header.table, header.skip, header.columns.len()), ("customers", 3, 12));
        let fields = [5, 6, 7, 8, 9, 10, 11].map(|place| header.columns[&place].field.as_str());
        let contacts = ["contact1_name", "contact1_role", "contact1_phone", "contact2_name", "contact2_role"];
        assert_eq!(fields, [&contacts[..], &["contact2_phone", "note"]].concat()[..]);
        assert!(problems.is_empty(), "{problems:?}");
        let plain =
            ["客户编号", "客户名称", "客户类型", "县", "乡镇", "联系人1", "联系人1角色", "联系人1电话"];
        assert_eq!(find(&lines(&[&plain, &row]), "x.xlsx", &mut problems).unwrap().skip, 1);
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
