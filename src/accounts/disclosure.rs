//! Who may be told what: the table of classes and levels, and the filter that takes from an
//! account's facts what a reader may not know, before any template sees them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::assurance::{Assurance, Standing};
use super::matching::MatchResult;
use super::numbers::find_nine_digits;
use super::personal_data::find_personal_data;
use crate::letter::words::words;

words! {
    /// What sort of fact it is, as far as telling it goes.
    FactClass("class of facts") {
        /// Anybody may know it.
        Public = "public",
        /// That there is such an account.
        Existence = "existence",
        /// Bills, balance, notices.
        Billing = "billing",
        /// Use of water.
        Usage = "usage",
        /// Payments and agreements.
        Payment = "payment",
        /// Programs of assistance, and protections for households, medical ones among them.
        Assistance = "assistance",
        /// Who the accountholder is, and how they are reached.
        Identity = "identity",
    }
}

/// Parts of names under which nothing is ever told, whatever the table says.
const NEVER: &[&str] = &[
    "access_code",
    "ssn",
    "social_security",
    "itin",
    "diagnosis",
    "illness",
    "medical_details",
    "medical_form",
    "password",
    "bank_account",
    "routing",
];

/// The table of who may be told what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureTable {
    /// Where its rules come from.
    #[serde(rename = "source")]
    pub sources: Vec<String>,
    whole: Vec<FactClass>,
    levels: BTreeMap<Standing, BTreeMap<FactClass, Assurance>>,
    scopes: BTreeMap<String, Vec<FactClass>>,
    facts: BTreeMap<String, FactClass>,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DisclosureError {
    /// It is not the right TOML.
    #[error("disclosure table: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A line of it cannot be meant.
    #[error("disclosure table: {0}")]
    Wrong(String),
}

/// Whoever a reply is written to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reader {
    /// How sure it is who they are; nothing is the lowest.
    pub assurance: Option<Assurance>,
    /// What they are to the account.
    pub standing: Standing,
    /// What a contact was named for.
    pub scope: Vec<String>,
    /// Whether two people allowed this one reply to tell the account's facts all the same.
    pub allowed: bool,
}

/// What a reader may be told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// The facts for the templates. With `"withheld": true` they say that the account is known
    /// and nothing more.
    pub account: Option<Value>,
    /// The classes that were kept back.
    pub withheld: Vec<FactClass>,
}

impl From<&MatchResult> for Reader {
    fn from(result: &MatchResult) -> Self {
        Self {
            assurance: Some(result.assurance),
            standing: result.standing,
            scope: result.scope.clone(),
            allowed: false,
        }
    }
}

impl DisclosureTable {
    /// The table that comes with the program.
    pub fn embedded() -> Result<Self, DisclosureError> {
        Self::parse(include_str!("../../templates/disclosure.toml"))
    }

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, DisclosureError> {
        let table: Self = toml::from_str(text)?;
        if let Some(name) = table.facts.keys().find(|name| is_never_told(name)) {
            return Err(DisclosureError::Wrong(format!("`{name}` is never told, so it has no class")));
        }
        if table
            .levels
            .get(&Standing::None)
            .is_some_and(|levels| levels.keys().any(|class| *class != FactClass::Public))
        {
            return Err(DisclosureError::Wrong("a stranger is told public facts only".to_owned()));
        }
        Ok(table)
    }

    /// Whether a reader may be told facts of a class.
    #[must_use]
    pub fn may(&self, reader: &Reader, class: FactClass) -> bool {
        if class == FactClass::Public || reader.allowed {
            return true;
        }
        let needed = self.levels.get(&reader.standing).and_then(|levels| levels.get(&class));
        let sure = needed.is_some_and(|needed| reader.assurance.is_some_and(|level| level >= *needed));
        sure && self.in_scope(reader, class)
    }

    fn in_scope(&self, reader: &Reader, class: FactClass) -> bool {
        match reader.standing {
            Standing::Holder | Standing::Joint => true,
            Standing::None
            | Standing::Authorized
            | Standing::Landlord
            | Standing::Tenant
            | Standing::Executor
            | Standing::Attorney
            | Standing::SocialWorker => {
                class == FactClass::Existence
                    || reader
                        .scope
                        .iter()
                        .any(|word| self.scopes.get(word.as_str()).is_some_and(|classes| classes.contains(&class)))
            }
        }
    }

    /// Whether a reader may be told enough for an answer about the account.
    #[must_use]
    pub fn may_know(&self, reader: &Reader) -> bool {
        self.whole.iter().all(|class| self.may(reader, *class))
    }

    /// What of an account's facts a reader may be told.
    #[must_use]
    pub fn told(&self, reader: &Reader, facts: &Value) -> Told {
        let withheld: Vec<FactClass> =
            FactClass::ALL.iter().copied().filter(|class| !self.may(reader, *class)).collect();
        if self.may_know(reader) {
            let account = self.filtered(facts, "", &|class| self.may(reader, class));
            return Told { account, withheld };
        }
        let account = self.filtered(facts, "", &|class| class == FactClass::Existence && self.may(reader, class));
        let account = account.map(|mut known| {
            known["withheld"] = json!(true);
            known
        });
        Told { account, withheld }
    }

