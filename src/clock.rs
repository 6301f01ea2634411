//! The time: the only module that asks the machine for it, and the City's zone at the edges.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

/// The months as English and Spanish letters write them.
pub const MONTHS: [(&str, &str); 12] = [
    ("January", "enero"),
    ("February", "febrero"),
    ("March", "marzo"),
    ("April", "abril"),
    ("May", "mayo"),
    ("June", "junio"),
    ("July", "julio"),
    ("August", "agosto"),
    ("September", "septiembre"),
    ("October", "octubre"),
    ("November", "noviembre"),
    ("December", "diciembre"),
];

/// Tells the time. Handed to whoever needs it, so that a test can set it.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands until it is moved, in microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    /// The present moment in UTC, to the microsecond: the precision the database keeps.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        };
        from_microseconds(microseconds)
    }

    /// Moves a manual clock forward; the machine's clock goes by itself.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Manual(at) = self {
            let microseconds = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            at.fetch_add(microseconds, Ordering::SeqCst);
        }
    }
}

/// The moment that many microseconds after 1970; out of range becomes the nearest bound.
#[must_use]
pub fn from_microseconds(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(if microseconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The calendar day of a moment where the utility's customers live.
#[must_use]
pub fn local_date(at: Timestamp, zone: &TimeZone) -> civil::Date {
    zone.to_datetime(at).date()
}
