//! The titles that mail programs set over what they forward or quote, such as
//! `-----Original Message-----`.

use super::line::bare;

/// Titles that count only between dashes.
const FRAMED: &[&str] = &[
    "original message",
    "original appointment",
    "reply message",
    "forwarded message",
    "forwarded letter",
    "forwarded mail",
    "forward message",
    "mensaje original",
    "mensaje reenviado",
    "mensaje de respuesta",
    "correo original",
    "correo reenviado",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "original nachricht",
    "antwort nachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message original",
    "message initial",
    "message transféré",
    "message réexpédié",
    "mail original",
    "e-mail d'origine",
    "mensagem original",
    "mensagem encaminhada",
    "mensagem reencaminhada",
    "messaggio originale",
    "messaggio inoltrato",
    "oorspronkelijk bericht",
    "origineel bericht",
    "doorgestuurd bericht",
    "doorgezonden bericht",
    "oryginalna wiadomość",
    "wiadomość oryginalna",
    "oryginalna wiadomosc",
    "wiadomość przekazana",
    "przekazana wiadomość",
    "treść przekazanej wiadomości",
    "ursprungligt meddelande",
    "originalmeddelande",
    "ursprungsmeddelande",
    "vidarebefordrat meddelande",
    "vidarebefordrat mejl",
    "oprindelig meddelelse",
    "oprindelig besked",
    "original meddelelse",
    "videresendt meddelelse",
    "videresendt besked",
    "opprinnelig melding",
    "original melding",
    "videresendt melding",
    "alkuperäinen viesti",
    "edelleenlähetetty viesti",
    "välitetty viesti",
    "исходное сообщение",
    "оригинальное сообщение",
    "пересланное сообщение",
    "пересылаемое сообщение",
    "переадресованное сообщение",
    "вихідне повідомлення",
    "původní zpráva",
    "pôvodná správa",
    "přeposlaná zpráva",
    "eredeti üzenet",
    "továbbított üzenet",
    "mesaj original",
    "mesaj redirecționat",
    "özgün ileti",
    "orijinal mesaj",
    "iletilen mesaj",
    "missatge original",
    "missatge reenviat",
    "原始邮件",
    "原始郵件",
    "原郵件",
    "转发邮件",
    "转发的邮件",
    "轉寄郵件",
    "轉寄的郵件",
    "元のメッセージ",
    "転送メッセージ",
    "원본 메시지",
    "원본 메일",
    "전달된 메시지",
];

/// Titles that count on a line of their own.
const PLAIN: &[&str] = &[
    "begin forwarded message",
    "start of forwarded message",
    "inicio del mensaje reenviado",
    "inicio de mensaje reenviado",
    "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail",
    "début du message transféré",
    "début du message réexpédié",
    "inizio messaggio inoltrato",
    "início da mensagem encaminhada",
    "início da mensagem reencaminhada",
    "begin doorgestuurd bericht",
    "vidarebefordrat brev",
    "vidarebefordrat mejl",
    "start på vidarebefordrat mejl",
    "videresendt besked",
    "start på videresendt besked",
    "start på videresendt melding",
    "videresendt melding",
    "początek przekazywanej wiadomości",
    "rozpoczęcie przekazanej wiadomości",
    "välitetty viesti alkaa",
    "начало переадресованного сообщения",
    "начало пересылаемого сообщения",
    "开始转发的邮件",
    "下面是被转发的邮件",
    "転送されたメッセージ",
    "전달된 메시지 시작",
];

/// What help desks print above their letters, between `##-` and `-##`.
const REPLY_LINES: &[&str] = &["above this line", "por encima de esta línea", "encima de esta línea"];

/// The longest title with its frame.
const TITLE_BYTES: usize = 160;

/// The title between its dashes: some programs forget the line end after them.
fn framed_title(line: &str) -> Option<&str> {
    let inner = line.trim_start_matches(['-', '_', '=', '—', '–', '‐']);
    let title = inner.split_once("--").map_or(inner, |(title, _)| title);
    (line.len() - inner.len() >= 2 && title.len() <= TITLE_BYTES).then_some(title)
}

/// Whether the line is such a title.
pub(super) fn is_separator(line: &str) -> bool {
    let line = line.trim().trim_matches('*').trim();
    if let Some(title) = framed_title(line).map(folded) {
        return FRAMED.contains(&title.as_str())
            || PLAIN.contains(&title.as_str())
            || (title.starts_with("forwarded by ") && line.ends_with("--"));
    }
    if line.is_empty() || line.len() > TITLE_BYTES {
        return false;
    }
    let (closed, ruled) = (line.ends_with([':', '：']), line.starts_with("##") || line.starts_with("=-"));
    if !closed && !ruled {
        return false;
    }
    let title = folded(line);
    (closed && PLAIN.contains(&title.as_str())) || (ruled && REPLY_LINES.iter().any(|words| title.contains(words)))
}

/// The words of a title, whatever stands around them.
fn folded(title: &str) -> String {
    let title = bare(title).trim_end_matches([':', '：', ' ', '\u{a0}']);
    title.to_lowercase().replace('’', "'").replace('‑', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_count_in_many_languages_and_only_as_titles() {
        for line in [
            "-----Original Message-----",
            "*-------- Mensaje original --------*",
            "---------- Mensaje reenviado ---------",
            "-----Ursprüngliche Nachricht-----",
            "-------- Message d’origine --------",
            "-------- Mensaje original --------De: Ayuda Fecha: 3/3/26",
            "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
            "Begin forwarded message:",
            "Inicio del mensaje reenviado:",
            "Début du message transféré :",
            "------------------ 原始邮件 ------------------",
            "##- Please type your reply above this line -##",
        ] {
            assert!(is_separator(line), "{line}");
        }
        for line in ["Original message", "I never got the original message.", "-----", "---- total ----"] {
            assert!(!is_separator(line), "{line}");
        }
    }
}
