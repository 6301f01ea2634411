//! What a bill's total is made of: its items, what is owed from before, and the rest.

use crate::accounts::rows::Bill;
use crate::money::Cents;

/// The items of a bill, in the order of the extract's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// Water by its volume.
    Water,
    /// Sewer by the water's volume.
    Sewer,
    /// The service charge, by the size of the meter.
    Service,
    /// The stormwater charge.
    Stormwater,
    /// What is taken off.
    Discount,
    /// What is added for lateness.
    Penalty,
    /// Whatever else.
    Other,
}

/// All items.
pub(super) const ITEMS: [Item; 7] =
    [Item::Water, Item::Sewer, Item::Service, Item::Stormwater, Item::Discount, Item::Penalty, Item::Other];

/// A bill's total, taken apart. The items, `prior` and `rest` always add up to the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Itemized {
    /// The items in the order of [`ITEMS`]; nothing where the bill does not say.
    pub(super) amounts: [Option<Cents>; 7],
    /// What was owed from before, when the total includes it.
    pub(super) prior: Cents,
    /// What the bill does not break down.
    pub(super) rest: Cents,
}

impl Itemized {
    /// Whether the four usual items are all known.
    pub(super) fn is_whole(&self) -> bool {
        self.amounts[..4].iter().all(Option::is_some)
    }
}

/// Takes a bill's total apart. `prior` is the balance before the bill, where it is known: some
/// billing systems put it into the total, others do not, and the items tell which. Discounts are
/// written with a minus by some and without by others; again the total tells.
pub(super) fn itemize(bill: &Bill, prior: Option<Cents>) -> Itemized {
    let written = [bill.water, bill.sewer, bill.service, bill.stormwater, bill.discount, bill.penalty, bill.other];
    let mut taken_off = written;
    taken_off[4] = bill.discount.map(|discount| if discount.0 > 0 { -discount } else { discount });
    let owed = prior.filter(|prior| *prior != Cents::ZERO && written[..4].iter().any(Option::is_some));
    for amounts in [written, taken_off] {
        let rest = bill.total - amounts.iter().flatten().copied().sum();
        if rest == Cents::ZERO || Some(rest) == owed {
            // The total is explained to the cent: an item that is not there is zero.
            return Itemized {
                amounts: amounts.map(|amount| Some(amount.unwrap_or_default())),
                prior: rest,
                rest: Cents::ZERO,
            };
        }
    }
    let rest = bill.total - written.iter().flatten().copied().sum();
    Itemized { amounts: written, prior: Cents::ZERO, rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::bill;

    #[test]
    fn an_item_that_is_not_there_is_zero_when_the_total_needs_none() {
        let bill = bill("b", "2026-05-04").with_items(&[("water", 2000), ("service", 1210), ("stormwater", 1686)]);
        let found = itemize(&bill, None);
        assert_eq!(found.amounts[1], Some(Cents::ZERO));
        assert_eq!((found.prior, found.rest), (Cents::ZERO, Cents::ZERO));
    }

    #[test]
    fn a_total_that_includes_what_was_owed_is_recognized() {
        let mut bill = bill("b", "2026-05-04").with_items(&[("water", 2000), ("service", 1210)]);
        bill.total += Cents(5000);
        assert_eq!(itemize(&bill, Some(Cents(5000))).prior, Cents(5000));
        let unknown = itemize(&bill, Some(Cents(4999)));
        assert_eq!((unknown.prior, unknown.rest), (Cents::ZERO, Cents(5000)));
    }

    #[test]
    fn a_discount_may_be_written_without_its_minus() {
        let mut bill = bill("b", "2026-05-04").with_items(&[("water", 2000), ("service", 1210), ("discount", 500)]);
        bill.total = Cents(2710);
        assert_eq!(itemize(&bill, None).amounts[4], Some(Cents(-500)));
    }
}
