//! Reports that a sending service writes as JSON: Amazon's, plain or inside its envelope.

use serde_json::Value;

use super::RECIPIENTS;
use crate::reading::{Bounce, BouncedRecipient};

/// What a JSON notification says, when the text begins with one.
pub(super) fn read(text: &str) -> Option<Bounce> {
    let text = text.trim_start();
    if !text.starts_with('{') || !(text.contains("notificationType") || text.contains("eventType")) {
        return None;
    }
    let outer = first_value(text)?;
    // A topic's envelope carries the notification as a string.
    match outer["Message"].as_str() {
        Some(inner) => told(&first_value(inner)?),
        None => told(&outer),
    }
}

/// The first JSON value of a text that mail may have wrapped and that a footer may follow.
fn first_value(text: &str) -> Option<Value> {
    let joined: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    serde_json::Deserializer::from_str(&joined).into_iter().next()?.ok()
}

fn told(notification: &Value) -> Option<Bounce> {
    let kind = notification["notificationType"].as_str().or_else(|| notification["eventType"].as_str())?;
    let recipients = match kind {
        "Bounce" => bounced(&notification["bounce"]),
        "Complaint" => complained(&notification["complaint"]),
        "Delivery" => delivered(&notification["delivery"]),
        "DeliveryDelay" => delayed(&notification["deliveryDelay"]),
        _ => return None,
    };
    let mail = &notification["mail"];
    let id = mail["commonHeaders"]["messageId"].as_str().or_else(|| mail["messageId"].as_str());
    Some(Bounce {
        original_message_id: id.map(|id| id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty()),
        recipients,
    })
}

fn bounced(bounce: &Value) -> Vec<BouncedRecipient> {
    let class = if bounce["bounceType"] == "Transient" { "4.0.0" } else { "5.0.0" };
    each(&bounce["bouncedRecipients"], "failed", class)
}

fn delayed(delay: &Value) -> Vec<BouncedRecipient> {
    each(&delay["delayedRecipients"], "delayed", "4.0.0")
}

fn complained(complaint: &Value) -> Vec<BouncedRecipient> {
    let mut recipients = each(&complaint["complainedRecipients"], "delivered", "");
    let kind = complaint["complaintFeedbackType"].as_str().unwrap_or("abuse");
    for recipient in &mut recipients {
        recipient.reason = super::complaint(kind);
    }
    recipients
}

fn delivered(delivery: &Value) -> Vec<BouncedRecipient> {
    let reason = text(&delivery["smtpResponse"]);
    list(&delivery["recipients"])
        .filter_map(Value::as_str)
        .map(|address| BouncedRecipient {
            address: address.to_lowercase(),
            action: "delivered".to_owned(),
            status: "2.0.0".to_owned(),
            reason: reason.clone(),
        })
        .collect()
}

fn each(recipients: &Value, action: &str, class: &str) -> Vec<BouncedRecipient> {
    list(recipients)
        .map(|recipient| {
            let status = text(&recipient["status"]);
            let diagnostic = text(&recipient["diagnosticCode"]);
            let words = diagnostic.split_once(';').map_or(diagnostic.as_str(), |(_, words)| words).trim();
            let status = if class.is_empty() { status } else { super::status(&[words], &status, class) };
            BouncedRecipient {
                address: text(&recipient["emailAddress"]).to_lowercase(),
                action: action.to_owned(),
                status,
                reason: super::one_line(words),
            }
        })
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(RECIPIENTS)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNCE: &str = r#"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"Ana@customer.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"messageId":"0100","commonHeaders":{"messageId":"<a@water.example>"}}}"#;

    #[test]
    fn a_bounce_notification_is_read_with_a_footer_after_it() {
        let bounce =
            read(&format!("{BOUNCE}\n\n--\nTo stop these notifications, click here.")).expect("a notification");
        assert_eq!(bounce.original_message_id.as_deref(), Some("a@water.example"));
        assert_eq!(bounce.recipients[0].address, "ana@customer.example");
        assert_eq!(bounce.recipients[0].status, "5.1.1");
        assert_eq!(bounce.recipients[0].reason, "550 5.1.1 user unknown");
    }

    #[test]
    fn the_envelope_of_a_topic_is_opened() {
        let envelope = serde_json::json!({ "Type": "Notification", "Message": BOUNCE }).to_string();
        assert_eq!(read(&envelope).map(|bounce| bounce.recipients.len()), Some(1));
    }

    #[test]
    fn other_json_is_no_report() {
        assert_eq!(read(r#"{"eventType":"Click"}"#), None);
        assert_eq!(read(r#"{"notificationType":"#), None);
        assert_eq!(read("Dear office"), None);
    }
}
