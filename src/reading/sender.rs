//! What is odd about a sender: a domain that looks like another, answers that would go
//! elsewhere, a name that shows another address. Each becomes one sentence in the problems.

use super::authentication::domain::{are_aligned, folded, of_address, organizational, readable};
use super::{Mailbox, Reading, authentication};
use crate::config::Border;

/// Domains that forgers imitate: where customers have their mail, and the City.
const IMITATED: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "ymail.com",
    "rocketmail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "aol.com",
    "icloud.com",
    "comcast.net",
    "xfinity.com",
    "verizon.net",
    "att.net",
    "sbcglobal.net",
    "protonmail.com",
    "proton.me",
    "phila.gov",
    "pa.gov",
    "microsoft.com",
    "paypal.com",
];

/// Endings that are written for `.com`, `.net` or `.gov` by a slip or on purpose.
const SLIPPED_ENDINGS: &[&str] =
    &["co", "cm", "om", "con", "cmo", "comm", "coom", "cpm", "vom", "ocm", "ne", "nett", "g0v", "gov.com", "gov.net"];

/// Domains under such an ending that are somebody's own.
const REAL: &[&str] = &["live.co", "aol.co", "att.co", "pa.co"];

/// The shortest name of which one with a slip is told from a name of its own.
const SLIP_LETTERS: usize = 5;

/// Completes a reading by what is known of its sender: what the server at the border of its source
/// found, and what is odd about the sender itself.
pub fn judge_sender(reading: &mut Reading, raw: &[u8], border: Option<&Border>, own_domain: &str) {
    reading.authentication = authentication(raw, border);
    let Some(from) = &reading.from else { return };
    let marks = [look_alike(from, own_domain), foreign_name(from), foreign_reply(from, &reading.reply_to)];
    reading.problems.extend(marks.into_iter().flatten());
}

/// Answers would go to another organisation than the one that wrote.
fn foreign_reply(from: &Mailbox, reply_to: &[Mailbox]) -> Option<String> {
    let own = of_address(&from.address);
    let foreign = reply_to.iter().map(|mailbox| of_address(&mailbox.address)).find(|domain| !belongs(domain, own))?;
    Some(format!("it asks for answers at {}, but comes from {}", shown(foreign), shown(own)))
}

