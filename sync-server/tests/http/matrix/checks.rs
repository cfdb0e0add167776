//! What a check tells whom: its audience stands in the body, where the table of routes cannot see it. Numbers of
//! audiences mean nothing in another org, so that a device may hit its own by chance: there the rows are judged.

use axum::body::Body;
use axum::http::Request;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::page::Page;
use fieldcard_server::accounts::{Role, Roles};
use fieldcard_server::desk::people::move_to;
use fieldcard_server::hub::office::{Actor, OfficeOp};
use serde_json::json;

use super::{World, line};

impl World {
    /// What a check by the phone `name` is answered, or the status that refuses it.
    async fn checked(&self, name: &'static str, ask: &CheckRequest) -> Result<CheckAnswer, u16> {
        let request = Request::post("/v1/check")
            .header("authorization", format!("Bearer {}", self.phones[name].token))
            .body(Body::from(line(ask)));
        let answer = self.local.call(request.unwrap()).await;
        let status = answer.status.as_u16();
        if status == 200 {
            let lines = frame::unpack(&answer.body, frame::RESPONSE_MAX).unwrap();
            Ok(serde_json::from_slice(&lines[0]).unwrap())
        } else {
            Err(status)
        }
    }
}

#[tokio::test]
async fn a_check_tells_of_no_record_that_its_audience_does_not_hold() {
    let (mut here, mut elsewhere) = (World::new(0).await, World::new(100).await);
    let own = here.thing("/v1/check", false).await;
    let foreign = here.thing("/v1/check", true).await;
    let other_org = elsewhere.thing("/v1/check", false).await;
    let wanted: Vec<RecordId> = [&own, &foreign, &other_org].into_iter().filter_map(|one| one.job).collect();
    assert_eq!(wanted.len(), 3);
    let ask = CheckRequest { aud: own.audience, ask: vec![], fetch: wanted, budget: None };
    let told = here.checked("device", &ask).await.unwrap();
    let recs: Vec<RecordId> = told.put.into_iter().flat_map(|table| table.rec).collect();
    assert_eq!(recs, [own.job.unwrap()]);
    assert_eq!((told.asked, told.fetched), (None, None));
}

#[tokio::test]
async fn who_has_left_a_region_compares_it_no_more() {
    let here = World::new(0).await;
    let [east, west] = here.stations;
    let made = here.local.app.run(move |desk| {
        let company = Actor { user: UserId(desk.hub.config().org.0), roles: Roles::of(&[Role::Supervisor]) };
        let rec = desk.hub.new_record().unwrap();
        let fields = json!({"number": "A", "region": east.unit.0});
        let fields = fields.as_object().unwrap().clone();
        desk.hub.office(&company, vec![OfficeOp::create("campaign", rec, None, fields)]).unwrap();
        rec
    });
    let campaign = made.await.unwrap();
    let phone = &here.phones["device"];
    let (token, pull) = (phone.token.clone(), phone.pull());
    let pulled = here.local.app.run(move |desk| desk.hub.sync(&token, &pull).unwrap().pages);
    let holds = |page: &Page| page.put.iter().any(|table| table.rec.contains(&campaign));
    let region = pulled.await.unwrap().iter().find(|page| holds(page)).unwrap().aud;
    let ask = CheckRequest { aud: region, ask: vec![], fetch: vec![campaign], budget: None };
    assert_eq!(here.checked("device", &ask).await.unwrap().put.len(), 1);
    assert_eq!(here.checked("foreign", &ask).await, Err(404), "he never was in it");
    let moved = here.local.app.run(move |desk| {
        let account = desk.accounts.account(east.technician).unwrap().unwrap();
        let units = desk.accounts.units().unwrap();
        let to = units.into_iter().find(|unit| unit.id == west.unit).unwrap();
        let by = UserId(desk.hub.config().org.0);
        move_to(desk, by, &account, &to).unwrap();
    });
    moved.await.unwrap();
    assert_eq!(here.checked("device", &ask).await, Err(404));
}
