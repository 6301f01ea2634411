//! Addresses of the envelope, as `MAIL FROM:` and `RCPT TO:` write them.

/// The longest address with its brackets (RFC 5321, 4.5.3.1.3).
const PATH_BYTES: usize = 256;
/// The longest domain.
const DOMAIN_BYTES: usize = 255;

/// An address of the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// As it was written, without brackets and route.
    pub(super) text: String,
    local: String,
    domain: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoMailbox {
    /// Brackets or characters are wrong.
    Malformed,
    /// It is longer than an address may be.
    TooLong,
    /// There is no domain, or one that cannot be.
    Domain,
}

/// Splits what follows the colon into the address and the parameters behind it; `None` is the
/// null sender `<>`. Blanks before the address and missing brackets are forgiven.
pub(super) fn split_path(text: &str) -> Result<(Option<Mailbox>, &str), NoMailbox> {
    let text = text.trim_start_matches(' ');
    let (inside, parameters) = match text.strip_prefix('<') {
        Some(rest) => {
            let end = closing_bracket(rest).ok_or(NoMailbox::Malformed)?;
            (&rest[..end], &rest[end + 1..])
        }
        None if text.is_empty() => return Err(NoMailbox::Malformed),
        None => text.split_at(text.find(' ').unwrap_or(text.len())),
    };
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return Err(NoMailbox::Malformed);
    }
    if inside.is_empty() {
        return Ok((None, parameters));
    }
    Ok((Some(mailbox(inside)?), parameters))
}

/// Where the bracket closes that is not part of a quoted name.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, character)| {
        if escaped {
            escaped = false;
            return None;
        }
        match character {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
        None
    })
}

fn mailbox(text: &str) -> Result<Mailbox, NoMailbox> {
    // A route, `@relay,@other:`, is allowed and ignored (RFC 5321, appendix C).
    let text = match text.strip_prefix('@') {
        Some(route) => route.split_once(':').ok_or(NoMailbox::Malformed)?.1,
        None => text,
    };
    let (local, domain) = if text.eq_ignore_ascii_case("postmaster") {
        (text, "")
    } else {
        text.rsplit_once('@').ok_or(NoMailbox::Domain)?
    };
    if text.len() + 2 > PATH_BYTES || domain.len() > DOMAIN_BYTES {
        return Err(NoMailbox::TooLong);
    }
    let local = unquoted(local).ok_or(NoMailbox::Malformed)?;
    if !domain.is_empty() && !is_domain(domain) || domain.is_empty() && text.contains('@') {
        return Err(NoMailbox::Domain);
    }
    Ok(Mailbox { text: text.to_owned(), local: local.to_lowercase(), domain: domain.to_lowercase() })
}

