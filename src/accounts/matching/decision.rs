//! One account, several or none: when what speaks for an account is enough, and nothing in the
//! letter points elsewhere.

use super::evidence::{AddressSays, Evidence, NumberSays};
use super::{Decision, Wanted};
use crate::accounts::rows::{Account, AccountStatus};

/// How much better than every other the matched account has to be.
const MARGIN: f32 = 0.15;

type Scored<'a> = (&'a Account, Evidence);

/// Decides among accounts, the likeliest first.
pub(super) fn decision(scored: &[Scored<'_>], wanted: &Wanted) -> Decision {
    let Some(((best_account, best), others)) = scored.split_first() else { return Decision::None };
    // Two existing numbers in one letter: a person has to say which is meant.
    let given = scored.iter().filter(|(_, evidence)| evidence.has_number()).count();
    let contradicted = others.iter().any(|(_, other)| contradicts(other, best));
    let rival = others.iter().any(|(account, other)| {
        let weaker = account.status == AccountStatus::Closed && best_account.status != AccountStatus::Closed;
        !weaker && other.score() > best.score() - MARGIN
    });
    if given <= 1 && !contradicted && !rival && is_enough(best, wanted) {
        Decision::Matched
    } else {
        Decision::Ambiguous
    }
}

/// Whether something in the letter points to the other account and not to the best one.
fn contradicts(other: &Evidence, best: &Evidence) -> bool {
    let number = other.has_number() && !best.has_number();
    let address = other.has_address() && !best.has_address();
    // Who writes from the address of one account about the number of another may have slipped;
    // when number and service address agree, they mean what they say.
    let sure = best.has_number() && best.has_address();
    let sender = (other.email || other.contact) && !(best.email || best.contact) && !sure;
    let thread = other.thread && !best.thread && !best.has_number();
    // The number that was given is somebody else's, and the one that it slipped from fits better.
    let slip = other.number == NumberSays::Slip && other.support() > best.support();
    number || address || sender || thread || slip
}

/// Whether what speaks for an account is enough, and the letter says nothing that does not fit.
fn is_enough(best: &Evidence, wanted: &Wanted) -> bool {
    let support = best.support();
    if best.has_number() {
        // The number may be a slip onto a stranger's account: then the address does not fit.
        let elsewhere = !wanted.addresses.is_empty()
            && !best.has_address()
            && !best.mailing
            && best.address != AddressSays::OtherUnit;
        return !(elsewhere && support == 0);
    }
    if best.address == AddressSays::OtherUnit && support < 2 {
        return false;
    }
    // A letter with a number that no account has: more must agree than usual.
    if !wanted.numbers.is_empty() {
        let needed = if best.number == NumberSays::Slip { 1 } else { 2 };
        return support >= needed;
    }
    if best.number == NumberSays::Slip {
        return support >= 1;
    }
    // A short name that is misspelt may be another street: something else has to agree.
    let address = best.has_address() && best.address != AddressSays::Misspelt;
    let alone = address || best.email || best.contact || best.thread;
    alone || support >= 2
}
