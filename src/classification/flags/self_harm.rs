//! Phrases of both languages that speak of harm to oneself. Who reads such a letter is shown at
//! once what to do; a false alarm costs one look.

use std::sync::LazyLock;

use super::super::Letter;
use super::super::model::Words;
use super::super::phrases::{Phrases, phrases_of};

const ENGLISH: &str = "kill myself, kill my self, killing myself, killing my self, end my life, ending my life, end my \
    own life, ending my own life, end it all, ending it all, take my life, taking my life, take my own life, taking my \
    own life, hurt myself, hurt my self, hurting myself, harm myself, harm my self, harming myself, self harm, cut \
    myself, cutting myself, suicid*, want to die, wants to die, wanna die, wanting to die, ready to die, wish i was \
    dead, wish i were dead, wish i wasnt alive, better off dead, rather be dead, rather die, worth more dead, more dead \
    than alive, dont want to live, do not want to live, doesnt want to live, not want to live, no reason to live, no \
    reason to go on, reason to go on, nothing to live for, not worth living, isnt worth living, tired of living, tired \
    of being alive, dont want to be here any*, do not want to be here any*, dont want to be alive, do not want to be \
    alive, dont want to wake, do not want to wake, never wake up, cant go on, cannot go on, can not go on, dont see a \
    way out, do not see a way out, see no way out, overdose*, pills counted, bottle of pills, bottles of pills, handful \
    of pills, take all my pills, take all the pills, all of my pills, jump off, jump in front, jump in .. river, jump \
    into .. river, off the bridge, hang myself, hanging myself, shoot myself, shooting myself, drown myself, slit my, \
    better off without me, better without me, goodbye letter, be done with life, done with living, done with my life";

const SPANISH: &str = "matarme, me voy a matar, me quiero matar, me matare, me mataria, quitarme la vida, me quito la \
    vida, me quitare la vida, me voy a quitar la vida, quitarse la vida, quitar la vida, no quiero vivir, no quiere \
    vivir, no quiero seguir viviendo, seguir viviendo, no quiero estar aqui, no quiero estar viv*, ganas de vivir, ganas \
    de seguir viviendo, sentido a seguir, sentido a la vida, sentido seguir viviendo, suicid*, hacerme dano, lastimarme, \
    cortarme las venas, me quiero morir, quiero morir*, quisiera morir*, prefiero morir*, mejor muert*, mejor me muero, \
    estar muert*, valgo mas muert*, no despertar, no amanecer, acabar con mi vida, acabar con todo, terminar con mi \
    vida, terminar con todo, poner fin a mi vida, ponerle fin a mi vida, ponerle fin a todo, no vale la pena vivir, no \
    vale la pena seguir viviendo, no le veo salida, no veo salida, no veo otra salida, tomarme las pastillas, tomarme \
    todas, frasco de pastillas, tirarme del, tirarme de un, tirarme al, me tiro del, me tiro de un, me tiro al, \
    ahorcarme, me ahorco, colgarme, pegarme un tiro, darme un tiro, me pego un tiro, mejor sin mi, cansado de vivir, \
    cansada de vivir, irme de este mundo, me voy de este mundo, hacer una locura, cometer una locura";

static PHRASES: LazyLock<Phrases<()>> =
    LazyLock::new(|| Phrases::new(phrases_of(ENGLISH).chain(phrases_of(SPANISH)).map(|phrase| ((), phrase))));

/// Where a letter speaks of it first, in its text if possible.
pub(super) fn place(letter: &Letter) -> Option<(usize, usize)> {
    let mut place: Option<(usize, usize)> = None;
    PHRASES.find(&letter.words, |(), first, last| {
        let found = (letter.words.place(first).0, letter.words.place(last).1);
        if place.is_none_or(|place| place.0 < letter.before && found.0 >= letter.before) {
            place = Some(found);
        }
    });
    place
}

/// Whether some words speak of it.
pub(super) fn is_meant(text: &str) -> bool {
    let mut meant = false;
    PHRASES.find(&Words::of(text), |(), _, _| meant = true);
    meant
}

#[cfg(test)]
mod tests {
    use super::super::super::meanings::meanings;
    use super::super::{FlagFound, find};
    use super::*;
    use crate::letter::Flag;

    fn threats(text: &str) -> Vec<FlagFound> {
        let letter = Letter::of("My bill", text, &meanings());
        find(&letter, &[]).into_iter().filter(|found| found.flag == Flag::Threat).collect()
    }

    #[test]
    fn harm_to_oneself_is_told_from_harm_to_others() {
        for text in [
            "If the water goes off I am going to end my life.",
            "I don't want to live like this",
            "Ya no quiero seguir viviendo así.",
            "Ayer pensé en quitarme la vida.",
        ] {
            assert!(threats(text)[0].speaks_of_self_harm(), "{text}");
        }
        for text in ["I will come down there with a baseball bat.", "Le voy a partir la cara al que venga."] {
            let found = threats(text);
            assert!(!found.is_empty() && !found.iter().any(FlagFound::speaks_of_self_harm), "{text}");
        }
        assert!(threats("The meter reader said he cannot come on Monday.").is_empty());
    }

    #[test]
    fn both_kinds_of_threat_keep_their_words() {
        let found = threats("You will regret this. I want to die.");
        let words: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(words, ["want to die", "You will regret"]);
        assert_eq!((found[0].start, found[0].end), (24, 35));
    }
}
