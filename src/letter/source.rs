//! What is known of a source of letters: how much it holds, how much of that is stored here,
//! and whether somebody has to look after it.

use serde::Serialize;

const SECOND: i64 = 1_000_000;

/// A source with its account. Moments are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceAccount {
    /// What it is called: `imap:inquiries/INBOX`, `folder:scans`, `upload`.
    pub name: String,
    /// When it was first heard of.
    pub first_seen_at: i64,
    /// How many messages ever came from it.
    pub arrivals: i64,
    /// When the last one came.
    pub last_arrival_at: Option<i64>,
    /// How many messages it held at the last look; unknown for sources that hand in by themselves.
    pub held: Option<i64>,
    /// How many of those are stored here.
    pub stored: Option<i64>,
    /// When it was last looked at with success.
    pub looked_at: Option<i64>,
    /// Since when it fails, while it does.
    pub failing_since: Option<i64>,
    /// What it says while it fails.
    pub failure: Option<String>,
    /// After how much silence somebody should look; never when unset.
    pub silent_after_seconds: Option<i64>,
    /// After how long a failure is no longer a passing one.
    pub failing_after_seconds: Option<i64>,
    /// When the permission to sign in ends, where it does.
    pub token_ends_at: Option<i64>,
    /// How long before that somebody should renew it.
    pub token_alarm_seconds: Option<i64>,
}

/// What a source says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// Which source.
    pub name: String,
    /// How many messages it holds and how many of those are stored here, or why it cannot say.
    pub look: Result<(Option<i64>, Option<i64>), String>,
    /// After how much silence somebody should look.
    pub silent_after_seconds: Option<i64>,
    /// After how long a failure is no longer a passing one.
    pub failing_after_seconds: Option<i64>,
    /// When the permission to sign in ends, in microseconds since 1970.
    pub token_ends_at: Option<i64>,
    /// How long before that somebody should renew it.
    pub token_alarm_seconds: Option<i64>,
}

impl SourceAccount {
    /// How many messages it held at the last look that are not stored here.
    #[must_use]
    pub fn unaccounted(&self) -> Option<i64> {
        Some(self.held? - self.stored?)
    }

    /// How many days the permission to sign in still lasts.
    #[must_use]
    pub fn token_days(&self, now: i64) -> Option<i64> {
        Some((self.token_ends_at? - now).div_euclid(86_400 * SECOND))
    }

    /// What somebody should look after, one sentence each.
    #[must_use]
    pub fn alarms(&self, now: i64) -> Vec<String> {
        let mut alarms = Vec::new();
        if let (Some(since), Some(patience)) = (self.failing_since, self.failing_after_seconds)
            && now - since >= patience * SECOND
        {
            let words = self.failure.as_deref().unwrap_or("no reason was given");
            alarms.push(format!("failing for {}: {words}", span(now - since)));
        }
        let heard = self.last_arrival_at.unwrap_or(self.first_seen_at);
        if let Some(patience) = self.silent_after_seconds
            && now - heard >= patience * SECOND
        {
            alarms.push(format!("no mail for {}", span(now - heard)));
        }
        if let (Some(days), Some(ends), Some(notice)) =
            (self.token_days(now), self.token_ends_at, self.token_alarm_seconds)
            && ends - now <= notice * SECOND
        {
            alarms.push(if ends <= now {
                "the permission to sign in has ended; grant it anew".to_owned()
            } else {
                format!("the permission to sign in ends in {days} days; grant it anew")
            });
        }
        alarms
    }

    /// The account in words: `1,204 on server, 1,204 stored, 0 unaccounted, last mail 3 min ago`.
    #[must_use]
    pub fn sentence(&self, now: i64) -> String {
        let mut parts = match (self.held, self.stored) {
            (Some(held), Some(stored)) => vec![
                format!("{} on server", grouped(held)),
                format!("{} stored", grouped(stored)),
                format!("{} unaccounted", grouped(held - stored)),
            ],
            _ => vec![format!("{} stored", grouped(self.arrivals))],
        };
        parts.push(match self.last_arrival_at {
            Some(at) => format!("last mail {} ago", span(now - at)),
            None => "no mail yet".to_owned(),
        });
        if let Some(days) = self.token_days(now) {
            parts.push(format!("permission to sign in for {days} days"));
        }
        parts.join(", ")
    }
}

/// A span of time in the largest unit that says enough.
fn span(microseconds: i64) -> String {
    let seconds = (microseconds / SECOND).max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000_000_000;

    fn account() -> SourceAccount {
        SourceAccount {
            name: "imap:inquiries/INBOX".to_owned(),
            arrivals: 1300,
            last_arrival_at: Some(NOW - 3 * 60 * SECOND),
            held: Some(1204),
            stored: Some(1204),
            looked_at: Some(NOW),
            silent_after_seconds: Some(3600),
            failing_after_seconds: Some(900),
            ..SourceAccount::default()
        }
    }

    #[test]
    fn the_account_is_told_in_one_sentence() {
        assert_eq!(account().sentence(NOW), "1,204 on server, 1,204 stored, 0 unaccounted, last mail 3 min ago");
        assert!(account().alarms(NOW).is_empty());
    }

    #[test]
    fn a_silent_or_failing_source_raises_an_alarm() {
        assert_eq!(account().alarms(NOW + 2 * 3600 * SECOND), ["no mail for 2 h"]);
        let failing =
            SourceAccount { failing_since: Some(NOW), failure: Some("no connection".to_owned()), ..account() };
        assert!(failing.alarms(NOW + 60 * SECOND).is_empty(), "it may pass");
        assert_eq!(failing.alarms(NOW + 900 * SECOND), ["failing for 15 min: no connection"]);
    }

    #[test]
    fn a_permission_that_ends_soon_raises_an_alarm() {
        let day = 86_400 * SECOND;
        let ending =
            SourceAccount { token_ends_at: Some(NOW + 10 * day), token_alarm_seconds: Some(14 * 86_400), ..account() };
        assert_eq!(ending.alarms(NOW), ["the permission to sign in ends in 10 days; grant it anew"]);
    }
}
