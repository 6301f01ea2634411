//! Whole-number arithmetic: divisions with their rounding stated, and the bounds within which
//! nothing can overflow.

use crate::accounts::context::AccountRows;
use crate::accounts::rows::Bill;
use crate::money::Cents;

/// No amount of one account is larger: ten billion dollars in cents. What is larger is an error
/// of the extract, and no sum is made of it.
const LARGEST: i64 = 1_000_000_000_000;

/// A quotient rounded to the nearest whole number, halves away from zero. The divisor is not 0.
pub(super) const fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (dividend, divisor) = if divisor < 0 { (-dividend, -divisor) } else { (dividend, divisor) };
    let half = if dividend < 0 { -(divisor / 2) } else { divisor / 2 };
    (dividend + half) / divisor
}

/// A number that was kept within bounds all the way.
pub(super) fn narrowed(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// Whether an amount, in cents or cubic feet, can be one.
pub(super) const fn is_plausible(amount: i64) -> bool {
    -LARGEST <= amount && amount <= LARGEST
}

/// Whether every amount of a bill can be one.
pub(super) fn is_plausible_bill(bill: &Bill) -> bool {
    let parts = [bill.water, bill.sewer, bill.service, bill.stormwater, bill.discount, bill.penalty, bill.other];
    parts.into_iter().flatten().chain([bill.total]).all(|amount| is_plausible(amount.0))
        && bill.usage_cf.is_none_or(|usage| is_plausible(usage.0))
}

/// Whether every amount of an account can be one.
pub(super) fn is_plausible_account(rows: &AccountRows) -> bool {
    let amounts = rows
        .payments
        .iter()
        .map(|payment| payment.amount)
        .chain(rows.adjustments.iter().map(|adjustment| adjustment.amount))
        .chain(rows.account.balance);
    rows.bills.iter().all(is_plausible_bill) && amounts.into_iter().all(|Cents(amount)| is_plausible(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (dividend, divisor, expected) in [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (7, -2, -4), (0, 9, 0)] {
            assert_eq!(rounded(dividend, divisor), expected, "{dividend} / {divisor}");
        }
    }
}
