//! What the header of one part says about its body.

use std::sync::LazyLock;

use mail_parser::{ContentType, Header, HeaderName, HeaderValue, MessageParser};

use super::headers;
use super::transfer::Transfer;

/// More of a part's header is not looked at: the parser's work on continued parameters grows
/// with the square of their number.
const HEADER_BYTES: usize = 64 * 1024;

/// Where a part asks to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Disposition {
    /// It does not say.
    #[default]
    Unsaid,
    /// Within the text.
    Inline,
    /// Apart from the text.
    Attachment,
}

/// The header fields of a part that tell what its body is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fields {
    /// The declared type and subtype in lower case, such as `text/plain`.
    pub(super) content_type: String,
    /// The declared charset.
    pub(super) charset: Option<String>,
    /// What separates the parts of a multipart.
    pub(super) boundary: Option<String>,
    /// The file name, from either header that may hold it.
    pub(super) name: Option<String>,
    /// Where it asks to be shown.
    pub(super) disposition: Disposition,
    /// The identifier by which HTML refers to it, without angle brackets.
    pub(super) content_id: Option<String>,
    /// The Content-Location by which HTML may refer to it.
    pub(super) location: Option<String>,
    /// How its body is encoded.
    pub(super) transfer: Transfer,
    /// Whether lines that end in a blank go on in the next one (RFC 3676).
    pub(super) is_flowed: bool,
    /// Whether that blank is only a mark.
    pub(super) deletes_space: bool,
}

impl Fields {
    /// The fields of a header block; `default_type` is what a part without a type is here.
    pub(super) fn of(header: &[u8], default_type: &str) -> Self {
        static PARSER: LazyLock<MessageParser> =
            LazyLock::new(|| MessageParser::new().with_mime_headers().default_header_ignore());
        let mut fields = Self { content_type: default_type.to_owned(), ..Self::default() };
        let block = headers::block(header, HEADER_BYTES);
        if let Some(message) = PARSER.parse_headers(&block) {
            // Of repeated headers the first counts: so the fields are filled from the last.
            for header in message.parts.iter().flat_map(|part| part.headers.iter()).rev() {
                fields.take(header);
            }
        }
        fields
    }

    fn take(&mut self, header: &Header<'_>) {
        match (&header.name, &header.value) {
            (HeaderName::ContentType, HeaderValue::ContentType(value)) => self.take_type(value),
            (HeaderName::ContentDisposition, HeaderValue::ContentType(value)) => {
                self.disposition = match value.ctype() {
                    kind if kind.eq_ignore_ascii_case("attachment") => Disposition::Attachment,
                    kind if kind.eq_ignore_ascii_case("inline") => Disposition::Inline,
                    _ => Disposition::Unsaid,
                };
                if let Some(name) = attribute(value, "filename") {
                    self.name = Some(name);
                }
            }
            (HeaderName::ContentId, value) => self.content_id = text(value),
            (HeaderName::ContentLocation, value) => self.location = text(value),
            (HeaderName::ContentTransferEncoding, value) => {
                self.transfer = text(value).map_or(Transfer::Identity, |value| Transfer::named(&value));
            }
            _ => {}
        }
    }

    fn take_type(&mut self, value: &ContentType<'_>) {
        let main = value.ctype().trim().to_lowercase();
        self.content_type = match (value.subtype().map(|subtype| subtype.trim().to_lowercase()), main.as_str()) {
            (Some(subtype), _) if !subtype.is_empty() && !main.is_empty() => format!("{main}/{subtype}"),
            (_, "text") => "text/plain".to_owned(),
            (_, "multipart") => "multipart/mixed".to_owned(),
            // A type that cannot be read is that of a part without one.
            (_, "") => return,
            _ => "application/octet-stream".to_owned(),
        };
        self.charset = attribute(value, "charset");
        self.boundary = value.attribute("boundary").map(ToOwned::to_owned);
        self.is_flowed = value.attribute("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
        self.deletes_space = value.attribute("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
        if self.name.is_none() {
            self.name = attribute(value, "name");
        }
    }

    /// The part before the slash.
    pub(super) fn main_type(&self) -> &str {
        self.content_type.split_once('/').map_or(&self.content_type, |(main, _)| main)
    }
}

fn attribute(value: &ContentType<'_>, name: &str) -> Option<String> {
    value.attribute(name).map(str::trim).filter(|value| !value.is_empty()).map(ToOwned::to_owned)
}

fn text(value: &HeaderValue<'_>) -> Option<String> {
    let text = match value {
        HeaderValue::Text(text) => text.as_ref(),
        HeaderValue::TextList(list) => list.first()?.as_ref(),
        _ => return None,
    };
    let text = text.trim().trim_matches(['<', '>']);
    (!text.is_empty()).then(|| text.to_owned())
}
