//! What to do at once when a letter speaks of self-harm, for the people of the office. The words
//! stand in a template, the numbers in the policy table.

use crate::clock::local_date;
use crate::letter::Language;
use crate::review::Office;

/// The numbers that hold today; a sentence whose number does not is left out.
pub(super) struct Crisis {
    pub(super) emergency_phone: Option<String>,
    pub(super) lifeline: Option<String>,
    pub(super) lifeline_phone: Option<String>,
    pub(super) spanish_digit: Option<String>,
    pub(super) spanish_text: Option<String>,
}

impl Crisis {
    pub(super) fn of(office: &Office) -> Self {
        let today = local_date(office.clock.now(), &office.organization.zone);
        let fact = |key| office.policy.fact(key, today).and_then(|fact| fact.printed(Language::English));
        Self {
            emergency_phone: fact("crisis.emergency_phone"),
            lifeline: fact("crisis.lifeline"),
            lifeline_phone: fact("crisis.lifeline_phone"),
            spanish_digit: fact("crisis.lifeline_spanish_digit"),
            spanish_text: fact("crisis.lifeline_spanish_text"),
        }
    }
}
