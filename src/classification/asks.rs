//! What a letter asks or demands, sentence by sentence.

use serde::{Deserialize, Serialize};

use super::Letter;
use super::meanings::Meaning;
use super::sentences::Sentence;
use crate::letter::Topic;

/// The most asks that are kept of one letter.
const MOST: usize = 12;

/// Phrases that ask, in both languages, separated by commas.
pub(super) const ASKING: &str = "please, pls, plz, kindly, can you, could you, would you, will you, can i, could i, may i, can we, can \
    someone, could someone, have someone, i want, we want, i need, we need, i would like, id like, we would \
    like, i ask, im asking, i am asking, i request, im requesting, i am requesting, we request, requesting, i \
    demand, we demand, i insist, i expect, you must, you need to, you have to, you should, send me, send us, \
    tell me, let me know, call me, explain, fix, stop, help me, take it off, take me off, remove, cancel, i \
    dispute, i appeal, i wish to, want to know, wondering, looking for, hoping, how do i, how can i, how much, \
    what do i, advise, asking for, por favor, porfavor, favor de, pueden, puede, podrian, podria, quiero, \
    queremos, quisiera, quisieramos, necesito, necesitamos, me gustaria, nos gustaria, solicito, solicitamos, \
    pido, pedimos, exijo, exigimos, reclamo, apelo, disputo, ruego, les pido, le pido, deseo, deseamos, \
    ayudenme, ayudeme, ayudame, mandenme, mandeme, envienme, envieme, diganme, digame, llamenme, llameme, \
    expliquenme, expliqueme, quitenme, quiteme, arreglen, manden, envien, revisen, revise, corrijan, necesita, \
    hace falta que, espero que, como puedo, como hago, que tengo que, tienen que, tiene que, deben, quiere \
    saber, quiero saber";

/// A sentence that asks or demands something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Where it starts, in Unicode characters of the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its words.
    pub text: String,
    /// Which of the letter's topics it belongs to.
    pub topic: Option<Topic>,
}

/// The asks of a letter. `weights` says for each topic how much each word spoke for it.
pub(super) fn find(letter: &Letter, weights: &[(Topic, &[f32])]) -> Vec<Ask> {
    let mut asking = vec![false; letter.words.len()];
    for (_, first, _) in letter.meanings.iter().filter(|(meaning, _, _)| *meaning == Meaning::Asks) {
        asking[*first] = true;
    }
    let asks = letter.sentences.iter().filter(|one| {
        let asks = one.question || asking[one.first_word..one.end_word].contains(&true);
        asks && one.end_word - one.first_word > 1
    });
    asks.take(MOST)
        .filter_map(|one| {
            let (start, end) = letter.inside(one.start, one.end)?;
            Some(Ask { start, end, text: letter.cut(one.start, one.end), topic: topic(*one, weights) })
        })
        .collect()
}

/// The topic for which a sentence's words spoke most; the primary one where none did.
fn topic(sentence: Sentence, weights: &[(Topic, &[f32])]) -> Option<Topic> {
    let (mut best, mut most) = (weights.first()?.0, 0.0);
    for (topic, weights) in weights {
        let sum: f32 = weights[sentence.first_word..sentence.end_word].iter().sum();
        if sum > most {
            (best, most) = (*topic, sum);
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::super::meanings::meanings;
    use super::*;

    fn asks(text: &str) -> Vec<String> {
        find(&Letter::of("Please answer", text, &meanings()), &[]).into_iter().map(|ask| ask.text).collect()
    }

    #[test]
    fn questions_and_demands_are_asks_and_stories_are_none() {
        assert_eq!(
            asks("I moved in May. Why is it so high? Send me a copy. El agua salió marrón. Quiero un crédito."),
            ["Why is it so high?", "Send me a copy.", "Quiero un crédito."]
        );
    }
}
