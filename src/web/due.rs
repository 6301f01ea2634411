//! When a case is due, in words, and why then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::{from_microseconds, local_date};
use crate::letter::{CaseState, Flag};
use crate::store::CaseRow;

/// When a case is due, as people say it.
pub(super) fn due_words(case: &CaseRow, now: Timestamp, zone: &TimeZone) -> String {
    let due = from_microseconds(case.due_at);
    let day = due.to_zoned_datetime(zone.clone()).strftime("%a %d %b").to_string();
    if matches!(case.state, CaseState::Approved { .. } | CaseState::Answered { .. } | CaseState::Closed { .. }) {
        return format!("was due {day}");
    }
    let days = (local_date(due, zone) - local_date(now, zone)).get_days();
    let time = due.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string();
    match (days, due <= now) {
        _ if case.flags.contains(&Flag::Threat) => "at once".to_owned(),
        (0, true) => format!("overdue since {time} today"),
        (-1, true) => format!("overdue since yesterday, {day}"),
        (days, true) => format!("overdue by {} days, since {day}", -days),
        (0, false) => format!("today, {time}"),
        (1, false) => format!("tomorrow, {day}"),
        (days, false) => format!("in {days} days, {day}"),
    }
}

/// Why it is due then.
pub(super) fn due_reason(case: &CaseRow) -> String {
    let urgent: Vec<String> =
        case.flags.iter().filter(|flag| Flag::URGENT.contains(flag)).map(|flag| flag.title()).collect();
    if urgent.is_empty() { "the usual time for an answer".to_owned() } else { format!("urgent: {}", urgent.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CaseId, CaseRef};
    use crate::letter::{Language, Topic};
    use crate::store::CaseAssurance;

    fn case(due: &str, flags: &[Flag]) -> CaseRow {
        CaseRow {
            id: CaseId::from("1".to_owned()),
            reference: CaseRef::new(2026, 1),
            version: 1,
            state: CaseState::Open,
            language: Language::English,
            topics: vec![Topic::Other],
            flags: flags.to_vec(),
            unsure: false,
            urgent: false,
            account_number: None,
            account_decision: "none".to_owned(),
            customer_address: None,
            customer_name: None,
            subject: String::new(),
            opened_at: 0,
            due_at: due.parse::<Timestamp>().expect("a moment").as_microsecond(),
            changed_at: 0,
            assignee_name: None,
            assurance: CaseAssurance::default(),
        }
    }

    #[test]
    fn dates_are_said_as_people_say_them() {
        let now: Timestamp = "2026-11-25T15:00:00Z".parse().expect("a moment");
        let zone = TimeZone::get("America/New_York").expect("the City's zone");
        let said = |due: &str| due_words(&case(due, &[]), now, &zone);
        assert_eq!(said("2026-11-25T20:30:00Z"), "today, 15:30");
        assert_eq!(said("2026-11-25T14:30:00Z"), "overdue since 09:30 today");
        assert_eq!(said("2026-11-26T02:00:00Z"), "today, 21:00");
        assert_eq!(said("2026-11-26T15:00:00Z"), "tomorrow, Thu 26 Nov");
        assert_eq!(said("2026-12-02T15:00:00Z"), "in 7 days, Wed 02 Dec");
        assert_eq!(said("2026-11-24T15:00:00Z"), "overdue since yesterday, Tue 24 Nov");
        assert_eq!(said("2026-11-20T15:00:00Z"), "overdue by 5 days, since Fri 20 Nov");
        let threat = case("2026-11-25T14:30:00Z", &[Flag::Threat, Flag::Tenant]);
        assert_eq!(
            (due_words(&threat, now, &zone).as_str(), due_reason(&threat).as_str()),
            ("at once", "urgent: threat")
        );
    }
}
