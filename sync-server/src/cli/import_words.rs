//! What an import found wrong, as sentences in Chinese and English: the report itself holds codes only.
//!
//! The list for people is in `docs/operations.md`; a test holds it to these words.

use crate::config::Language;
use crate::import::{Code, Problem};

/// A problem as one line: where, then what in the language asked for, or in both; the code last.
pub(super) fn line(problem: &Problem, language: Option<Language>) -> String {
    let Problem { file, row, column, code } = problem;
    let (zh, en) = sentences(*code);
    let what = match language {
        Some(Language::Zh) => zh.to_owned(),
        Some(Language::En) => en.to_owned(),
        None => format!("{zh} {en}"),
    };
    let place = if column.is_empty() { String::new() } else { format!(" {column}:") };
    format!("{file}:{row}:{place} {what} [{}]", code.text())
}

/// In Chinese and in English.
fn sentences(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::Unreadable => (
            "文件读不出来：不是表格，或编码不认识。",
            "The file cannot be read: it is no table, or in no known encoding.",
        ),
        Code::TooLarge => {
            ("文件、工作表、行或单元格超过上限。", "The file, sheet, line or cell is over its limit.")
        }
        Code::NoHeader => ("找不到已知表格的表头。", "No line has the headers of a known table."),
        Code::ColumnMissing => ("缺少必需的列。", "A column that is needed is not there."),
        Code::ColumnTwice => {
            ("有两列表头相同，只用第一列。", "Two columns have the same header; only the first one is used.")
        }
        Code::ColumnUnknown => ("不认识这一列，已跳过。", "Nobody knows this column; it is passed over."),
        Code::CellMissing => ("必填的单元格是空的。", "A cell that must be filled is empty."),
        Code::NotADate => ("不是日期，或没有这一天。", "This is no date, or there is no such day."),
        Code::NotATime => ("不是日期加时间。", "This is no date with a time."),
        Code::NotANumber => ("不是这里要的数字。", "This is no number of the kind that is wanted here."),
        Code::NotAFlag => ("应填“是”或“否”。", "This must be yes or no."),
        Code::BrokenFormula => ("公式出错，例如 #REF!。", "The formula has failed, as #REF! says."),
        Code::UnknownWord => ("不在可选的词里。", "This is not a word of its list."),
        Code::KeyTwice => {
            ("同一文件里编号重复，只取第一行。", "Another row has the same key; only the first one is taken.")
        }
        Code::UnknownReference => (
            "所指的编号在这些文件和系统里都没有。",
            "What it refers to is neither in these files nor known here.",
        ),
        Code::ChangedHere => (
            "上次导入后有人改过，保持不变。",
            "Somebody has changed it since the last import; it is left alone.",
        ),
        Code::Refused => ("系统没有接受这一行。", "The row was refused."),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_sentence_in_both_languages_and_stands_in_the_manual() {
        let manual = include_str!("../../../docs/operations.md");
        let mut said = BTreeSet::new();
        for code in Code::ALL {
            let (zh, en) = sentences(code);
            assert!(zh.chars().any(|c| ('\u{4e00}'..'\u{a000}').contains(&c)) && zh.ends_with('。'), "{zh}");
            assert!(en.is_ascii() && en.ends_with('.'), "{en}");
            let row = format!("| `{}` | {zh} | {en} |", code.text());
            assert!(manual.contains(&row), "docs/operations.md lacks {row}");
            said.extend([zh, en]);
        }
        assert_eq!(said.len(), 2 * Code::ALL.len(), "two codes say the same");
    }

    #[test]
    fn a_problem_names_file_row_and_column_and_speaks_one_language_or_both() {
        let problem = |column: &str, code| Problem {
            file: "customers.csv".into(),
            row: 4,
            column: column.into(),
            code,
        };
        let missing = problem("名称", Code::CellMissing);
        assert_eq!(
            line(&missing, None),
            "customers.csv:4: 名称: 必填的单元格是空的。 A cell that must be filled is empty. [cell_missing]"
        );
        assert_eq!(
            line(&missing, Some(Language::Zh)),
            "customers.csv:4: 名称: 必填的单元格是空的。 [cell_missing]"
        );
        let refused = problem("", Code::Refused);
        assert_eq!(line(&refused, Some(Language::En)), "customers.csv:4: The row was refused. [refused]");
    }
}
