//! Philadelphia's addresses, addresses in general, and whether a text holds one.

use penstock::accounts::address::{Address, locate_addresses, parse_address, standard_address};
use serde_json::Value;

use crate::corpus::{Case, Corpora};
use crate::score::{Row, share};

/// The best peer's name and score.
type Peer = Option<(&'static str, f64)>;

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let mut rows = vec![
        standard(corpora, "passyunk", Some(("usaddress + abbreviations", 0.882)), 0.9),
        components(corpora),
        standard(corpora, "phila-derived", Some(("usaddress + abbreviations", 0.165)), 0.95),
    ];
    let general: [(&'static str, Peer, [f64; 2]); 4] = [
        ("usaddress-test", Some(("usaddress", 1.0)), [0.98, 0.97]),
        ("street-address", Some(("usaddress", 0.747)), [0.85, 0.75]),
        ("libpostal", Some(("usaddress", 0.636)), [0.78, 0.6]),
        ("pelias", Some(("usaddress", 0.514)), [0.75, 0.55]),
    ];
    for (set, peer, floors) in general {
        rows.extend(fields(corpora, set, peer, floors));
    }
    rows.extend(presence(corpora));
    rows
}

fn input(case: &Case) -> String {
    String::from_utf8_lossy(&case.input).into_owned()
}

fn row(set: &'static str, measure: &'static str, (right, cases): (usize, usize), peer: Peer, floor: f64) -> Row {
    Row { set, measure, cases, score: share(right, cases), peer, floor }
}

/// The City's standard form, exactly.
fn standard(corpora: &Corpora, set: &'static str, peer: Peer, floor: f64) -> Row {
    let mut counts = (0, 0);
    for case in corpora.cases(set) {
        let Some(wanted) = case.expected["standardized"].as_str() else { continue };
        let found = standard_address(&input(&case)).unwrap_or_default();
        counts.1 += 1;
        if found == wanted {
            counts.0 += 1;
        } else {
            corpora.miss(&format!("{} {}", case.id, input(&case)), wanted, &found);
        }
    }
    row(set, "standard form", counts, peer, floor)
}

/// Unit and floor of the City's own cases, but for those that need its private tables.
fn components(corpora: &Corpora) -> Row {
    let mut counts = (0, 0);
    for case in corpora.cases("passyunk") {
        let Some(wanted) = case.expected["components"].as_object() else { continue };
        if case.line["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == "needs_private_data")) {
            continue;
        }
        let address = parse_address(&input(&case)).unwrap_or_default();
        let right = wanted.iter().all(|(name, value)| value.as_str() == component(&address, name).as_deref());
        counts.1 += 1;
        counts.0 += usize::from(right);
        if !right {
            corpora.miss(&format!("{} {}", case.id, input(&case)), &case.expected.to_string(), &format!("{address:?}"));
        }
    }
    row("passyunk", "unit and floor", counts, None, 0.9)
}

fn component(address: &Address, name: &str) -> Option<String> {
    match name {
        "address_unit.unit_type" => address.unit().map(|unit| unit.kind.to_owned()),
        "address_unit.unit_num" => address.unit().and_then(|unit| unit.number.clone()),
        "floor.floor_type" => address.floor().map(|_| "FL".to_owned()),
        "floor.floor_num" => address.floor().map(ToOwned::to_owned),
        "mailing.zipcode" => address.zip_code.as_deref().map(|code| code.chars().take(5).collect()),
        _ => None,
    }
}

/// The fields as they are written, each by itself and all of a case together.
fn fields(corpora: &Corpora, set: &'static str, peer: Peer, floors: [f64; 2]) -> [Row; 2] {
    let (mut single, mut whole) = ((0, 0), (0, 0));
    for case in corpora.cases(set) {
        let Some(wanted) = case.expected["unified"].as_object().or(case.expected.as_object()) else { continue };
        let wanted: Vec<_> = wanted.iter().filter(|(name, _)| FIELDS.contains(&name.as_str())).collect();
        if wanted.is_empty() {
            continue;
        }
        let standardised = case.line["tags"].to_string().contains("standardised");
        let address = parse_address(&input(&case)).unwrap_or_default();
        let right = wanted.iter().filter(|(name, value)| field_agrees(&address, name, value, standardised)).count();
        single = (single.0 + right, single.1 + wanted.len());
        whole = (whole.0 + usize::from(right == wanted.len()), whole.1 + 1);
        if right < wanted.len() {
            let wanted: Value = wanted.iter().map(|(name, value)| ((*name).clone(), (*value).clone())).collect();
            corpora.miss(
                &format!("{} {}", case.id, input(&case)),
                &wanted.to_string(),
                &format!("{:?}", address.written),
            );
        }
    }
    [row(set, "fields", single, None, floors[0]), row(set, "whole address", whole, peer, floors[1])]
}

const FIELDS: &[&str] = &["house_number", "street", "unit", "po_box", "city", "state", "postcode"];

fn field_agrees(address: &Address, name: &str, value: &Value, standardised: bool) -> bool {
    let written = &address.written;
    let found = match name {
        "house_number" => &written.house_number,
        "street" => &written.street,
        "unit" => &written.unit,
        "po_box" => &written.po_box,
        "city" => &written.city,
        "state" => &written.state,
        _ => &written.postcode,
    };
    let (wanted, found) = (value.as_str().unwrap_or_default(), found.as_deref().unwrap_or_default());
    if folded(wanted) == folded(found) {
        return true;
    }
    // Where a set abbreviates, both sides are compared in one form.
    standardised
        && match name {
            "street" => standard_street(wanted) == standard_street(found),
            "state" => address.state == Some(wanted),
            "postcode" => wanted.len() == 5 && found.starts_with(wanted),
            _ => false,
        }
}

fn standard_street(street: &str) -> Option<String> {
    parse_address(&format!("1 {street}"))?.street.map(|street| street.to_string())
}

fn folded(text: &str) -> String {
    text.to_lowercase().chars().filter(|character| character.is_alphanumeric()).collect()
}

/// Whether a text holds an address.
fn presence(corpora: &Corpora) -> [Row; 2] {
    let (mut found, mut silent) = ((0, 0), (0, 0));
    for case in corpora.cases("pyap") {
        let wanted = case.expected["is_address"].as_bool().unwrap_or_default();
        let right = locate_addresses(&input(&case)).is_empty() != wanted;
        let counts = if wanted { &mut found } else { &mut silent };
        *counts = (counts.0 + usize::from(right), counts.1 + 1);
        if !right {
            corpora.miss(&format!("{} {}", case.id, input(&case)), &wanted.to_string(), &(!wanted).to_string());
        }
    }
    [
        row("pyap", "addresses found", found, Some(("pyap", 1.0)), 0.95),
        row("pyap", "no address, none found", silent, Some(("pyap", 1.0)), 0.9),
    ]
}
