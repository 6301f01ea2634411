//! The type of a file by its first bytes: names and declarations are only what a sender says.

/// What the bytes begin with, where, and what that makes them.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"OggS", "application/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"-----BEGIN PGP SIGNATURE", "application/pgp-signature"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
];

/// Documents that are ZIP archives, by what stands near their beginning.
const ARCHIVED: &[(&[u8], &str)] = &[
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
];

/// The type that the bytes have; `None` when they do not tell.
pub(super) fn detected(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(archived(bytes));
    }
    if bytes.len() > 26 && bytes.starts_with(b"BM") && bytes[6..10] == [0; 4] {
        return Some("image/bmp");
    }
    let known = SIGNATURES.iter().find(|(at, mark, _)| bytes.get(*at..).is_some_and(|bytes| bytes.starts_with(mark)));
    known.map(|(_, _, name)| *name).or_else(|| is_html(bytes).then_some("text/html"))
}

/// The type to tell: by content where the bytes decide, else as declared. The declaration may
/// be finer than the bytes: a Word file is an OLE storage, a signature is text.
pub(super) fn type_of(bytes: &[u8], declared: &str) -> String {
    let Some(found) = detected(bytes) else { return declared.to_owned() };
    let is_finer = match found {
        "application/x-ole-storage" => ["application/msword", "application/vnd.ms-", "application/x-ole"]
            .iter()
            .any(|type_| declared.starts_with(type_)),
        "application/zip" => declared.starts_with("application/") && declared != "application/octet-stream",
        "application/gzip" | "application/ogg" => declared.contains("gzip") || declared.contains("ogg"),
        "video/mp4" => declared.starts_with("video/") || declared.starts_with("audio/"),
        "text/html" => declared.starts_with("text/") || declared.starts_with("application/xhtml"),
        _ => false,
    };
    if is_finer { declared.to_owned() } else { found.to_owned() }
}

fn archived(bytes: &[u8]) -> &'static str {
    let start = &bytes[..bytes.len().min(8192)];
    let known = ARCHIVED.iter().find(|(mark, _)| super::limits::contains_ignoring_case(start, mark));
    known.map_or("application/zip", |(_, name)| name)
}

fn is_html(bytes: &[u8]) -> bool {
    let start = bytes[..bytes.len().min(512)].trim_ascii_start();
    ["<!doctype html", "<html", "<head", "<body", "<script", "<svg"]
        .iter()
        .any(|mark| start.len() > mark.len() && start[..mark.len()].eq_ignore_ascii_case(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_over_the_declaration() {
        assert_eq!(type_of(b"%PDF-1.7 ...", "application/octet-stream"), "application/pdf");
        assert_eq!(type_of(b"<html><script>", "image/png"), "text/html");
        assert_eq!(type_of(b"MZ\x90\0", "image/jpeg"), "application/vnd.microsoft.portable-executable");
    }

    #[test]
    fn a_finer_declaration_stays() {
        assert_eq!(type_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "application/msword"), "application/msword");
        assert_eq!(type_of(b"Dear Sirs", "text/plain"), "text/plain");
    }

    #[test]
    fn office_files_are_told_from_archives() {
        let document = b"PK\x03\x04\x14\0\0\0\x08\0word/document.xml";
        assert_eq!(detected(document), Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"));
        assert_eq!(detected(b"PK\x03\x04\x14\0\0\0\x08\0photo.jpg"), Some("application/zip"));
    }
}
