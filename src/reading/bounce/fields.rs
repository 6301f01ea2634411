//! The machine-readable parts of a report: delivery status (RFC 3464) and feedback (RFC 5965).

use super::{RECIPIENTS, address};

/// What the fields say of one recipient.
#[derive(Debug, Default)]
pub(super) struct Fields {
    original: String,
    last: String,
    /// The `Action` field.
    pub(super) action: String,
    /// The `Status` field.
    pub(super) status: String,
    /// The `Diagnostic-Code` field without its type.
    pub(super) diagnostic: String,
}

impl Fields {
    /// The address the message was sent to, where the report knows it: a later one may be an
    /// alias that the sender has never heard of.
    pub(super) fn address(&self) -> String {
        let named = |field: &str| address::first(untyped(field)).map(str::to_lowercase);
        let bare = || untyped(&self.last).trim_matches(['<', '>', ' ']).to_lowercase();
        named(&self.original).or_else(|| named(&self.last)).unwrap_or_else(bare)
    }

    fn names_recipient(&self) -> bool {
        !self.original.is_empty() || !self.last.is_empty()
    }

    fn is_empty(&self) -> bool {
        !self.names_recipient() && self.action.is_empty() && self.status.is_empty() && self.diagnostic.is_empty()
    }

    fn take(&mut self, name: &str, value: &str) {
        let slot = match name {
            "original-recipient" => &mut self.original,
            "final-recipient" => &mut self.last,
            "action" => &mut self.action,
            "status" => &mut self.status,
            "diagnostic-code" => {
                value.split_once(';').map_or(value, |(_, words)| words).trim().clone_into(&mut self.diagnostic);
                return;
            }
            _ => return,
        };
        value.clone_into(slot);
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "original-recipient" => !self.original.is_empty(),
            "final-recipient" => !self.last.is_empty(),
            _ => false,
        }
    }
}

/// The recipients of a delivery status. Some programs leave no empty line between two
/// recipients, others put one inside a recipient.
pub(super) fn recipients(text: &str) -> Vec<Fields> {
    let mut found: Vec<Fields> = Vec::new();
    let mut current = Fields::default();
    for field in unfolded(text) {
        if found.len() >= RECIPIENTS {
            break;
        }
        match field {
            Some((name, value)) => {
                if current.has(&name) {
                    close(&mut current, &mut found);
                }
                current.take(&name, &value);
            }
            None => close(&mut current, &mut found),
        }
    }
    close(&mut current, &mut found);
    found
}

fn close(current: &mut Fields, found: &mut Vec<Fields>) {
    let fields = std::mem::take(current);
    if fields.names_recipient() {
        found.push(fields);
    } else if !fields.is_empty()
        && let Some(last) = found.last_mut().filter(|last| last.status.is_empty() && last.diagnostic.is_empty())
    {
        last.status = fields.status;
        last.diagnostic = fields.diagnostic;
        if last.action.is_empty() {
            last.action = fields.action;
        }
    }
}

/// What a feedback report says: its kind, its recipients, and what became of the message.
#[derive(Debug, Default)]
pub(super) struct Feedback {
    /// Such as `abuse`.
    pub(super) kind: String,
    /// Whom the message was sent to, where that is not withheld.
    pub(super) recipients: Vec<String>,
    /// Whether the message was refused.
    pub(super) refused: bool,
}

/// Reads the fields of a feedback report.
pub(super) fn feedback(text: &str) -> Feedback {
    let mut feedback = Feedback::default();
    for (name, value) in unfolded(text).flatten() {
        match name.as_str() {
            "feedback-type" => feedback.kind = value,
            "original-rcpt-to" | "removal-recipient" if feedback.recipients.len() < RECIPIENTS => {
                let value = value.trim_matches(['<', '>', ' ']);
                feedback.recipients.push(address::first(value).unwrap_or(value).to_lowercase());
            }
            "delivery-result" => feedback.refused = value.eq_ignore_ascii_case("reject"),
            _ => {}
        }
    }
    feedback
}

/// The fields in order, continuation lines joined; `None` for an empty line between groups.
fn unfolded(text: &str) -> impl Iterator<Item = Option<(String, String)>> {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        let line = lines.next()?;
        if line.trim().is_empty() {
            return Some(None);
        }
        let mut value = line.split_once(':').map_or("", |(_, value)| value.trim()).to_owned();
        while let Some(more) = lines.next_if(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty()) {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(more.trim());
        }
        let name = line.split_once(':').map_or("", |(name, _)| name.trim()).to_ascii_lowercase();
        Some(Some((name, value)))
    })
}

fn untyped(field: &str) -> &str {
    field.split_once(';').map_or(field, |(_, value)| value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_words_of_the_server_are_joined() {
        let found = recipients(
            "Reporting-MTA: dns; mx.customer.example\r\n\r\nFinal-Recipient: rfc822; ana@customer.example\r\n\
             Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550\r\n    5.1.1 no such user\r\n",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address(), "ana@customer.example");
        assert_eq!(found[0].diagnostic, "550 5.1.1 no such user");
    }

    #[test]
    fn recipients_without_an_empty_line_between_them_are_two() {
        let found = recipients(
            "Final-Recipient: rfc822;ana@customer.example\nStatus: 5.1.1\n\
             Final-Recipient: rfc822;ben@customer.example\nStatus: 5.2.2\n",
        );
        let told: Vec<_> = found.iter().map(|fields| (fields.address(), fields.status.as_str())).collect();
        assert_eq!(told, [("ana@customer.example".to_owned(), "5.1.1"), ("ben@customer.example".to_owned(), "5.2.2")]);
    }

    #[test]
    fn an_empty_line_inside_a_recipient_does_not_part_it() {
        let found = recipients("Final-Recipient: rfc822;ana@customer.example\n\nAction: failed\nStatus: 5.1.1\n");
        assert_eq!((found.len(), found[0].action.as_str(), found[0].status.as_str()), (1, "failed", "5.1.1"));
    }

    #[test]
    fn the_address_we_wrote_to_is_told_before_its_alias() {
        let found = recipients(
            "Original-Recipient: rfc822;ana@customer.example\nFinal-Recipient: rfc822;a4711@inside.example\nAction: failed\n",
        );
        assert_eq!(found[0].address(), "ana@customer.example");
    }

    #[test]
    fn a_complaint_names_its_recipients() {
        let feedback = feedback("Feedback-Type: abuse\nOriginal-Rcpt-To: <Ana@customer.example>\nVersion: 1\n");
        assert_eq!((feedback.kind.as_str(), feedback.recipients), ("abuse", vec!["ana@customer.example".to_owned()]));
    }
}