/// The name that mail programs show in place of the address is itself another address.
fn foreign_name(from: &Mailbox) -> Option<String> {
    let words = from.name.split(|character: char| character.is_whitespace() || "<>()[]\"',;:".contains(character));
    let own = of_address(&from.address);
    let shown_address = words
        .filter(|word| word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')))
        .find(|word| organizational(&folded(of_address(word))).is_some() && !belongs(of_address(word), own))?;
    let (shown_address, address) = (beginning(shown_address), beginning(&from.address));
    Some(format!("the sender's name shows the address {shown_address}, but the address is {address}"))
}

fn belongs(domain: &str, own: &str) -> bool {
    folded(domain) == folded(own) || are_aligned(domain, own)
}

/// The sender's domain is not a known one but looks like it.
fn look_alike(from: &Mailbox, own_domain: &str) -> Option<String> {
    let domain = folded(of_address(&from.address));
    let own_domain = folded(own_domain);
    let imitated = || IMITATED.iter().copied().chain([own_domain.as_str()]).filter(|known| known.contains('.'));
    if imitated().any(|known| belongs(&domain, known)) || REAL.contains(&domain.as_str()) {
        return None;
    }
    if let Some(known) = imitated().find(|known| resembles(&domain, known)) {
        return Some(format!("the sender's domain {} looks like {known}, but is not", shown(&domain)));
    }
    mixes_alphabets(&readable(&domain))
        .then(|| format!("the sender's domain {} mixes letters of several alphabets", shown(&domain)))
}

/// A domain for a person's eyes; in punycode too, since the letters may deceive.
fn shown(domain: &str) -> String {
    let readable = readable(domain);
    if readable == domain { beginning(domain) } else { format!("{} ({})", beginning(&readable), beginning(domain)) }
}

/// As much of a name as a sentence bears.
fn beginning(text: &str) -> String {
    text.chars().take(120).collect()
}

fn resembles(domain: &str, known: &str) -> bool {
    let Some(organization) = organizational(domain) else { return false };
    // "gmail.com.elsewhere.example": the known domain is only the beginning, in front of the one
    // that was registered; "yahoo.com.mx" is one that was.
    let begins_so = domain.strip_prefix(known).is_some_and(|rest| rest.starts_with('.') && domain != organization);
    if begins_so || domain.starts_with(&format!("{known}-")) {
        return true;
    }
    let seen = readable(organization);
    if skeleton(&seen) == skeleton(known) {
        return true;
    }
    let (Some((name, ending)), Some((known_name, known_ending))) = (seen.split_once('.'), known.split_once('.')) else {
        return false;
    };
    if name == known_name {
        return SLIPPED_ENDINGS.contains(&ending) && known_ending != ending;
    }
    // "phila-gov.com" and the like.
    let joined = |separator: &str| name == format!("{known_name}{separator}{known_ending}");
    if known_name.len() >= SLIP_LETTERS && (joined("-") || joined("")) {
        return true;
    }
    ending == known_ending && known_name.len() >= SLIP_LETTERS && is_one_slip(name, known_name)
}

/// What is left of a text for a quick eye: letters and digits that look alike are one.
fn skeleton(text: &str) -> String {
    let plain: String = text.chars().map(plain_letter).filter(|character| *character != '-').collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// The Latin letter or digit that a character looks like.
fn plain_letter(character: char) -> char {
    match character {
        '0' | 'о' | 'ο' | 'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ọ' | 'օ' => 'o',
        '1' | 'i' | 'і' | 'ι' | 'ì' | 'í' | 'î' | 'ï' | 'ı' | 'ī' | 'ị' | 'ł' | 'ӏ' | 'ɩ' | '|' => 'l',
        '3' | 'е' | 'ε' | 'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ẹ' | 'ė' | 'ę' => 'e',
        'а' | 'α' | 'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ạ' | 'ą' | 'ɑ' => 'a',
        'с' | 'ϲ' | 'ç' | 'ć' | 'č' => 'c',
        'р' | 'ρ' => 'p',
        'у' | 'γ' | 'ý' | 'ÿ' | 'ỳ' => 'y',
        'х' | 'χ' => 'x',
        'һ' | 'հ' | 'ħ' => 'h',
        'ѕ' | '5' | 'ś' | 'š' | 'ş' => 's',
        'ј' => 'j',
        'ԁ' | 'ɗ' | 'đ' => 'd',
        'ɡ' | 'ց' | 'ğ' | 'ġ' => 'g',
        'м' => 'm',
        'т' | 'τ' => 't',
        'к' | 'κ' => 'k',
        'ν' | 'ѵ' => 'v',
        'ո' | 'п' | 'ñ' | 'ń' => 'n',
        'υ' | 'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ụ' | 'ս' => 'u',
        'ω' | 'ԝ' => 'w',
        'ż' | 'ź' | 'ž' => 'z',
        other => other,
    }
}

/// One letter left out, put in, exchanged, or two swapped; the first letter is never the slip,
/// since "mail" is a name of its own.
fn is_one_slip(name: &str, known: &str) -> bool {
    name.chars().next() == known.chars().next()
        && name.len().abs_diff(known.len()) <= 2
        && strsim::osa_distance(name, known) == 1
}

fn mixes_alphabets(domain: &str) -> bool {
    domain.split('.').any(|label| {
        let latin = label.chars().any(|character| character.is_ascii_alphabetic());
        let other = label.chars().any(|character| matches!(character, '\u{370}'..='\u{5ff}'));
        latin && other
    })
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn marks(header: &str) -> Vec<String> {
        let raw = format!("{header}\nTo: us@city.example\nSubject: My bill\n\nHello\n");
        let mut reading = read(raw.as_bytes());
        judge_sender(&mut reading, raw.as_bytes(), None, "waterworks.example");
        reading.problems
    }

    #[test]
    fn domains_that_look_like_known_ones_are_marked() {
        let imitations = [
            "gmial.com",
            "gmai1.com",
            "gmaill.com",
            "yah00.com",
            "hotrnail.com",
            "outiook.com",
            "gmail.co",
            "phila-gov.com",
            "phila.gov.billing.example",
            "phi1a.gov",
            "gm\u{430}il.com",
            "xn--gml-8cdx.com",
            "vvaterworks.example",
            "waterwork.example",
            "out-look.com",
            "yaho.com",
            "comcat.net",
        ];
        for domain in imitations {
            let found = marks(&format!("From: Ana <ana@{domain}>"));
            assert!(
                found.iter().any(|mark| mark.contains("looks like") || mark.contains("alphabets")),
                "{domain}: {found:?}"
            );
        }
    }

    #[test]
    fn ordinary_domains_are_not_marked() {
        let ordinary = [
            "gmail.com",
            "mail.gmail.com",
            "mail.com",
            "ymail.com",
            "email.com",
            "yahoo.co.uk",
            "yahoo.com.mx",
            "hotmail.es",
            "outlook.es",
            "live.fr",
            "phila.k12.pa.us",
            "water.phila.gov",
            "city.example",
            "cloud.com",
            "gmx.com",
            "aim.com",
            "aol.de",
            "xn--mnchen-3ya.de",
            "waterworks.example",
            "billing.waterworks.example",
            "customer.example",
            "horizon.net",
        ];
        for domain in ordinary {
            assert_eq!(marks(&format!("From: Ana <ana@{domain}>")), Vec::<String>::new(), "{domain}");
        }
    }

    #[test]
    fn answers_that_would_go_elsewhere_are_marked() {
        assert_eq!(
            marks("From: Ana <ana@customer.example>\nReply-To: <ana@elsewhere.example>"),
            ["it asks for answers at elsewhere.example, but comes from customer.example"]
        );
        assert!(marks("From: Ana <ana@mail.customer.example>\nReply-To: office@customer.example").is_empty());
    }

    #[test]
    fn a_name_that_shows_another_address_is_marked() {
        let found = marks("From: \"billing@phila.gov\" <x@evil.example>");
        assert!(found[0].contains("billing@phila.gov"), "{found:?}");
        assert!(marks("From: \"ana@customer.example\" <ana@customer.example>").is_empty());
        assert!(marks("From: \"Ana @ home\" <ana@customer.example>").is_empty());
    }

    #[test]
    fn several_senders_are_marked() {
        assert!(marks("From: a@customer.example\nFrom: b@customer.example")[0].contains("2 From headers"));
        assert!(marks("From: a@customer.example, b@customer.example")[0].contains("several senders"));
    }
}
