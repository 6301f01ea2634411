//! Status codes in a server's words: enhanced ones (RFC 3463) and three-digit replies.

/// The most telling enhanced code of a text: one that stands behind a reply code before others,
/// one that says what happened before one that says only that something did.
pub(super) fn enhanced(text: &str) -> Option<&str> {
    let mut best: Option<(u8, &str)> = None;
    for found in all_enhanced(text) {
        let rank = 2 * u8::from(is_specific(found.code)) + u8::from(found.after_reply);
        if best.is_none_or(|(best_rank, _)| rank > best_rank) {
            best = Some((rank, found.code));
        }
    }
    best.map(|(_, code)| code)
}

/// The enhanced code of a text, when it says what happened.
pub(super) fn specific(text: &str) -> Option<&str> {
    enhanced(text).filter(|code| is_specific(code))
}

/// Whether a code says more than its class.
pub(super) fn is_specific(code: &str) -> bool {
    !code.ends_with(".0.0")
}

/// The class that the first reply code of a text belongs to, as an enhanced code.
pub(super) fn class_of_reply(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        if !matches!(bytes[at], b'4' | b'5') || !stands_alone(bytes, at) {
            continue;
        }
        let digits =
            bytes.get(at + 1..at + 3).is_some_and(|rest| rest[0] <= b'7' && rest.iter().all(u8::is_ascii_digit));
        let ends = bytes.get(at + 3).is_none_or(|next| b" -:\t\r\n,;'\"".contains(next));
        if digits && ends {
            return Some(if bytes[at] == b'4' { "4.0.0" } else { "5.0.0" });
        }
    }
    None
}

struct Enhanced<'x> {
    code: &'x str,
    after_reply: bool,
}

fn all_enhanced(text: &str) -> impl Iterator<Item = Enhanced<'_>> {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter_map(move |at| {
        if !matches!(bytes[at], b'4' | b'5') || !stands_alone(bytes, at) {
            return None;
        }
        let length = enhanced_length(&bytes[at..])?;
        Some(Enhanced { code: &text[at..at + length], after_reply: follows_reply(bytes, at) })
    })
}

/// Nothing before it that would make it part of a word, a number, an address or a path.
fn stands_alone(bytes: &[u8], at: usize) -> bool {
    at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || b"./@_+%=".contains(&bytes[at - 1]) || bytes[at - 1] >= 0x80)
}

/// The length of `class.subject.detail` at the start, unless it goes on like an IP address or a
/// version.
fn enhanced_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let dot = |at: usize| bytes.get(at) == Some(&b'.');
    if !dot(1) {
        return None;
    }
    let subject = digits(2);
    if !(1..=3).contains(&subject) || !dot(2 + subject) {
        return None;
    }
    let detail = digits(3 + subject);
    let end = 3 + subject + detail;
    let goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
        || (dot(end) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
    ((1..=3).contains(&detail) && !goes_on).then_some(end)
}

/// Whether a reply code stands before it: `550 5.1.1`, `550-5.1.1`, `550 #5.1.1`.
fn follows_reply(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[at.saturating_sub(7)..at];
    let Some(last_digit) = before.iter().rposition(u8::is_ascii_digit) else { return false };
    let gap = &before[last_digit + 1..];
    gap.len() <= 3
        && !gap.iter().any(u8::is_ascii_alphanumeric)
        && last_digit >= 2
        && before[last_digit - 2..=last_digit].iter().all(u8::is_ascii_digit)
        && before[last_digit - 2] == bytes[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_behind_the_reply_counts() {
        assert_eq!(enhanced("5.1.0 - unknown 550-'5.7.1 <x>... denied'"), Some("5.7.1"));
        assert_eq!(enhanced("554 5.0.0 failed; 550 5.1.1 no such user"), Some("5.1.1"));
        assert_eq!(enhanced("Sorry, no mailbox here by that name. (#5.1.1)"), Some("5.1.1"));
        assert_eq!(enhanced("452 4.4.5 Insufficient disk space"), Some("4.4.5"));
    }

    #[test]
    fn addresses_of_machines_and_versions_are_no_codes() {
        for text in
            ["host 5.1.1.7 said", "v5.1.2", "5.2.2653", "10.5.1.1", "https://x.example/5.1.1", "2.0.0 Ok", "5.1"]
        {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }

    #[test]
    fn a_reply_code_gives_its_class() {
        assert_eq!(class_of_reply("said: 550 unknown user"), Some("5.0.0"));
        assert_eq!(class_of_reply("450: busy"), Some("4.0.0"));
        assert_eq!(class_of_reply("after 5 days, 4500 bytes, port 587"), None);
    }
}