/// The name before the at sign, without the quotes it may stand in. Dots may stand anywhere:
/// some providers give such addresses to their customers.
fn unquoted(local: &str) -> Option<String> {
    let Some(inside) = local.strip_prefix('"') else {
        let allowed = |character: char| {
            character.is_ascii_alphanumeric()
                || ".!#$%&'*+-/=?^_`{|}~".contains(character)
                || is_international(character)
        };
        return (!local.is_empty() && local.chars().all(allowed)).then(|| local.to_owned());
    };
    let mut name = String::new();
    let mut characters = inside.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(name),
            '\\' => name.push(characters.next().filter(|character| !character.is_control())?),
            character if character.is_control() => return None,
            character => name.push(character),
        }
    }
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[') {
        let inside = literal.strip_suffix(']').unwrap_or_default();
        return !inside.is_empty()
            && inside.chars().all(|character| character.is_ascii_alphanumeric() || ".:-".contains(character));
    }
    domain.split('.').all(|label| {
        let allowed = |character: char| {
            character.is_ascii_alphanumeric() || "-_".contains(character) || is_international(character)
        };
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Beyond ASCII, and nothing that would break a line or hide.
fn is_international(character: char) -> bool {
    !character.is_ascii() && !character.is_control() && !character.is_whitespace()
}

impl Mailbox {
    /// Whether the settings name it: in full, without its `+detail`, or by its domain.
    pub(super) fn is_among(&self, recipients: &[String]) -> bool {
        recipients.is_empty()
            || recipients.iter().any(|recipient| {
                let recipient = recipient.to_lowercase();
                let Some((local, domain)) = recipient.rsplit_once('@') else { return false };
                let plain = self.local.split_once('+').map_or(self.local.as_str(), |(plain, _)| plain);
                domain == self.domain && (local.is_empty() || local == self.local || local == plain)
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The address, or `<>`.
    fn text_of(path: &str) -> Result<String, NoMailbox> {
        split_path(path).map(|(mailbox, _)| mailbox.map_or_else(|| "<>".to_owned(), |mailbox| mailbox.text))
    }

    #[test]
    fn addresses_in_every_form_are_found() {
        assert_eq!(text_of("<a@customer.example>").as_deref(), Ok("a@customer.example"));
        assert_eq!(text_of(" <a@customer.example> SIZE=5").as_deref(), Ok("a@customer.example"));
        assert_eq!(text_of("a@customer.example SIZE=5").as_deref(), Ok("a@customer.example"));
        assert_eq!(text_of("<@relay.example,@b.example:a@customer.example>").as_deref(), Ok("a@customer.example"));
        assert_eq!(text_of("<\"a > b\\\"@c\"@customer.example>").as_deref(), Ok("\"a > b\\\"@c\"@customer.example"));
        assert_eq!(text_of("<a..b.@customer.example>").as_deref(), Ok("a..b.@customer.example"));
        assert_eq!(text_of("<a@[192.0.2.1]>").as_deref(), Ok("a@[192.0.2.1]"));
        assert_eq!(text_of("<peña@correo.example>").as_deref(), Ok("peña@correo.example"));
        assert_eq!(text_of("<Postmaster>").as_deref(), Ok("Postmaster"));
        assert_eq!(text_of("<>").as_deref(), Ok("<>"));
    }

    #[test]
    fn what_is_no_address_is_told() {
        for text in
            ["", "<a@b.example", "<a b@c.example>", "<a@b.example>SIZE=1", "<\"a@b.example>", "<a\u{7}@b.example>"]
        {
            assert_eq!(text_of(text), Err(NoMailbox::Malformed), "{text}");
        }
        for text in ["<ana>", "<ana@>", "<a@b..example>", "<a@-b.example>", "<a@xn--->", "<a@b c.example>", "<a@[x y]>"]
        {
            assert_eq!(text_of(text), Err(NoMailbox::Domain), "{text}");
        }
        assert_eq!(text_of(&format!("<{}@b.example>", "a".repeat(300))), Err(NoMailbox::TooLong));
    }

    #[test]
    fn a_recipient_is_named_in_full_by_its_domain_or_without_detail() {
        let among = |path: &str, recipients: &[&str]| {
            let recipients: Vec<String> = recipients.iter().map(|text| (*text).to_owned()).collect();
            let (mailbox, _) = split_path(path).expect("an address");
            mailbox.expect("not null").is_among(&recipients)
        };
        let office = ["Inquiries@water.example"];
        assert!(among("<inquiries@Water.example>", &office));
        assert!(among("<\"inquiries\"@water.example>", &office));
        assert!(among("<inquiries+case7@water.example>", &office));
        assert!(!among("<other@water.example>", &office));
        assert!(!among("<inquiries@water.example.evil.example>", &office));
        assert!(among("<other@water.example>", &["@water.example"]));
        assert!(among("<anybody@anywhere.example>", &[]));
        assert!(!among("<postmaster>", &office));
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_not(text in "[<>@:\"\\\\ .a\0\t\ré]{0,40}") {
            if let Ok((Some(mailbox), rest)) = split_path(&text) {
                prop_assert!(!mailbox.text.contains(['\r', '\n', '\0']));
                prop_assert!(text.ends_with(rest));
            }
        }
    }
}
