//! Service addresses in Philadelphia's forms: taken apart, brought to the City's standard form so
//! that they can be compared, and found in letters.
//!
//! The words and tables lie at the bottom; on them stand house numbers, streets, units and the
//! end of an address; a text that is one address is taken apart by `parse`, running text is
//! searched by `find`.

mod find;
mod likeness;
mod number;
mod parse;
mod places;
mod street;
mod suffix;
mod tables;
mod tail;
mod unit;
mod words;

use std::fmt;

pub use find::{FoundAddress, locate_addresses};
pub use likeness::{Likeness, likeness};
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

    fn standard(text: &str) -> String {
        standard_address(text).unwrap_or_default()
    }

    fn found(text: &str) -> Vec<String> {
        locate_addresses(text).into_iter().map(|found| found.address.to_string()).collect()
    }

    #[test]
    fn the_standard_form_is_the_citys() {
        for (written, wanted) in [
            ("700 south Juniper street", "700 S JUNIPER ST"),
            ("88-92 W. Norris St", "88-92 W NORRIS ST"),
            ("4410-4418 Baring Street, unit 3", "4410-18 BARING ST UNIT 3"),
            ("31 1/2 Elfreth Alley rear", "31 1/2 ELFRETH ALY REAR"),
            ("912 North Twenty Third Street", "912 N 23RD ST"),
            ("912 N 23th st", "912 N 23RD ST"),
            ("66 South St.", "66 SOUTH ST"),
            ("2100 jfk boulevard, 14th floor", "2100 JOHN F KENNEDY BLVD FL 14"),
            ("Two Hundred W. Tulip Way", "200 W TULIP WAY"),
            ("45 Ogontz Ave Apt.6", "45 OGONTZ AVE APT 6"),
            ("45 Ogontz Ave 2nd FL", "45 OGONTZ AVE FL 2"),
            ("45 Ogontz Ave # 2-B, Philadelphia, PA 19141", "45 OGONTZ AVE # 2-B"),
            ("Box 12, P.O. Box 771, Philadelphia PA", "PO BOX 12"),
            ("Tulip St & W Huckle Ave", "TULIP ST & W HUCKLE AVE"),
        ] {
            assert_eq!(standard(written), wanted, "{written}");
        }
    }

    #[test]
    fn misspelt_kinds_of_street_are_repaired_and_names_are_left_alone() {
        for (written, wanted) in [
            ("12 Tulip Strete", "12 TULIP ST"),
            ("12 Tulip Dt", "12 TULIP ST"),
            ("12 Tulip Avnue Apt 2", "12 TULIP AVE APT 2"),
            ("12 Tulip Bolevard", "12 TULIP BLVD"),
            ("12 Tulip Lamne", "12 TULIP LN"),
            ("12 Tulip Rdrd", "12 TULIP RD"),
            ("12 Crystal Lake", "12 CRYSTAL LAKE"),
            ("12 County Line Road", "12 COUNTY LINE RD"),
        ] {
            assert_eq!(standard(written), wanted, "{written}");
        }
    }

    #[test]
    fn spanish_forms_have_the_same_standard_form() {
        for written in
            ["calle Norris 31 oeste", "31 calle W Norris", "31 W. Calle Norris", "Calle Norris Oeste núm. 31"]
        {
            assert_eq!(standard(written), "31 W NORRIS ST", "{written}");
        }
        assert_eq!(standard("Avenida Tulip 12, segundo piso, Filadelfia"), "12 TULIP AVE FL 2");
        assert_eq!(standard("12 Tulip Ave, apartamento 3"), "12 TULIP AVE APT 3");
    }

    #[test]
    fn the_parts_are_told_apart() {
        let address =
            parse_address("88R-92 W. Norris St, Apt 3, 2nd floor, Philadelphia, PA 19121-1234").expect("it is one");
        let street = address.street.clone().expect("it has one");
        assert_eq!((street.pre_direction, street.name.as_str(), street.suffix), (Some("W"), "NORRIS", Some("ST")));
        assert_eq!(address.house_number.as_deref(), Some("88R-92"));
        assert_eq!(address.unit().and_then(|unit| unit.number.as_deref()), Some("3"));
        assert_eq!((address.floor(), address.state), (Some("2"), Some("PA")));
        assert_eq!((address.city.as_deref(), address.zip_code.as_deref()), (Some("PHILADELPHIA"), Some("19121-1234")));
    }

    #[test]
    fn towns_follow_with_and_without_commas() {
        for (written, town) in [
            ("12 Tulip Rd, Upper Darby, PA 19082", "UPPER DARBY"),
            ("12 Tulip Rd Camden NJ", "CAMDEN"),
            ("12 Tulip Pl St Davids PA 19087", "ST DAVIDS"),
            ("12 Tulip Ave Apt 3 Chester Pennsylvania 19013", "CHESTER"),
        ] {
            assert_eq!(parse_address(written).and_then(|address| address.city).as_deref(), Some(town), "{written}");
        }
    }

    #[test]
    fn roads_by_number_boxes_and_misread_states_are_told_apart() {
        let written = |text: &str| parse_address(text).expect("it is one").written;
        let road = written("Junction Highway 76 B, Millville, MO 65625");
        assert_eq!((road.street.as_deref(), road.city.as_deref()), (Some("Highway 76 B"), Some("Millville")));
        let road = written("3904 Route # C, Millville, VT 05250");
        assert_eq!((road.house_number.as_deref(), road.street.as_deref()), (Some("3904"), Some("Route # C")));
        assert_eq!(written("Highways 16 And 63, Millville, MN 55975").house_number, None);
        let lockbox = written("Bin # 7, P O Box 771, Philadelphia PA 19105");
        assert_eq!((lockbox.unit.as_deref(), lockbox.po_box.as_deref()), (Some("Bin # 7"), Some("P O Box 771")));
        let misread = parse_address("12 Tulip St Chicago ll. 60642").expect("it is one");
        assert_eq!((misread.state, misread.city.as_deref()), (Some("IL"), Some("CHICAGO")));
        assert_eq!(written("Market, Millville, PA 17846").street.as_deref(), Some("Market"));
    }

    #[test]
    fn a_range_is_the_same_property_as_its_first_number() {
        assert_eq!(address_key("4410-18 Baring St"), address_key("4410 Baring Street"));
    }

    #[test]
    fn an_address_may_stand_over_several_lines() {
        let text = "Service address:\n12 W Tulip St\nApt 3R\nPhiladelphia, PA 19133\nThank you";
        let found = locate_addresses(text);
        assert_eq!(found[0].address.to_string(), "12 W TULIP ST APT 3R");
        assert_eq!(found[0].address.zip_code.as_deref(), Some("19133"));
        assert!(text[found[0].start..found[0].end].starts_with("12 W") && found[0].confidence > 0.9);
    }

    #[test]
    fn letters_of_both_languages_give_their_addresses() {
        assert_eq!(found("My mother lives at 88 w norris street apt 2, I pay 45 dollars."), ["88 W NORRIS ST APT 2"]);
        assert_eq!(found("our service address is 12 tulip court, unit 3"), ["12 TULIP CT UNIT 3"]);
        assert_eq!(found("the house at 1508 n 29th is empty"), ["1508 N 29TH"]);
        assert_eq!(found("Vivo en la calle Norris 31, Filadelfia, hace 3 años."), ["31 NORRIS ST"]);
        assert_eq!(
            found("Me mudé del 12 Tulip Ave al 31 W. Norris St, piso 2"),
            ["12 TULIP AVE", "31 W NORRIS ST FL 2"]
        );
        assert_eq!(found("write to P.O. Box 771, Philadelphia, PA 19105"), ["PO BOX 771"]);
    }

    #[test]
    fn sentences_with_numbers_are_no_addresses() {
        for text in [
            "I called 3 times on the way home",
            "There are 2 units in the court and 20 years of service. Street by street",
            "5 days later the street was flooded",
            "the 1400 block of the avenue",
            "a new 100 hard drive and 10 million square feet",
            "1. They said I could\n2. Nobody would come, of course",
            "en la calle 2 niños jugaban",
            "recibí 3 cartas el 5 de mayo",
            "reading 12345 on Main Street",
            "call 215-555-0100 Market Street office",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    proptest! {
        #[test]
        fn words_of_addresses_in_any_order_are_read_without_panic(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "12", "12-14", "1/2", "½", "N", "norte", "Calle", "Tulip", "5th", "St", "Streer", "Ave", ",", "\n", "#", "Apt", "2F",
                    "Floor", "2nd", "PO", "Box", "&", "and", "Philadelphia", "PA", "19121", "Twenty", "Highway", "-", "é", "FL", "US",
                ]),
                0..14,
            ),
        ) {
            let text = words.join(" ");
            for found in locate_addresses(&text) {
                prop_assert!(found.start < found.end && found.end <= text.len());
                prop_assert!(!found.address.to_string().is_empty());
            }
            let _ = standard_address(&text);
        }

        #[test]
        fn the_standard_form_is_its_own_standard_form(
            number in 1_u32..9999,
            direction in proptest::sample::select(vec!["", "N ", "South ", "W. "]),
            name in proptest::sample::select(vec!["Tulip", "Old Mill", "5th", "22", "Huckle Green"]),
            suffix in proptest::sample::select(vec!["St", "Street", "Avenu", "Road", "Pl", "Lane"]),
            unit in proptest::sample::select(vec!["", ", Apt 2", " # 3B", ", 2nd floor", " rear"]),
        ) {
            let standard = standard_address(&format!("{number} {direction}{name} {suffix}{unit}"));
            prop_assert!(standard.is_some());
            prop_assert_eq!(standard.as_deref().and_then(standard_address), standard);
        }

        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,200}") {
            let found = find_addresses(&text);
            prop_assert!(found.iter().all(|key| !key.street.is_empty()));
            let _ = address_key(&text);
        }
    }
}
