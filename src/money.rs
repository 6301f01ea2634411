//! Amounts: dollars in whole cents and water in whole cubic feet, never in floating point.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

/// An amount of money in cents; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

/// A volume of water in cubic feet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CubicFeet(pub i64);

/// A text that is not an amount in dollars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an amount in dollars with at most two decimals, such as 1234.56")]
pub struct NotMoney(pub String);

impl Cents {
    /// No money at all.
    pub const ZERO: Self = Self(0);

    /// The amount as people in the City read it: `$1,234.56`, `-$5.00`.
    #[must_use]
    pub fn dollars(self) -> String {
        let magnitude = self.0.unsigned_abs();
        let whole = group_thousands(magnitude / 100);
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}${whole}.{:02}", magnitude % 100)
    }
}

impl fmt::Display for Cents {
    /// The plain form of the billing extract: `1234.56`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(formatter, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl FromStr for Cents {
    type Err = NotMoney;

    /// Reads `1234.56`, `-5`, `$1,234.5`; anything else is refused rather than guessed.
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let refuse = || NotMoney(text.chars().take(40).collect());
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let digits = digits.strip_prefix('$').unwrap_or(digits);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole: String = ungroup_thousands(whole).ok_or_else(refuse)?;
        if whole.is_empty() || fraction.len() > 2 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let whole: i64 = whole.parse().map_err(|_| refuse())?;
        let fraction: i64 = format!("{fraction:0<2}").parse().map_err(|_| refuse())?;
        let cents = whole.checked_mul(100).and_then(|cents| cents.checked_add(fraction)).ok_or_else(refuse)?;
        Ok(Self(if negative { -cents } else { cents }))
    }
}

/// The digits without their thousands commas; `None` when a comma stands where none belongs.
fn ungroup_thousands(text: &str) -> Option<String> {
    if !text.contains(',') {
        return text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned());
    }
    let mut groups = text.split(',');
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        && groups.all(|group| group.len() == 3);
    well_formed.then(|| text.replace(',', ""))
}

fn group_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

impl CubicFeet {
    /// The volume in whole gallons, rounded to the nearest: 1,000 cubic feet are 7,480 gallons.
    #[must_use]
    pub const fn gallons(self) -> i64 {
        let hundredths = self.0 * 748;
        (hundredths + if hundredths < 0 { -50 } else { 50 }) / 100
    }

    /// The volume with its thousands grouped: `1,234`.
    #[must_use]
    pub fn grouped(self) -> String {
        grouped(self.0)
    }
}

/// A whole number with its thousands grouped: `-1,234`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", group_thousands(number.unsigned_abs()))
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_as_people_and_extracts_write_them() {
        for (text, cents) in [("1234.56", 123_456), ("-5", -500), ("$1,234.5", 123_450), ("0.00", 0), ("-$3.10", -310)]
        {
            assert_eq!(text.parse(), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.234", "1,23", "12,3456", "one", "1.-5", "--5", "1e3", "99999999999999999999"] {
            assert!(text.parse::<Cents>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_thousand_cubic_feet_are_7480_gallons() {
        assert_eq!(CubicFeet(1000).gallons(), 7480);
        assert_eq!(CubicFeet(430).gallons(), 3216);
    }

    proptest! {
        #[test]
        fn printing_and_reading_an_amount_gives_the_amount(cents in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Cents(cents).to_string().parse(), Ok(Cents(cents)));
            prop_assert_eq!(Cents(cents).dollars().parse(), Ok(Cents(cents)));
        }
    }
}
