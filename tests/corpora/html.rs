//! Foreign HTML made harmless.
//!
//! The output is parsed once more as a browser would, and every element and attribute of the
//! tree is looked at.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};

use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};
use penstock::reading::display_html;

use crate::corpus::Corpora;
use crate::score::{Row, share};

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let cases = std::fs::read_to_string(corpora.path("html/dompurify-cases.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
    let payloads: Vec<String> =
        cases.iter().map(|case| case["payload"].as_str().unwrap_or_default().to_owned()).collect();
    // Some payloads are no text.
    let list = std::fs::read(corpora.path("html/xss-payload-list.txt")).unwrap();
    let list: Vec<String> = String::from_utf8_lossy(&list).lines().map(ToOwned::to_owned).collect();
    vec![row(corpora, "dompurify", &payloads), row(corpora, "xss-payload-list", &list)]
}

fn row(corpora: &Corpora, set: &'static str, payloads: &[String]) -> Row {
    let mut right = 0;
    for payload in payloads {
        let shown = display_html(payload, |_| Some("/attachments/0".to_owned()), false);
        match first_harm(&shown) {
            None => right += 1,
            Some(harm) => corpora.miss(set, payload, &format!("{harm} in {shown}")),
        }
    }
    Row {
        set,
        measure: "nothing harmful is left",
        cases: payloads.len(),
        score: share(right, payloads.len()),
        peer: None,
        floor: 1.0,
    }
}

/// What a browser would find in the HTML that may run, load, send or cover.
fn first_harm(html: &str) -> Option<String> {
    let page = format!("<!doctype html><html><head></head><body>{html}</body></html>");
    let elements = parse_document(Elements::default(), ParseOpts::default()).one(page);
    elements.iter().find_map(|(name, attributes)| harm(name, attributes))
}

fn harm(name: &QualName, attributes: &[Attribute]) -> Option<String> {
    const KNOWN: &[&str] = &[
        "html",
        "head",
        "body",
        "a",
        "abbr",
        "address",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
    ];
    if &*name.ns != "http://www.w3.org/1999/xhtml" || !KNOWN.contains(&&*name.local) {
        return Some(format!("element {}", name.local));
    }
    attributes.iter().find_map(|attribute| {
        let value = attribute.value.to_ascii_lowercase();
        let is_harmful = match &*attribute.name.local {
            "href" => !["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme)),
            "src" => value != "/attachments/0" && !value.starts_with("data:image/") || value.contains("svg"),
            "style" => [
                "url",
                "expression",
                "position",
                "import",
                "\\",
                "/*",
                "image",
                "z-index",
                "behavior",
                "binding",
                "var(",
            ]
            .iter()
            .any(|word| value.contains(word)),
            "target" => value != "_blank",
            "rel" => value != "noopener noreferrer",
            name => {
                name.starts_with("on")
                    || matches!(
                        name,
                        "srcset"
                            | "background"
                            | "action"
                            | "formaction"
                            | "poster"
                            | "data"
                            | "ping"
                            | "id"
                            | "name"
                            | "class"
                            | "srcdoc"
                            | "usemap"
                    )
            }
        };
        is_harmful.then(|| format!("attribute {}={}", attribute.name.local, attribute.value))
    })
}

/// A tree of which only the elements matter: the parser asks for little more.
#[derive(Default)]
struct Elements {
    found: RefCell<Vec<(QualName, Vec<Attribute>)>>,
}

impl TreeSink for Elements {
    type Handle = usize;
    type Output = Vec<(QualName, Vec<Attribute>)>;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Self::Output {
        self.found.into_inner()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        usize::MAX
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> Ref<'a, QualName> {
        Ref::map(self.found.borrow(), |found| &found[*target].0)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _flags: ElementFlags) -> usize {
        self.found.borrow_mut().push((name, attributes));
        self.found.borrow().len() - 1
    }

    fn create_comment(&self, _text: html5ever::tendril::StrTendril) -> usize {
        usize::MAX
    }

    fn create_pi(&self, _target: html5ever::tendril::StrTendril, _data: html5ever::tendril::StrTendril) -> usize {
        usize::MAX
    }

    fn append(&self, _parent: &usize, _child: NodeOrText<usize>) {}

    fn append_based_on_parent_node(&self, _element: &usize, _previous: &usize, _child: NodeOrText<usize>) {}

    fn append_doctype_to_document(
        &self,
        _name: html5ever::tendril::StrTendril,
        _public: html5ever::tendril::StrTendril,
        _system: html5ever::tendril::StrTendril,
    ) {
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, _sibling: &usize, _node: NodeOrText<usize>) {}

    fn add_attrs_if_missing(&self, target: &usize, attributes: Vec<Attribute>) {
        self.found.borrow_mut()[*target].1.extend(attributes);
    }

    fn remove_from_parent(&self, _target: &usize) {}

    fn reparent_children(&self, _node: &usize, _new_parent: &usize) {}
}
