//! From an answer's pages to plans: pure, so that every odd page can be tested without a store.

use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::page::Page;

use crate::store::cache::{Change, PagePlan};

/// The plan of one page. Puts come before voids and leaves, so that a row cannot outlive its own going; who leads
/// a job now comes last, since only what was kept is told it.
pub(super) fn plan(page: Page, mark: Mark, epoch: &str) -> Result<PagePlan, ApiError> {
    let mut changes = Vec::with_capacity(page.rows());
    for table in page.put {
        changes.extend(table.into_rows()?.into_iter().map(|row| Change::Put(row.rec, row.state)));
    }
    changes.extend(page.void.into_iter().map(|(rec, ver)| Change::Void(rec, ver)));
    changes.extend(page.leave.into_iter().map(Change::Leave));
    changes.extend(page.now_with.into_iter().map(|(job, lead)| Change::NowWith(job, lead)));
    Ok(PagePlan {
        audience: page.aud,
        cursor: page.cursor,
        partial: page.partial,
        changes,
        mark,
        epoch: epoch.to_owned(),
    })
}
