//! Which messages of a mailbox are here, by the keys of their arrivals: `UIDVALIDITY:UID`, and
//! `UIDVALIDITY:UID:beginning` for one of which only the beginning was taken.

use std::collections::BTreeMap;

/// Behind the key of a message of which only the beginning is here.
const BEGINNING: &str = ":beginning";

/// The messages that are here, of one numbering of a mailbox.
pub(super) struct Ledger {
    prefix: String,
    /// By UID, whether all of it is here.
    stored: BTreeMap<u32, bool>,
}

impl Ledger {
    /// Where the keys of a numbering begin.
    pub(super) fn prefix(validity: u32) -> String {
        format!("{validity}:")
    }

    /// The ledger of a numbering, from its keys.
    pub(super) fn of(validity: u32, keys: &[String]) -> Self {
        let prefix = Self::prefix(validity);
        let entry = |key: &String| {
            let rest = key.strip_prefix(&prefix)?;
            let (uid, whole) = rest.strip_suffix(BEGINNING).map_or((rest, true), |uid| (uid, false));
            Some((uid.parse().ok()?, whole))
        };
        let stored = keys.iter().filter_map(entry).collect();
        Self { prefix, stored }
    }

    /// The key of a message.
    pub(super) fn key(&self, uid: u32, whole: bool) -> String {
        format!("{}{uid}{}", self.prefix, if whole { "" } else { BEGINNING })
    }

    /// Notes that a message is here.
    pub(super) fn add(&mut self, uid: u32, whole: bool) {
        self.stored.insert(uid, whole);
    }

    /// Whether a message is here, all of it or its beginning.
    pub(super) fn holds(&self, uid: u32) -> bool {
        self.stored.contains_key(&uid)
    }

    /// Whether all of a message is here.
    pub(super) fn holds_all_of(&self, uid: u32) -> bool {
        self.stored.get(&uid).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_tell_what_is_here_and_whether_it_is_whole() {
        let mut ledger = Ledger::of(7, &["7:1".to_owned(), "7:2:beginning".to_owned(), "8:3".to_owned()]);
        assert!(ledger.holds_all_of(1));
        assert!(ledger.holds(2) && !ledger.holds_all_of(2));
        assert!(!ledger.holds(3), "another numbering");
        ledger.add(4, true);
        assert!(ledger.holds_all_of(4));
        assert_eq!((ledger.key(4, true), ledger.key(4, false)), ("7:4".to_owned(), "7:4:beginning".to_owned()));
    }
}
