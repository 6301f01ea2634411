//! HTML made harmless to look at in a sandboxed frame.
//!
//! Two steps, neither of which trusts the other: a rewrite into a small balanced subset, and
//! ammonia, which parses as browsers do. The second one's output is final: what is changed
//! after sanitising is how sanitisers are got around.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};

use super::rewrite::{ATTRIBUTES_KEPT, ELEMENTS_KEPT, rewritten};
use super::style::harmless;
use crate::reading::transfer::escapes;

/// Images that may stand in the HTML itself. SVG is a document, not an image.
const IMAGE_TYPES: &[&str] = &[
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/jpg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

/// Foreign HTML with nothing in it that runs, loads from elsewhere, sends, or covers the page.
///
/// `image_url` tells where the image with a Content-ID can be fetched within this program;
/// `allow_remote` lets images load from elsewhere, which tells their sender that the letter
/// was read: only a person may ask for it.
#[must_use]
pub fn display_html(
    html: &str,
    image_url: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    allow_remote: bool,
) -> String {
    // Of what refers elsewhere only absolute addresses pass; a relative one comes from `image_url`.
    let filter = move |element: &str, attribute: &str, value: &str| match attribute {
        "href" => (element == "a" && is_link(value)).then(|| value.to_owned()),
        "src" => image_source(value, &image_url, allow_remote),
        "style" => Some(harmless(value)).filter(|style| !style.is_empty()),
        "type" => matches!(element, "ol" | "ul" | "li").then(|| value.to_owned()),
        "width" | "height" | "border" | "size" | "start" | "colspan" | "rowspan" | "cellpadding" | "cellspacing" => {
            is_small_number(value).then(|| value.to_owned())
        }
        _ => Some(value.to_owned()),
    };
    Builder::empty()
        .tags(ELEMENTS_KEPT.iter().map(|(name, _)| *name).collect())
        .generic_attributes(ATTRIBUTES_KEPT.iter().copied().filter(|name| !matches!(*name, "href" | "src")).collect())
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("img", ["src"])
        .clean_content_tags(HashSet::from(["script", "style", "template", "svg", "math"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(move |element, attribute, value| filter(element, attribute, value).map(Cow::Owned))
        .clean(&rewritten(html))
        .to_string()
}

fn is_link(value: &str) -> bool {
    ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| starts_with(value, scheme))
}

fn image_source(value: &str, image_url: &impl Fn(&str) -> Option<String>, allow_remote: bool) -> Option<String> {
    let value = value.trim();
    if starts_with(value, "cid:") {
        return image_url(&content_id(&value[4..]));
    }
    let is_remote = starts_with(value, "http://") || starts_with(value, "https://");
    let is_within = IMAGE_TYPES.iter().any(|image_type| starts_with(value, image_type));
    (is_within || (is_remote && allow_remote)).then(|| value.to_owned())
}

fn starts_with(value: &str, start: &str) -> bool {
    value.get(..start.len()).is_some_and(|value| value.eq_ignore_ascii_case(start))
}

/// A Content-ID as a `cid:` address writes it, with `%40` for `@`.
pub(in crate::reading) fn content_id(reference: &str) -> String {
    let reference = reference.trim();
    if !reference.contains('%') {
        return reference.to_owned();
    }
    let bytes = escapes(reference.replace('%', "=").as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A number of at most four digits, perhaps of per cent.
fn is_small_number(value: &str) -> bool {
    let digits = value.trim().trim_end_matches(['%', 'p', 'x']).trim_start_matches(['+', '-']);
    (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(html: &str) -> String {
        display_html(html, |id| (id == "photo@customer.example").then(|| "/image/0".to_owned()), false)
    }

    #[test]
    fn nothing_runs_and_nothing_is_sent() {
        let html = "<p onclick='x()'>Hello<script>x()</script><form action='http://x.example'><input name=a></form>\
                    <iframe src='http://x.example'></iframe><a href='javascript:x()'>link</a></p>";
        assert_eq!(shown(html), "<p>Hello<a target=\"_blank\" rel=\"noopener noreferrer\">link</a></p>");
    }

    #[test]
    fn an_image_of_the_letter_is_shown_and_a_remote_one_only_when_asked_for() {
        assert_eq!(shown("<img src='cid:photo%40customer.example'>"), "<img src=\"/image/0\">");
        let remote = "<img src=\"https://x.example/a.png\">";
        assert_eq!(shown(remote), "<img>");
        assert_eq!(display_html(remote, |_| None, true), remote);
    }

    #[test]
    fn links_open_apart_and_do_not_tell_where_from() {
        assert_eq!(
            shown("<a href='https://city.example/bill'>bill</a>"),
            "<a href=\"https://city.example/bill\" target=\"_blank\" rel=\"noopener noreferrer\">bill</a>"
        );
    }

    #[test]
    fn styles_keep_looks_only() {
        assert_eq!(shown("<div style='position:fixed;color:red'>a</div>"), "<div style=\"color: red\">a</div>");
        assert_eq!(shown("<body background='http://x.example/a'><style>@import 'http://x.example'</style>a"), "a");
    }

    #[test]
    fn the_work_is_bounded_however_deep_the_nesting() {
        let html = format!("{}x", "<div><b><font color=red>".repeat(50_000));
        assert!(shown(&html).len() < 100_000);
    }

    proptest! {
        #[test]
        fn what_is_harmless_stays_so(html in "[<>/a-z \"'=:;#()-]{0,200}") {
            let once = shown(&html);
            prop_assert_eq!(shown(&once), once);
        }
    }
}
