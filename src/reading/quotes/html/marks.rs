//! The elements by which mail programs tell quotations and signatures from the letter.

use super::super::line::Owner;
use super::tags::Tag;

/// How far a mark reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// To the end of the element.
    Element,
    /// To the end of the quotation inside the element.
    UntilQuotation,
    /// To the end of the letter: what is quoted stands beside the element, not in it.
    Rest,
}

/// What an element says of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) owner: Owner,
    pub(super) extent: Extent,
}

/// Parts of a class or an id that name a quotation, in the mail programs of Google, Yahoo,
/// Mozilla, Proton, Zoho, Zimbra, Microsoft and others.
const QUOTED: &[&str] = &[
    "gmail_attr",
    "yahoo_quoted",
    "yahoo-quoted",
    "moz-cite-prefix",
    "moz-email-headers-table",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
    "olk_src_body_section",
    "isreplycontent",
    "isforwardcontent",
    "front-blockquote",
    "freshdesk_quote",
    "tutanota_quote",
    "mb_quote",
    "mail-editor-reference-message",
    "mailspring-quote",
    "nylas-quote",
    "messagereplysection",
    "_originalcontent",
    "quoted_text",
    "airmail_ext_on",
    "wordsection_quote",
    "hs_reply_quote",
    "mcntremailquote",
];

/// Those after which everything is quoted: Outlook on the web and its kin, Hotmail, Zimbra.
const REST: &[&str] = &[
    "appendonsend",
    "divrplyfwdmsg",
    "stopspelling",
    "zwchr",
    "mail-reference-divider",
    "replysplit",
    "_persistentheader",
];

/// Parts of a class or an id that name a signature.
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "acompli_signature",
    "protonmail_signature",
    "composer_signature",
    "mobile_signature",
    "yahoo_signature",
    "zmail_signature",
];

/// The colours of the line that Outlook draws over its block of headers.
const OUTLOOK_LINES: &[&str] =
    &["#b5c4df", "#e1e1e1", "#e5e5e5", "rgb(229, 229, 229)", "rgb(225, 225, 225)", "windowtext"];

/// What an element says of its text, if it says anything.
pub(super) fn mark(tag: &Tag<'_>) -> Option<Mark> {
    let quoted = |extent| Some(Mark { owner: Owner::Quoted, extent });
    let attribute = |name: &str| tag.attribute(name).unwrap_or_default();
    let names = [attribute("class"), attribute("id"), attribute("name"), attribute("data-marker")].join(" ");
    if tag.name == "blockquote" {
        return blockquote(tag, &names);
    }
    let says = |list: &[&str]| list.iter().any(|part| names.contains(part));
    if says(REST) {
        return quoted(Extent::Rest);
    }
    if tag.name == "hr" {
        return None;
    }
    if names.contains("gmail_quote") {
        return quoted(Extent::UntilQuotation);
    }
    if says(QUOTED) || names.split_whitespace().any(|name| name == "quote" && tag.name == "div") {
        return quoted(Extent::Element);
    }
    if tag.name == "signature" || says(SIGNATURES) || attribute("id") == "signature" {
        return Some(Mark { owner: Owner::Signature, extent: Extent::Element });
    }
    (tag.name == "div" && is_outlook_line(&attribute("style")))
        .then_some(Mark { owner: Owner::Quoted, extent: Extent::Rest })
}

/// Programs give their quotations a type, a class or a line at the left; the indent button of
/// a composer takes the line away.
fn blockquote(tag: &Tag<'_>, names: &str) -> Option<Mark> {
    let style = tag.attribute("style").unwrap_or_default().replace(' ', "");
    let certain = tag.attribute("type").is_some_and(|kind| kind == "cite")
        || tag.attribute("cite").is_some()
        || ["quote", "cite", "isreplycontent"].iter().any(|part| names.contains(part))
        || (style.contains("border-left") && !style.contains("border-left:none"));
    if !certain && (style.contains("border:none") || style.contains("margin:00040px")) {
        return None;
    }
    let owner = if certain { Owner::Quoted } else { Owner::PerhapsQuoted };
    Some(Mark { owner, extent: Extent::Element })
}

/// Outlook's line: a border above, none elsewhere, three points below it.
fn is_outlook_line(style: &str) -> bool {
    let style: String = style.replace(": ", ":");
    style.contains("border-top:")
        && style.contains("solid")
        && style.contains("padding:3")
        && (style.contains("border:none") || style.contains("border-width:1pt medium medium"))
        && OUTLOOK_LINES.iter().any(|colour| style.contains(colour))
}
