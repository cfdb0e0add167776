//! From an answer's pages to plans: pure, so that every odd page can be tested without a store.

use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::page::{Page, RowText};

use crate::store::cache::{Change, PagePlan};

/// The plan of one page. Puts come before voids and leaves, so that a row cannot outlive its own going; who leads
/// a job now comes last, since only what was kept is told it.
///
/// `own` are the rows that the page told by number alone.
pub(super) fn plan(page: Page, own: Vec<RowText>, mark: Mark, epoch: &str) -> Result<PagePlan, ApiError> {
    let mut changes = Vec::with_capacity(page.rows());
    changes.extend(own.into_iter().map(Change::Put));
    for table in page.put {
        changes.extend(table.into_texts()?.into_iter().map(Change::Put));
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
