//! Lists as CSV files: UTF-8 with its mark, words of the lists in the reader's language, times of the office.
//!
//! A cell that a spreadsheet would take for a formula is made text: what customers and technicians typed
//! never runs on the machine of who opens the file.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::lists;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::Deserialize;

use crate::console::devices::DevicesView;
use crate::console::exceptions::ExceptionsView;
use crate::console::job_list::JobLine;
use crate::console::people::UsersView;

/// In which language words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// By its code; Chinese when none is named.
    pub fn of(code: Option<&str>) -> Self {
        if code == Some("en") { Self::En } else { Self::Zh }
    }

    /// A word of a list; the code itself where the list does not know it.
    fn word(self, list: &str, code: &str) -> String {
        let entry = lists::list(list).iter().find(|entry| entry.code == code);
        let word = entry.map(|entry| if self == Self::Zh { &entry.zh } else { &entry.en });
        word.map_or(code, String::as_str).to_owned()
    }

    fn heads<const N: usize>(self, heads: [(&str, &str); N]) -> Vec<String> {
        heads.iter().map(|(zh, en)| if self == Self::Zh { *zh } else { *en }.to_owned()).collect()
    }
}

/// The query of a file.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    lang: Option<String>,
}

impl Asked {
    /// The language that was asked for.
    pub fn language(&self) -> Language {
        Language::of(self.lang.as_deref())
    }
}

/// A moment as a spreadsheet reads it, on the office's clock; empty for none.
fn time(at: Option<Timestamp>, offset_minutes: i32) -> String {
    let shifted = at.map(|at| at.plus(i64::from(offset_minutes) * 60_000).0);
    let shown = shifted.and_then(DateTime::from_timestamp_millis);
    shown.map(|shown| shown.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: String) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky { format!("'{cell}") } else { cell }
}

fn file(heads: Vec<String>, rows: Vec<Vec<String>>) -> Result<Vec<u8>, ApiError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![0xef, 0xbb, 0xbf]);
    for row in std::iter::once(heads).chain(rows) {
        writer.write_record(row.into_iter().map(harmless)).map_err(|_| ErrorCode::Internal)?;
    }
    writer.into_inner().map_err(|_| ErrorCode::Internal.into())
}

/// The answer that a browser saves under `name`.
pub fn answer(name: &str, file: Vec<u8>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], file).into_response();
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Lines of the list of jobs.
pub fn jobs(lines: &[JobLine], language: Language, offset: i32) -> Result<Vec<u8>, ApiError> {
    let heads = language.heads([
        ("服务单号", "Number"),
        ("状态", "State"),
        ("业务类型", "Type"),
        ("优先级", "Priority"),
        ("用户", "Customer"),
        ("机型", "Model"),
        ("出厂编号", "Serial number"),
        ("作业地点", "Site"),
        ("服务人员", "Lead"),
        ("报修时间", "Reported"),
        ("计划开始", "Planned from"),
        ("计划结束", "Planned to"),
        ("要求完成", "Due"),
        ("用户确认", "Sign-off"),
        ("例外", "Exceptions"),
        ("设备未上传", "Unsent on devices"),
    ]);
    let word =
        |list: &str, code: Option<&str>| code.map(|code| language.word(list, code)).unwrap_or_default();
    let row = |line: &JobLine| {
        vec![
            line.number.clone().unwrap_or_default(),
            language.word("job_states", line.state.code()),
            word("job_types", line.job_type.as_deref()),
            language.word("priorities", &line.priority),
            line.customer.clone(),
            line.model.clone(),
            line.serial.clone(),
            line.site.clone(),
            line.lead.as_ref().map(|lead| lead.name.clone()).unwrap_or_default(),
            time(line.reported_at, offset),
            time(line.plan_from, offset),
            time(line.plan_to, offset),
            time(line.due, offset),
            word("card_hows", line.sign_off.as_deref()),
            line.exceptions.to_string(),
            line.unsent.map_or(0, |unsent| unsent.ops + unsent.blobs).to_string(),
        ]
    };
    file(heads, lines.iter().map(row).collect())
}

