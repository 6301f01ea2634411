//! Service addresses in Philadelphia's forms: taken apart, brought to the City's standard form so
//! that they can be compared, and found in letters.
//!
//! The words and tables lie at the bottom; on them stand house numbers, streets, units and the
//! end of an address; a text that is one address is taken apart by `parse`, running text is
//! searched by `find`.

mod find;
mod number;
mod parse;
mod street;
mod suffix;
mod tables;
mod tail;
mod unit;
mod words;

use std::fmt;

pub use find::{FoundAddress, locate_addresses};
pub use street::Street;
pub use unit::Unit;

/// The normal form of an address: `1608 N BROAD ST` and `2F`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AddressKey {
    /// House number, direction, street and suffix. Of a range the first number stands for all.
    pub street: String,
    /// The unit inside, empty when there is none.
    pub unit: String,
}

/// An address, taken apart. Its `Display` is the City's standard form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The house number, with its letter, half or range: `1608-10`.
    pub house_number: Option<String>,
    /// The street.
    pub street: Option<Street>,
    /// The other street, where two cross.
    pub crossing: Option<Street>,
    /// Units from the building inwards.
    pub units: Vec<Unit>,
    /// The number of a box at the post office.
    pub po_box: Option<String>,
    /// The town, upper case.
    pub city: Option<String>,
    /// The state's code.
    pub state: Option<&'static str>,
    /// The ZIP code as written.
    pub zip_code: Option<String>,
    /// The same parts as they are written.
    pub written: Written,
}

/// The parts of an address as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The house number.
    pub house_number: Option<String>,
    /// The street with direction and kind.
    pub street: Option<String>,
    /// Everything about units and floors.
    pub unit: Option<String>,
    /// The box at the post office.
    pub po_box: Option<String>,
    /// The town.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The postal code.
    pub postcode: Option<String>,
}

impl Address {
    /// The floor, where one is named.
    #[must_use]
    pub fn floor(&self) -> Option<&str> {
        self.units.iter().find(|unit| unit.kind == "FL").and_then(|unit| unit.number.as_deref())
    }

    /// The unit: an apartment or suite before a floor.
    #[must_use]
    pub fn unit(&self) -> Option<&Unit> {
        self.units.iter().rev().find(|unit| unit.kind != "FL").or_else(|| self.units.first())
    }

    /// What the address is compared by; `None` without a house number and a street.
    #[must_use]
    pub fn key(&self) -> Option<AddressKey> {
        let (number, street) = (self.house_number.as_ref()?, self.street.as_ref()?);
        let unit = self.unit().map_or("", |unit| unit.number.as_deref().unwrap_or(unit.kind));
        Some(AddressKey { street: format!("{} {street}", number::low_number(number)), unit: unit.to_owned() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.house_number.clone());
        match (&self.street, &self.crossing) {
            (Some(first), Some(second)) => parts.push(parse::crossing(first, second)),
            (Some(street), None) => parts.push(street.to_string()),
            (None, _) => {}
        }
        for unit in &self.units {
            parts.push(unit.kind.to_owned());
            parts.extend(unit.number.clone());
        }
        if let Some(number) = &self.po_box {
            parts.push(format!("PO BOX {number}"));
        }
        formatter.write_str(&parts.join(" "))
    }
}

/// Takes a text apart that is one address.
#[must_use]
pub fn parse_address(text: &str) -> Option<Address> {
    parse::parse(text)
}

/// The City's standard form of a text that is one address.
#[must_use]
pub fn standard_address(text: &str) -> Option<String> {
    let address = parse_address(text)?;
    (address.street.is_some() || address.po_box.is_some()).then(|| address.to_string())
}

/// The key of a text that is one address; `None` when it is not one.
#[must_use]
pub fn address_key(text: &str) -> Option<AddressKey> {
    parse_address(text)?.key()
}

/// The keys of the addresses in a text, in order, each once.
#[must_use]
pub fn find_addresses(text: &str) -> Vec<AddressKey> {
    let mut seen = std::collections::HashSet::new();
    locate_addresses(text)
        .into_iter()
        .filter_map(|found| found.address.key())
        .filter(|key| seen.insert(key.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(street: &str, unit: &str) -> AddressKey {
        AddressKey { street: street.to_owned(), unit: unit.to_owned() }
    }

    #[test]
    fn one_address_has_one_form_however_it_is_written() {
        for text in
            ["1608 N. Fifth Street, Apt 2F", "1608 North 5th St Apt. 2F, Philadelphia PA 19133", "1608 N 5TH ST #2F"]
        {
            assert_eq!(address_key(text), Some(key("1608 N 5TH ST", "2F")), "{text}");
        }
    }

    #[test]
    fn addresses_are_found_in_running_text() {
        let found = find_addresses("I live at 2217 E Cambria St. since 2019.\nMi casa: 415 W. Girard Avenue, piso 2.");
        assert_eq!(found, [key("2217 E CAMBRIA ST", ""), key("415 W GIRARD AVE", "2")]);
    }

    #[test]
    fn numbers_without_a_street_are_no_address() {
        assert!(find_addresses("I paid 120 dollars on 5 March for 3 months of water").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,200}") {
            let found = find_addresses(&text);
            prop_assert!(found.iter().all(|key| !key.street.is_empty()));
            let _ = address_key(&text);
        }
    }
}
