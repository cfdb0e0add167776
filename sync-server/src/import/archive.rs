//! Customers, machines and campaigns: the office's records, each under an id made of its code, serial or number.

use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::campaign::Campaign;
use fieldcard_schema::record::customer::{Contact, Customer};
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::rules::lists;
use fieldcard_schema::wire::error::ApiError;
use serde_json::json;

use super::people::Staff;
use super::plan::{Plan, Stop, also, row_by_row};
use super::report::Code;
use super::rows::Row;

/// Plans the three tables.
pub(super) fn plan(plan: &mut Plan<'_>, staff: &Staff) -> Result<(), ApiError> {
    let tables = plan.tables;
    row_by_row(tables.rows("customers"), |row| {
        let wanted = plan.wanted(Customer::KIND, &row.key("customers"), customer(row));
        plan.push("customers", row, 0, vec![wanted]);
        Ok(())
    })?;
    row_by_row(tables.rows("campaigns"), |row| {
        let set = campaign(plan, row, staff)?;
        let wanted = plan.wanted(Campaign::KIND, &row.key("campaigns"), set);
        plan.push("campaigns", row, 0, vec![wanted]);
        Ok(())
    })?;
    row_by_row(tables.rows("machines"), |row| {
        let mut set = machine(row);
        if let Some(customer) = plan.reference(row, ("customer_code", "客户编号"), Customer::KIND)? {
            set.insert("customer".into(), json!(customer));
        }
        let wanted = plan.wanted(Machine::KIND, &row.key("machines"), set);
        plan.push("machines", row, 0, vec![wanted]);
        Ok(())
    })
}

fn customer(row: &Row) -> Fields {
    let contact = |n: u8| {
        let cell = |what: &str| row.own(&format!("contact{n}_{what}"));
        let contact =
            Contact { name: cell("name"), role: cell("role"), phone: cell("phone"), rest: Fields::new() };
        (contact != Contact::default()).then_some(contact)
    };
    let mut fields = Customer {
        code: row.own("customer_code"),
        name: row.own("name"),
        kind: row.own("kind"),
        phone: row.own("contact1_phone"),
        address: row.own("address"),
        county: row.own("county"),
        contacts: (1..=3).filter_map(contact).collect(),
        notes: row.own("note"),
        ..Customer::default()
    }
    .to_fields();
    also(
        &mut fields,
        [("short_name", row.text("short_name").map(Into::into)), ("town", row.text("town").map(Into::into))],
    );
    fields
}

/// A campaign that names no part of the org tree is for everybody.
fn campaign(plan: &mut Plan<'_>, row: &Row, staff: &Staff) -> Result<Fields, Stop> {
    let region = match row.text("region") {
        None => None,
        Some(code) => {
            let Some(unit) = staff.unit(plan, code) else {
                plan.tell(row, "适用机构", Code::UnknownReference);
                return Err(Stop::Row);
            };
            Some(unit.0.to_string())
        }
    };
    let campaign = Campaign {
        number: row.own("campaign"),
        brand: row.own("brand"),
        name_zh: row.own("name_zh"),
        name_en: row.own("name_en"),
        model: row.own("model"),
        serial_from: row.own("serial_from"),
        serial_to: row.own("serial_to"),
        starts_on: row.own("starts_on"),
        ends_on: row.own("ends_on"),
        part: row.own("part_number"),
        qty: row.int("quantity").map(|number| number.to_string()),
        hours: row.own("hours"),
        region,
        ..Campaign::default()
    };
    Ok(campaign.to_fields())
}

fn machine(row: &Row) -> Fields {
    let meters: Vec<&str> = lists::list("meters")
        .iter()
        .map(|meter| meter.code.as_str())
        .filter(|code| row.text(code).is_some())
        .collect();
    let last: Vec<_> = meters
        .iter()
        .map(|code| json!({"meter": code, "value": row.text(code), "on": row.text("read_on")}))
        .collect();
    let mut fields = Machine {
        brand: row.own("brand"),
        family: row.own("family"),
        model: row.own("model"),
        serial: row.own("serial"),
        frame_no: row.own("vin"),
        engine_no: row.own("engine_number"),
        plate: row.own("plate"),
        built_on: row.own("built_on"),
        delivered_on: row.own("delivered_on"),
        meters: meters.iter().map(|code| (*code).to_owned()).collect(),
        use_class: row.own("use_class"),
        ..Machine::default()
    }
    .to_fields();
    also(
        &mut fields,
        [
            // What people say for short is the end of the serial number; what they call a machine is another thing.
            ("tail", row.text("tail").map(Into::into)),
            ("sold_on", row.text("sold_on").map(Into::into)),
            ("sale_state", row.text("sale_state").map(Into::into)),
            ("contract", row.text("contract").map(Into::into)),
            ("station", row.text("station").map(Into::into)),
            ("last_readings", (!last.is_empty()).then(|| last.into())),
        ],
    );
    fields
}
