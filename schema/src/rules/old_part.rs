//! What may become of an old part (旧件), by who pays for the new one.
//!
//! In paid repair the old part is the customer's: he keeps it, leaves it or trades it in. All others get it
//! back or say how it ends; the customer keeps such a part only with a waiver. Which of the allowed ones a
//! brand wants for which part, and by when, is the return policy, not decided here.

use super::code::codes;

codes! {
    /// Who pays for a line (费用归属).
    Payer {
        /// 三包.
        Maker = "maker",
        /// 外购件三包.
        Supplier = "supplier",
        /// 保外.
        Customer = "customer",
        /// 服务活动.
        Campaign = "campaign",
        /// 特批.
        Goodwill = "goodwill",
        /// 返修自担: the department itself.
        Rework = "rework",
        /// 售前.
        PreDelivery = "pre_delivery",
    }
}

codes! {
    /// What becomes of an old part.
    Disposition {
        /// 紧急返厂.
        ReturnUrgent = "return_urgent",
        /// 常规返厂.
        ReturnRoutine = "return_routine",
        /// 留站待通知.
        ReturnOnNotice = "return_on_notice",
        /// 免返(留照片).
        PhotosOnly = "photos_only",
        /// 监督销毁: two people, a photo before and one after.
        DestroyOnSite = "destroy_on_site",
        /// 现场鉴定.
        InspectOnSite = "inspect_on_site",
        /// 供应商取件.
        SupplierCollects = "supplier_collects",
        /// 交有资质单位处置, by transfer manifest.
        Hazardous = "hazardous",
        /// 用户留存.
        CustomerKeeps = "customer_keeps",
        /// 用户放弃: left for disposal.
        CustomerLeaves = "customer_leaves",
        /// 以旧换新.
        TradeIn = "trade_in",
    }
}

/// Whether a part that `payer` replaced may end as `disposition`; `waiver`: the payer gave it up in writing.
pub fn allows(payer: Payer, disposition: Disposition, waiver: bool) -> bool {
    match disposition {
        Disposition::CustomerKeeps => payer == Payer::Customer || waiver,
        Disposition::CustomerLeaves | Disposition::TradeIn => payer == Payer::Customer,
        _ => payer != Payer::Customer,
    }
}

/// What is offered first when nobody has said more.
pub fn usual(payer: Payer) -> Disposition {
    match payer {
        Payer::Maker | Payer::Campaign | Payer::PreDelivery => Disposition::ReturnRoutine,
        Payer::Supplier => Disposition::SupplierCollects,
        Payer::Goodwill | Payer::Rework => Disposition::ReturnOnNotice,
        Payer::Customer => Disposition::CustomerKeeps,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rules::code::Code;

    /// `(payer, disposition)` → `yes`, `waiver` or `default`; what is not listed is not allowed.
    fn table() -> BTreeMap<(Payer, Disposition), String> {
        let text = include_str!("../../tables/old_part_dispositions.csv");
        let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
        let rows = rows.map(|row: Result<(Payer, Disposition, String), _>| row.unwrap());
        rows.map(|(payer, disposition, allowed)| ((payer, disposition), allowed)).collect()
    }

    #[test]
    fn every_payer_allows_what_the_table_says_and_nothing_else() {
        let table = table();
        for payer in Payer::ALL {
            for disposition in Disposition::ALL {
                let said = table.get(&(*payer, *disposition)).map(String::as_str);
                assert!(matches!(said, None | Some("yes" | "waiver" | "default")), "{said:?}");
                let plain = matches!(said, Some("yes" | "default"));
                assert_eq!(allows(*payer, *disposition, false), plain, "{payer:?} {disposition:?}");
                assert_eq!(allows(*payer, *disposition, true), said.is_some(), "{payer:?} {disposition:?}");
                assert_eq!(
                    usual(*payer) == *disposition,
                    said == Some("default"),
                    "{payer:?} {disposition:?}"
                );
            }
        }
    }

    #[test]
    fn in_warranty_the_customer_keeps_a_part_only_with_a_waiver() {
        assert!(!allows(Payer::Maker, Disposition::CustomerKeeps, false));
        assert!(allows(Payer::Maker, Disposition::CustomerKeeps, true));
        assert!(!allows(Payer::Maker, Disposition::CustomerLeaves, true));
    }
}
