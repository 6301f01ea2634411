//! What is found in a draft before it goes out.

use penstock::letter::{Language, Topic};
use penstock::replies::{Ask, Concern, ConcernKind, Draft, Found, Inspected, Known, Weight, inspect};
use serde_json::json;

use super::{draft, full};

fn known() -> Known<'static> {
    Known {
        names: vec!["Ana Vega".to_owned()],
        recipient: Some("ana@customer.example"),
        addresses: vec!["ana@customer.example".to_owned()],
        posted: false,
        may_know: true,
        ..Known::default()
    }
}

fn concerns(draft: &Draft, body: &str, known: &Known<'_>, asks: &[Ask]) -> Vec<Concern> {
    inspect(&Inspected {
        subject: &draft.subject,
        body,
        language: Language::English,
        facts: &draft.facts,
        template: &draft.template,
        topics: &[Topic::Dispute],
        asks,
        known,
    })
}

fn dispute() -> Draft {
    draft(Language::English, &[Topic::Dispute], Some(full(Language::English)))
}

fn kinds(concerns: &[Concern]) -> Vec<ConcernKind> {
    concerns.iter().map(|concern| concern.kind).collect()
}

#[test]
fn a_draft_as_it_is_composed_raises_no_concern() {
    for topic in Topic::ALL {
        for language in [Language::English, Language::Spanish] {
            let draft = draft(language, &[*topic], Some(full(language)));
            let known = known();
            let found = inspect(&Inspected {
                subject: &draft.subject,
                body: &draft.body,
                language,
                facts: &draft.facts,
                template: &draft.template,
                topics: &[*topic],
                asks: &[],
                known: &known,
            });
            assert!(found.is_empty(), "{topic}: {found:?}");
        }
    }
}

#[test]
fn a_figure_without_a_source_is_found_where_it_stands() {
    let draft = dispute();
    let body = format!("{}\n\nPS: señora, we will credit $57.25 by May 9, 2026.", draft.body);
    let found = concerns(&draft, &body, &known(), &[]);
    let orphans: Vec<String> = found
        .iter()
        .filter(|concern| concern.kind == ConcernKind::Orphan && concern.holds_back())
        .filter_map(|concern| concern.place)
        .map(|(start, end)| body.chars().skip(start).take(end - start).collect())
        .collect();
    assert_eq!(orphans, ["$57.25", "May 9, 2026"]);
}

#[test]
fn figures_of_the_account_and_the_policy_have_their_source_in_other_forms_too() {
    let draft = dispute();
    let body = format!(
        "{}\n\nYour bill of 5/4/2026 is $412.1. Call 215-685-6300; you owe 1,240.50? No: $1,240.50.",
        draft.body
    );
    let found = concerns(&draft, &body, &known(), &[]);
    let words: Vec<&str> = found.iter().map(|concern| concern.what.as_str()).collect();
    assert_eq!(words, ["\"1,240.50\" is in no fact, policy or finding"]);
}

#[test]
fn a_reason_lets_a_figure_stay() {
    let mut draft = dispute();
    let body = format!("{}\n\nPS: We will look at it on May 9, 2026.", draft.body);
    let key = concerns(&draft, &body, &known(), &[])[0].key.clone();
    draft.facts["reasons"] = json!({ key: "the visit is in the field schedule" });
    let found = concerns(&draft, &body, &known(), &[]);
    assert_eq!(kinds(&found), [ConcernKind::Orphan]);
    assert!(!found[0].holds_back() && found[0].reason.is_some());
}

#[test]
fn locked_words_that_changed_and_required_ones_that_went_are_told() {
    let draft = dispute();
    let growing = "Interest and late charges can still grow while a bill is under review.";
    let changed = draft.body.replace(growing, "Interest and late charges can never grow while a bill is under review.");
    assert_eq!(kinds(&concerns(&draft, &changed, &known(), &[])), [ConcernKind::Locked]);
    let gone = draft.body.replace(&format!("{growing}\n\n"), "");
    assert_eq!(kinds(&concerns(&draft, &gone, &known(), &[])), [ConcernKind::Required]);
}

#[test]
fn a_person_may_take_another_text_of_a_choice() {
    let draft = dispute();
    let choice = draft.paragraphs.iter().find(|paragraph| paragraph.id == "agreement").unwrap();
    let body = draft.body.replace(&choice.text, &choice.alternatives[0]);
    assert_ne!(body, draft.body);
    assert!(concerns(&draft, &body, &known(), &[]).is_empty());
}

#[test]
fn what_was_asked_and_is_not_answered_is_told() {
    let draft = dispute();
    let known = known();
    let topics = [Topic::Dispute, Topic::Stormwater];
    let found = inspect(&Inspected {
        subject: &draft.subject,
        body: &draft.body,
        language: Language::English,
        facts: &draft.facts,
        template: &draft.template,
        topics: &topics,
        asks: &[Ask { text: "Who broke the street?".to_owned(), start: 7, topic: Some(Topic::FieldProblem) }],
        known: &known,
    });
    assert_eq!(kinds(&found), [ConcernKind::Unanswered, ConcernKind::Unanswered]);
    assert_eq!((found[0].weight, found[1].weight), (Weight::NeedsReason, Weight::Look));
}

#[test]
fn a_letter_in_a_persons_own_words_is_shown_but_not_held_back() {
    let draft = dispute();
    let found = concerns(&draft, "Dear Ana,\n\nWe are looking into it.", &known(), &[]);
    assert!(!found.is_empty() && found.iter().all(|concern| concern.weight == Weight::Look), "{found:?}");
}

#[test]
fn what_must_not_be_told_stops_the_reply() {
    let draft = dispute();
    let known = Known {
        other_accounts: vec![Found { what: "the number of another account".to_owned(), place: (3, 19) }],
        personal_data: vec![Found { what: "the number of a card".to_owned(), place: (30, 46) }],
        posted: false,
        may_know: false,
        recipient: Some("other@customer.example"),
        withdrawn: vec![draft.template.split(' ').nth(1).unwrap().to_owned()],
        ..known()
    };
    let body = draft.body.replace("Dear customer,", "Dear Mr. Peter Quince,");
    let found = concerns(&draft, &body, &known, &[]);
    assert_eq!(
        kinds(&found),
        [
            ConcernKind::AccountNumber,
            ConcernKind::PersonalData,
            ConcernKind::Disclosure,
            ConcernKind::Name,
            ConcernKind::Recipient,
            ConcernKind::Withdrawn,
        ]
    );
    assert!(found.iter().filter(|concern| concern.kind != ConcernKind::Name).all(Concern::holds_back));
    assert_eq!(
        kinds(&concerns(&draft, &draft.body, &Known { recipient: None, ..super::drafts::known() }, &[])),
        [ConcernKind::Recipient]
    );
}