/// Devices.
pub fn devices(view: &DevicesView, language: Language, offset: i32) -> Result<Vec<u8>, ApiError> {
    let heads = language.heads([
        ("人员", "Person"),
        ("单位", "Unit"),
        ("设备", "Device"),
        ("状态", "State"),
        ("版本", "Version"),
        ("最近联系", "Last seen"),
        ("未上传记录", "Unsent entries"),
        ("未上传照片和服务卡", "Unsent photos and cards"),
        ("自", "Since"),
    ]);
    let state = |code: &str| match (language, code) {
        (Language::Zh, "unconfirmed") => "待核对",
        (Language::Zh, "active") => "在用",
        (Language::Zh, _) => "已吊销",
        (Language::En, "unconfirmed") => "Unconfirmed",
        (Language::En, "active") => "In use",
        (Language::En, _) => "Revoked",
    };
    let row = |line: &crate::console::devices::DeviceLine| {
        vec![
            line.owner.name.clone(),
            line.unit.clone(),
            line.label.clone(),
            state(line.state.code()).to_owned(),
            line.app.clone(),
            time(line.seen_at, offset),
            line.unsent.map_or(0, |unsent| unsent.ops).to_string(),
            line.unsent.map_or(0, |unsent| unsent.blobs).to_string(),
            time(line.unsent.map(|unsent| unsent.oldest), offset),
        ]
    };
    file(heads, view.devices.iter().map(row).collect())
}

/// Exceptions, one value a row.
pub fn exceptions(view: &ExceptionsView, language: Language, offset: i32) -> Result<Vec<u8>, ApiError> {
    let heads = language.heads([
        ("服务单号", "Number"),
        ("用户", "Customer"),
        ("原因", "Why"),
        ("记录", "Record"),
        ("字段", "Field"),
        ("值", "Value"),
        ("人员", "Person"),
        ("时间", "Time"),
    ]);
    let rows = view.exceptions.iter().flat_map(|line| {
        line.values.iter().map(move |value| {
            let text = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
            vec![
                line.number.clone().unwrap_or_default(),
                line.customer.clone(),
                line.why.clone(),
                line.kind.clone(),
                line.field.clone().unwrap_or_default(),
                value.shown.clone().unwrap_or(text),
                value.by.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
                time(value.at, offset),
            ]
        })
    });
    file(heads, rows.collect())
}

/// Accounts.
pub fn people(view: &UsersView, language: Language) -> Result<Vec<u8>, ApiError> {
    let heads = language.heads([
        ("账号", "Account"),
        ("姓名", "Name"),
        ("单位", "Unit"),
        ("角色", "Roles"),
        ("停用", "Disabled"),
        ("设备", "Devices"),
    ]);
    let row = |line: &crate::console::people::UserLine| {
        let roles: Vec<String> = line.roles.iter().map(|one| language.word("roles", &one.role)).collect();
        vec![
            line.login.clone(),
            line.name.clone(),
            line.unit_name.clone(),
            roles.join("、"),
            if line.disabled { "1" } else { "" }.to_owned(),
            line.devices.to_string(),
        ]
    };
    file(heads, view.users.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        let rows = vec![["=1+1", "+86", "-5", "@x", "\tx", "a,\"b\"", "王=五"].map(str::to_owned).to_vec()];
        let heads = vec!["x".to_owned(); 7];
        let text = String::from_utf8(file(heads, rows).unwrap()).unwrap();
        let expected = "\u{feff}x,x,x,x,x,x,x\r\n'=1+1,'+86,'-5,'@x,'\tx,\"a,\"\"b\"\"\",王=五\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn times_are_the_offices() {
        // 2025-11-13 07:46:40 UTC.
        assert_eq!(time(Some(Timestamp(1_763_020_000_000)), 480), "2025-11-13 15:46");
        assert_eq!(time(None, 480), "");
    }
}