    /// The facts whose class may be told; nothing when none may.
    fn filtered(&self, value: &Value, path: &str, may: &dyn Fn(FactClass) -> bool) -> Option<Value> {
        match value {
            Value::Object(fields) => {
                let mut kept = Map::new();
                for (name, inner) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if !is_never_told(&path)
                        && let Some(inner) = self.filtered(inner, &path, may)
                    {
                        kept.insert(name.clone(), inner);
                    }
                }
                // An empty object in the facts is one; what was emptied here is none.
                (fields.is_empty() || !kept.is_empty()).then_some(Value::Object(kept))
            }
            Value::Array(items) => {
                self.class_of(path).filter(|class| may(*class))?;
                Some(items.iter().filter_map(|item| self.filtered(item, path, may)).collect())
            }
            Value::String(text) if holds_secret(text) => None,
            _ => self.class_of(path).filter(|class| may(*class)).map(|_| value.clone()),
        }
    }

    /// The class of a fact: that of the longest listed name which it is or stands in.
    #[must_use]
    pub fn class_of(&self, path: &str) -> Option<FactClass> {
        let mut name = path;
        loop {
            if let Some(class) = self.facts.get(name) {
                return Some(*class);
            }
            name = name.rsplit_once('.')?.0;
        }
    }
}

fn is_never_told(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    NEVER.iter().any(|part| path.split('.').any(|name| name == *part || name.ends_with(&format!("_{part}"))))
}

/// Whether a text holds a number that is never told: an access code, or one of a person, card or bank.
fn holds_secret(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 8
        && (!find_personal_data(text).is_empty() || !find_nine_digits(text).is_empty())
}

/// A text of the writer's that a reply repeats, without numbers that are never told.
#[must_use]
pub fn repeatable(text: &str) -> String {
    let mut masked = super::personal_data::masked(text);
    for place in find_nine_digits(&masked).into_iter().rev() {
        masked.replace_range(place.start..place.end - 4, "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}");
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> DisclosureTable {
        DisclosureTable::embedded().expect("the embedded table is right")
    }

    fn reader(assurance: Assurance, standing: Standing, scope: &str) -> Reader {
        let scope = scope.split(' ').filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect();
        Reader { assurance: Some(assurance), standing, scope, allowed: false }
    }

    fn facts() -> Value {
        json!({
            "masked": "ending in 1111", "balance": "$5.00", "name": "Ana Vega", "unheard_of": "x",
            "last_bill": { "total": "$5.00", "usage_cf": "500", "access_code": "123456789" },
            "last_payment": { "amount": "$4.00", "method": "account 123-45-6789" },
            "in_tap": false, "findings": { "shutoff": { "no_notice": true, "protected": true, "reasons": ["…"] } },
        })
    }

    #[test]
    fn the_holder_is_told_more_the_surer_it_is() {
        let at = |level| table().told(&reader(level, Standing::Holder, ""), &facts()).account;
        assert_eq!(at(Assurance::A0), None);
        assert_eq!(at(Assurance::A1), Some(json!({ "masked": "ending in 1111", "withheld": true })));
        let told = at(Assurance::A2).expect("the account is told");
        assert_eq!(told["balance"], "$5.00");
        assert!(told.get("name").is_none() && told.get("unheard_of").is_none());
        assert_eq!(told["last_bill"], json!({ "total": "$5.00", "usage_cf": "500" }), "codes are never told");
        assert_eq!(told["last_payment"], json!({ "amount": "$4.00" }), "nor are numbers of persons");
        assert_eq!(at(Assurance::A4).expect("all is told")["name"], "Ana Vega");
    }

    #[test]
    fn a_contact_is_told_what_its_scope_allows() {
        let balance = |standing, level, scope| {
            let told = table().told(&reader(level, standing, scope), &facts()).account;
            told.is_some_and(|told| told.get("balance").is_some())
        };
        assert!(balance(Standing::Authorized, Assurance::A3, "all"));
        assert!(!balance(Standing::Authorized, Assurance::A2, "all"), "assistance needs more");
        assert!(!balance(Standing::Authorized, Assurance::A4, "payments"));
        assert!(!balance(Standing::Authorized, Assurance::A4, ""));
        assert!(!balance(Standing::Landlord, Assurance::A4, "all"));
        assert!(!balance(Standing::None, Assurance::A4, "all"));
    }

    #[test]
    fn two_people_can_allow_one_reply_but_never_a_code() {
        let reader = Reader { allowed: true, ..Reader::default() };
        let told = table().told(&reader, &facts()).account.expect("it was allowed");
        assert_eq!(told["name"], "Ana Vega");
        assert!(told["last_bill"].get("access_code").is_none());
    }

    #[test]
    fn a_table_that_would_tell_too_much_is_refused() {
        let text = include_str!("../../templates/disclosure.toml");
        let with_code = text.replace("masked = \"existence\"", "access_code = \"identity\"");
        assert!(DisclosureTable::parse(&with_code).is_err());
        let strangers = text.replace("[levels.none]\n", "[levels.none]\nbilling = \"A4\"\n");
        assert!(DisclosureTable::parse(&strangers).is_err());
    }

    #[test]
    fn numbers_in_the_writers_own_words_are_not_repeated() {
        assert_eq!(repeatable("my code 123456789"), "my code \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}6789");
        assert!(!repeatable("SSN 123-45-6789").contains("123-45"));
        assert_eq!(repeatable("Bill of May"), "Bill of May");
    }
}
