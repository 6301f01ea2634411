//! The lines that phones and mail programs set under letters, such as `Sent from my iPhone`, in
//! many languages.

use std::sync::LazyLock;

use super::line::words;

/// `Sent from my iPhone` and its kin.
pub(super) fn is_device_line(line: &str) -> bool {
    let line = line.trim().trim_matches(['*', '_', '[', '(', ')']).trim();
    if line.len() > DEVICE_LINE_BYTES || !may_be(line) {
        return false;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let plain = lower.split(['<', '(']).next().unwrap_or_default().trim_end_matches(['.', '!', ' ']);
    let lead = DEVICE_LEADS.iter().find(|lead| plain.starts_with(**lead));
    let by_end = DEVICE_ENDS.iter().any(|end| plain.ends_with(end));
    let count = words(plain).count();
    if words(plain).any(|word| DEVICES.contains(&word)) || has_joined_device(plain) {
        return (lead.is_some() || by_end) && count <= 14;
    }
    // A device nobody knows: short, and not the beginning of a sentence.
    let usual = ["sent from my ", "enviado desde mi ", "envoyé de mon ", "sendt fra min ", "skickat från min "];
    usual.iter().any(|lead| plain.starts_with(lead)) && count <= 8 && !plain.contains(',')
}

/// Whether a line begins or ends as such lines do: cheap, for it is asked of every line.
fn may_be(line: &str) -> bool {
    if !line.is_ascii() {
        return true;
    }
    let plain = line.split(['<', '(']).next().unwrap_or_default().trim_end_matches(['.', '!', ' ']).as_bytes();
    let letter = plain.first().map(u8::to_ascii_lowercase).filter(u8::is_ascii_lowercase);
    let begins = |lead: &&str| plain.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead.as_bytes()));
    let ends = |end: &&str| {
        let start = plain.len().checked_sub(end.len());
        start.is_some_and(|start| plain[start..].eq_ignore_ascii_case(end.as_bytes()))
    };
    letter.is_some_and(|letter| LEADS_BY_LETTER[usize::from(letter - b'a')].iter().any(begins))
        || DEVICE_ENDS.iter().any(ends)
}

static LEADS_BY_LETTER: LazyLock<[Vec<&'static str>; 26]> = LazyLock::new(|| {
    std::array::from_fn(|at| {
        DEVICE_LEADS.iter().copied().filter(|lead| usize::from(lead.as_bytes()[0]) == at + 97).collect()
    })
});

/// A device in a script without blanks.
fn has_joined_device(text: &str) -> bool {
    !text.is_ascii()
        && ["iphone", "ipad", "android", "outlook", "邮箱", "手机"].iter().any(|device| text.contains(device))
}

/// The longest line that a phone adds.
const DEVICE_LINE_BYTES: usize = 160;

/// How the lines of mail programs and phones begin.
const DEVICE_LEADS: &[&str] = &[
    "sent from ",
    "sent wirelessly ",
    "sent on ",
    "sent via ",
    "sent with ",
    "sent using ",
    "get outlook for ",
    "download outlook for ",
    "enviado desde ",
    "enviado con ",
    "enviado mediante ",
    "enviado a través de ",
    "mandado desde ",
    "obtener outlook para ",
    "obtén outlook para ",
    "descargar outlook para ",
    "descarga outlook para ",
    "envoyé depuis ",
    "envoyé de mon ",
    "envoyé de ma ",
    "envoyé à partir de ",
    "envoyé à partir d'",
    "envoyé avec ",
    "envoyé via ",
    "envoyé d'",
    "envoyé sans fil ",
    "télécharger outlook pour ",
    "obtenir outlook pour ",
    "obtenez outlook pour ",
    "gesendet von ",
    "gesendet mit ",
    "gesendet aus ",
    "gesendet über ",
    "von meinem ",
    "von meiner ",
    "diese nachricht wurde von meinem ",
    "holen sie sich outlook für ",
    "outlook für ",
    "enviado do ",
    "enviado da ",
    "enviado de ",
    "enviado a partir ",
    "enviado através d",
    "enviado pelo ",
    "obter o outlook para ",
    "obter outlook para ",
    "inviato da ",
    "inviato dal ",
    "inviato con ",
    "scarica outlook per ",
    "ottieni outlook per ",
    "verzonden vanaf ",
    "verzonden vanuit ",
    "verzonden met ",
    "verstuurd vanaf ",
    "verstuurd met ",
    "outlook voor ",
    "wysłane z ",
    "wysłano z ",
    "wysłane przez ",
    "pobierz aplikację outlook ",
    "uzyskaj aplikację outlook ",
    "skickat från ",
    "skickad från ",
    "skickat med ",
    "hämta outlook för ",
    "skaffa outlook för ",
    "sendt fra ",
    "sendt via ",
    "hent outlook ",
    "få outlook til ",
    "få outlook for ",
    "skaff deg outlook for ",
    "lähetetty ",
    "hanki outlook ",
    "отправлено с ",
    "отправлено из ",
    "скачать outlook ",
    "надіслано з ",
    "odesláno z ",
    "odoslané z ",
    "发自我的",
    "发自",
    "發自",
    "從我的",
    "获取 outlook",
    "取得 outlook",
    "获取outlook",
    "나의 ",
    "outlook for ",
    "yahoo mail: ",
];

/// How they end where the device comes first.
const DEVICE_ENDS: &[&str] =
    &["gesendet", "から送信", "から送信。", "에서 보냄", "lähetetty", "herunterladen", "downloaden", "ophalen"];

/// Names that only a device or a mail program has.
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "ipod",
    "ios",
    "android",
    "blackberry",
    "samsung",
    "galaxy",
    "huawei",
    "xiaomi",
    "redmi",
    "oppo",
    "oneplus",
    "nokia",
    "lumia",
    "xperia",
    "motorola",
    "moto",
    "pixel",
    "htc",
    "lg",
    "wiko",
    "windows",
    "outlook",
    "yahoo",
    "gmail",
    "aol",
    "protonmail",
    "proton",
    "thunderbird",
    "mailspring",
    "verizon",
    "t-mobile",
    "at&t",
    "sprint",
    "sparrow",
    "airmail",
    "mailbird",
    "bluemail",
    "superhuman",
    "hotmail",
    "zoho",
    "gmx",
    "web.de",
    "telekom",
    "orange",
    "yandex",
    "mail.ru",
    "realme",
    "vivo",
    "palm",
    "kindle",
    "correo",
    "smartphone",
    "handy",
    "telefon",
    "teléfono",
    "móvil",
    "celular",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_phones_are_known_and_sentences_are_not() {
        for line in [
            "Sent from my iPhone",
            "Sent from my iPhone!",
            "Sent via the Samsung Galaxy S21, an AT&T 5G smartphone",
            "Sent from Mail for Windows 10",
            "Get Outlook for iOS<https://outlook.example/ios>",
            "Sent from my Quux 9",
            "Enviado desde mi iPhone",
            "Obtener Outlook para Android",
            "Enviado desde mi teléfono móvil",
            "Envoyé de mon iPad",
            "Von meinem iPhone gesendet",
            "Verstuurd vanaf mijn iPhone",
            "Skickat från min iPhone",
            "iPhoneから送信",
        ] {
            assert!(is_device_line(line), "{line}");
        }
        for line in [
            "Sent from my office, the letter never reached you.",
            "Enviado desde mi oficina el lunes pasado, sin respuesta hasta hoy",
            "Sent with the bill was a notice I don't understand",
        ] {
            assert!(!is_device_line(line), "{line}");
        }
    }
}
