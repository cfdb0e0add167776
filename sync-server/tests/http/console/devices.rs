//! What the console says of devices after the server itself went back.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_server::accounts::Role;
use serde_json::json;

use super::Office;
use crate::support::Phone;

#[tokio::test]
async fn after_a_restore_the_list_of_devices_says_which_are_not_back() {
    let office = Office::open().await;
    let user = office.person("li", "李", Role::Technician).await;
    let mut phones = office
        .desk(move |desk| {
            [1, 2].map(|n| {
                let code = desk.hub.make_code(user, true).unwrap();
                let mut phone = Phone::enrol(&mut desk.hub, n, &code, Digest::ZERO).unwrap();
                desk.hub.confirm_device(phone.id).unwrap();
                phone.log_in(&mut desk.hub).unwrap();
                desk.hub.sync(&phone.token, &phone.pull()).unwrap();
                phone
            })
        })
        .await;
    let marks = async |office: &Office, mark: &str| {
        let view = office.get("/office/v1/devices").await.json();
        let devices = view["devices"].as_array().unwrap().clone();
        let marked = devices
            .iter()
            .filter(|line| line["marks"].as_array().unwrap().iter().any(|one| one == mark))
            .count();
        (marked, view["restored_at"].is_null(), view["no_backup_since"].is_null())
    };
    assert_eq!(marks(&office, "not_back").await, (0, true, true));
    assert_eq!(marks(&office, "partial").await.0, 2, "both have made one call of their first pull");
    std::thread::sleep(std::time::Duration::from_millis(5));
    office.desk(|desk| desk.hub.restored(0).unwrap()).await;
    assert_eq!(marks(&office, "not_back").await, (2, false, true));
    std::thread::sleep(std::time::Duration::from_millis(5));
    let back = phones[0].create("note", &json!({"text": "在"}));
    let token = phones[0].token.clone();
    office.desk(move |desk| desk.hub.sync(&token, &back).unwrap()).await;
    assert_eq!(marks(&office, "not_back").await.0, 1);
}
