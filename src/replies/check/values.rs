//! The values a template names: known, asked for before they are printed, allowed to be told.
//!
//! Handlebars itself says nothing of a missing value in `#if`, `#unless` and the arguments of a
//! part, and prints nothing for null; so the parsed text is walked here, and each name looked up
//! in the catalogue.

use std::collections::BTreeSet;

use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement};

use super::super::catalogue::{ValueKind, value};
use super::super::fault::{Fault, FaultKind, Spot};
use super::super::form::{Chosen, Condition, Disclosure, Form, Item, Paragraph, Text};
use super::super::walk::plain;
use super::Checked;
use super::scope::{Scope, absolute, first_doubtful, first_doubtful_above};

/// What may be called within brackets.
const QUESTIONS: &[&str] = &["and", "or", "not", "eq", "ne", "gt", "gte", "lt", "lte"];
/// How deep phrases may hold phrases.
const DEPTH: usize = 4;

pub(super) fn check(checked: &mut Checked<'_>) {
    let mut faults = Vec::new();
    for form in checked.forms.values() {
        let mut linter = Linter { checked, form, faults: Vec::new(), phrases: Vec::new() };
        linter.form();
        faults.append(&mut linter.faults);
    }
    // A phrase is walked wherever it is called.
    let mut seen = BTreeSet::new();
    faults.retain(|fault: &Fault| seen.insert((fault.file.clone(), fault.line, fault.column, fault.what.clone())));
    checked.faults.append(&mut faults);
}

struct Linter<'a> {
    checked: &'a Checked<'a>,
    /// The file that is walked: a template, or a phrase that it calls.
    form: &'a Form,
    faults: Vec<Fault>,
    phrases: Vec<String>,
}

/// Where text stands: its source, its first line, and how far the walk has come.
struct Place<'a> {
    text: &'a Text,
    spot: Spot,
}

/// What a name means at its place.
enum Meaning {
    /// A value of the catalogue or the policy table, by its whole name.
    Value(String),
    /// A name that a phrase was given, or the number of an item.
    Given,
    /// Nothing.
    Unknown,
}

impl Linter<'_> {
    fn form(&mut self) {
        let form = self.form;
        if let Some(subject) = form.key_text("subject") {
            self.text(&subject, &Scope::default());
        }
        for item in &form.items {
            match item {
                Item::Paragraph(paragraph) => self.paragraph(paragraph),
                Item::Part { when, spot, .. } => {
                    self.condition(when.as_ref(), *spot);
                }
                // A phrase is walked where it is called: its guards stand there.
                Item::Phrase(_) => {}
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        let mut scope = Scope::default();
        scope.there.extend(self.condition(paragraph.when.as_ref(), paragraph.spot));
        let asked: Vec<String> = paragraph
            .choices
            .iter()
            .filter_map(|choice| match &choice.when {
                Chosen::Value(path) => Some(plain(path)),
                Chosen::Otherwise | Chosen::Anyway => None,
            })
            .collect();
        for choice in &paragraph.choices {
            let mut inside = scope.clone();
            match &choice.when {
                Chosen::Value(path) => {
                    let mark = Text { source: String::new(), line: choice.spot.line };
                    let place = Place { text: &mark, spot: choice.spot };
                    if let Some(path) = self.ask(path, &scope, &place) {
                        inside.there.push(path);
                    }
                }
                Chosen::Otherwise => {
                    for path in &asked {
                        self.silent_branch(path, &asked, &scope, choice.spot);
                    }
                }
                Chosen::Anyway => {}
            }
            self.text(&choice.text, &inside);
        }
    }

    /// Looks at the condition of a mark; gives what is there where it holds.
    fn condition(&mut self, condition: Option<&Condition>, spot: Spot) -> Option<String> {
        let condition = condition?;
        let text = Text { source: String::new(), line: spot.line };
        let path = self.ask(&condition.path, &Scope::default(), &Place { text: &text, spot })?;
        if !condition.wanted {
            self.silent_branch(&path, &[], &Scope::default(), spot);
            return None;
        }
        Some(path)
    }

    fn text(&mut self, text: &Text, scope: &Scope) {
        match Template::compile(&text.source) {
            Ok(template) => {
                let place = Place { text, spot: Spot { line: 1, column: 1 } };
                self.template(&template, scope, &place);
            }
            Err(error) => {
                let (line, column) = error.pos().unwrap_or((1, 1));
                let what = format!("it is not Handlebars: {}", first_line(&error.reason().to_string()));
                let spot = Spot { line: text.line + line - 1, column };
                self.fault_at(spot, FaultKind::Syntax, what, "close every {{#if}} and every brace");
            }
        }
    }

    fn template(&mut self, template: &Template, scope: &Scope, place: &Place<'_>) {
        for (at, element) in template.elements.iter().enumerate() {
            let found = template.mapping.get(at);
            let spot = found.map_or(place.spot, |mapping| Spot { line: mapping.0, column: mapping.1 });
            let place = Place { text: place.text, spot: spot.max(place.spot) };
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(helper) => self.expression(helper, scope, &place),
                TemplateElement::HtmlExpression(_) => {
                    let advice = "use two braces: the form of the reply decides what has to be made harmless";
                    self.fault(
                        &place,
                        "{{{",
                        FaultKind::TripleBraces,
                        "a value is put in without being made harmless",
                        advice,
                    );
                }
                TemplateElement::HelperBlock(helper) => self.block(helper, scope, &place),
                TemplateElement::PartialExpression(partial) => self.phrase(partial, scope, &place),
                _ => {
                    self.fault(
                        &place,
                        "{{",
                        FaultKind::NotAllowed,
                        "replies do not use this form",
                        "use {{> name}}, #if or #each",
                    );
                }
            }
        }
    }

    fn expression(&mut self, helper: &HelperTemplate, scope: &Scope, place: &Place<'_>) {
        let Some(name) = helper.name.as_name() else {
            let advice = "write the words themselves";
            return self.fault(place, "{{", FaultKind::Unprintable, "a value is written out in braces", advice);
        };
        if !helper.params.is_empty() || !helper.hash.is_empty() {
            let what = format!("`{name}` is nothing that replies call here");
            return self.fault(place, name, FaultKind::NotAllowed, &what, "print one value by its name");
        }
        self.print(name, scope, place);
    }

    /// A value that is printed: it must be there, and be something that can be read.
    fn print(&mut self, name: &str, scope: &Scope, place: &Place<'_>) {
        let Some(path) = self.there(name, scope, place) else { return };
        let kind = value(&path).map(|value| value.kind);
        match kind {
            Some(ValueKind::Text) | None => {}
            Some(ValueKind::Flag) => {
                let what = format!("`{path}` is yes or no and prints no words");
                self.fault(place, name, FaultKind::Unprintable, &what, "ask it with {{#if}} and write the words");
            }
            Some(ValueKind::Group | ValueKind::List) => {
                let what = format!("`{path}` holds other values and prints nothing that can be read");
                self.fault(place, name, FaultKind::Unprintable, &what, "print one of the values it holds");
            }
        }
    }

    /// A value that must be there; gives its whole name when the catalogue has it.
    fn there(&mut self, name: &str, scope: &Scope, place: &Place<'_>) -> Option<String> {
        let path = match self.meaning(name, scope, place) {
            Meaning::Value(path) => path,
            Meaning::Given | Meaning::Unknown => return None,
        };
        if let Some(key) = path.strip_prefix("policy.") {
            self.policy_fact(key, name, scope, place);
            return None;
        }
        if let Some(missing) = first_doubtful(&path, scope) {
            let what = format!("`{path}` is printed, and `{missing}` may be missing");
            let advice = format!("put it between {{{{#if {missing}}}}} and {{{{/if}}}}, or under `? {missing}`");
            self.fault(place, name, FaultKind::Unguarded, &what, &advice);
            return None;
        }
        Some(path)
    }

    fn policy_fact(&mut self, key: &str, name: &str, scope: &Scope, place: &Place<'_>) {
        let against = &self.checked.against;
        if against.policy.fact(key, against.today).is_some() || scope.there.contains(&format!("policy.{key}")) {
            return;
        }
        if against.policy.knows(key) {
            let what = format!("the policy table has no `{key}` that holds on {}", against.today);
            let advice = "have the fact looked up and give it new dates in policy.toml";
            self.fault(place, name, FaultKind::OutOfDate, &what, advice);
        } else {
            let what = format!("the policy table has no `{key}`");
            let advice = "write the name as policy.toml has it, or enter the fact there with its source";
            self.fault(place, name, FaultKind::UnknownFact, &what, advice);
        }
    }

    /// A value that is asked for; gives its whole name.
    fn ask(&mut self, name: &str, scope: &Scope, place: &Place<'_>) -> Option<String> {
        match self.meaning(name, scope, place) {
            Meaning::Value(path) => {
                if let Some(key) = path.strip_prefix("policy.")
                    && !self.checked.against.policy.knows(key)
                {
                    self.policy_fact(key, name, scope, place);
                }
                Some(path)
            }
            Meaning::Given | Meaning::Unknown => None,
        }
    }

    /// What a name means; one that means nothing, or too much for this template, is told.
    fn meaning(&mut self, name: &str, scope: &Scope, place: &Place<'_>) -> Meaning {
        if name.starts_with('@') && !name.starts_with("@root") {
            let known = ["@index", "@first", "@last", "@key"].contains(&name) && !scope.lists.is_empty();
            if !known {
                self.unknown(name, place);
                return Meaning::Unknown;
            }
            return Meaning::Given;
        }
        if scope.given.iter().any(|given| given == name) {
            return Meaning::Given;
        }
        let path = absolute(name, scope);
        if path == "policy" || path.starts_with("policy.") {
            return Meaning::Value(path);
        }
        if path.ends_with("[]") {
            return Meaning::Given;
        }
        let Some(known) = value(&path) else {
            self.unknown(name, place);
            return Meaning::Unknown;
        };
        if known.class > self.form.header.disclosure {
            let what =
                format!("`{path}` is for the class {}, this template is {}", known.class, self.form.header.disclosure);
            let advice = if known.class == Disclosure::Sensitive {
                "no letter may tell it"
            } else {
                "raise the class in the header, or take it out"
            };
            self.fault(place, name, FaultKind::Disclosure, &what, advice);
            return Meaning::Unknown;
        }
        Meaning::Value(path)
    }

    fn unknown(&mut self, name: &str, place: &Place<'_>) {
        let what = format!("no reply has a value `{name}`");
        self.fault(place, name, FaultKind::UnknownValue, &what, "write a name of the list in docs/replies.md");
    }

    fn block(&mut self, helper: &HelperTemplate, scope: &Scope, place: &Place<'_>) {
        let name = helper.name.as_name().unwrap_or_default();
        match name {
            "if" | "unless" => self.question(name, helper, scope, place),
            "each" => self.each(helper, scope, place),
            _ => {
                let what = format!("`{name}` is no block that replies use");
                self.fault(place, name, FaultKind::NotAllowed, &what, "use #if, #unless or #each");
            }
        }
    }

    fn question(&mut self, name: &str, helper: &HelperTemplate, scope: &Scope, place: &Place<'_>) {
        let mut asked = Vec::new();
        for parameter in &helper.params {
            asked.extend(self.parameter(parameter, scope, place));
        }
        let single = asked.len() == 1 && matches!(helper.params.first(), Some(Parameter::Path(_) | Parameter::Name(_)));
        let mut inside = scope.clone();
        inside.there.extend(asked.iter().cloned());
        let (yes, no) =
            if name == "if" { (&helper.template, &helper.inverse) } else { (&helper.inverse, &helper.template) };
        if let Some(yes) = yes {
            self.template(yes, &inside, place);
        }
        let Some(no) = no else { return };
        if single && !asks_instead(no, first_doubtful_above(&asked[0], scope).as_deref()) {
            let spot = Self::locate(place, asked[0].rsplit('.').next().unwrap_or_default());
            self.silent_branch(&asked[0], &[], scope, spot);
        }
        self.template(no, scope, place);
    }

    /// The branch for "no" is taken too when nothing is known: what it says may be false.
    fn silent_branch(&mut self, path: &str, others: &[String], scope: &Scope, spot: Spot) {
        let Some(above) = first_doubtful_above(path, scope) else { return };
        if others.contains(&above) {
            return;
        }
        let what = format!("this is also said when `{above}` is not there at all, so `{path}` was never looked at");
        let advice = format!("ask for `{above}` first, or say `? anyway` for what is true without it");
        self.fault_at(spot, FaultKind::SilentBranch, what, &advice);
    }

    /// What a question asks; gives the values that are there when the answer is yes.
    fn parameter(&mut self, parameter: &Parameter, scope: &Scope, place: &Place<'_>) -> Vec<String> {
        match parameter {
            Parameter::Name(_) | Parameter::Path(_) => {
                let name = parameter.as_name().unwrap_or_default();
                self.ask(name, scope, place).into_iter().collect()
            }
            Parameter::Subexpression(inner) => {
                let name = inner.name();
                if !QUESTIONS.contains(&name) {
                    let what = format!("`{name}` is no question that replies ask");
                    self.fault(place, name, FaultKind::NotAllowed, &what, "use and, or, not, eq, ne, gt, gte, lt, lte");
                    return Vec::new();
                }
                let parameters = inner.params().cloned().unwrap_or_default();
                if matches!(name, "and" | "or" | "not") {
                    let asked: Vec<String> =
                        parameters.iter().flat_map(|inner| self.parameter(inner, scope, place)).collect();
                    return if name == "and" { asked } else { Vec::new() };
                }
                for inner in &parameters {
                    if let Some(name) = inner.as_name() {
                        self.there(name, scope, place);
                    }
                }
                Vec::new()
            }
            _ => {
                self.fault(place, "{{", FaultKind::NotAllowed, "a question asks nothing", "ask for a value");
                Vec::new()
            }
        }
    }

    fn each(&mut self, helper: &HelperTemplate, scope: &Scope, place: &Place<'_>) {
        let name = helper.params.first().and_then(Parameter::as_name).unwrap_or_default();
        let Some(path) = self.there(name, scope, place) else { return };
        if value(&path).is_none_or(|value| value.kind != ValueKind::List) {
            let what = format!("`{path}` is no list");
            return self.fault(place, name, FaultKind::NotAList, &what, "print it without #each");
        }
        let mut inside = scope.clone();
        inside.lists.push(format!("{path}[]"));
        if let Some(template) = &helper.template {
            self.template(template, &inside, place);
        }
        if let Some(inverse) = &helper.inverse {
            self.template(inverse, scope, place);
        }
    }

    fn phrase(&mut self, partial: &DecoratorTemplate, scope: &Scope, place: &Place<'_>) {
        let name = partial.name.as_name().unwrap_or_default().to_owned();
        let mut inside = scope.clone();
        for (key, parameter) in &partial.hash {
            if let Some(name) = parameter.as_name() {
                self.print(name, scope, place);
            }
            inside.given.push(key.clone());
        }
        if !partial.params.is_empty() {
            let advice = "give it values by name: {{> name value=account.balance}}";
            self.fault(place, &name, FaultKind::NotAllowed, "a phrase is given a place to look in", advice);
        }
        let key = format!("{}/{name}", self.form.folder());
        let Some(form) = self.checked.forms.get(&key) else {
            // A file whose form is wrong was told about already.
            if self.checked.is_clean(&format!("{key}.hbs")) {
                let what = format!("there is no phrase `{name}` in this language");
                self.fault(place, &name, FaultKind::UnknownPart, &what, "write its name as the file has it");
            }
            return;
        };
        let [Item::Phrase(text)] = form.items.as_slice() else {
            let what = format!("`{name}` has paragraphs of its own");
            let advice = "call it between paragraphs: == part name";
            return self.fault(place, &name, FaultKind::UnknownPart, &what, advice);
        };
        if self.phrases.contains(&name) || self.phrases.len() >= DEPTH {
            let what = format!("the phrase `{name}` holds itself");
            return self.fault(place, &name, FaultKind::PartLoop, &what, "break the ring");
        }
        if form.header.disclosure > self.form.header.disclosure {
            let what = format!(
                "the phrase `{name}` is {}, this template {}",
                form.header.disclosure, self.form.header.disclosure
            );
            return self.fault(place, &name, FaultKind::Disclosure, &what, "raise the class of this template");
        }
        self.phrases.push(name);
        let outer = std::mem::replace(&mut self.form, form);
        self.text(text, &inside);
        self.form = outer;
        self.phrases.pop();
    }

    fn fault(&mut self, place: &Place<'_>, words: &str, kind: FaultKind, what: &str, advice: &str) {
        let spot = Self::locate(place, words);
        self.fault_at(spot, kind, what.to_owned(), advice);
    }

    fn fault_at(&mut self, spot: Spot, kind: FaultKind, what: String, advice: &str) {
        self.faults.push(spot.fault(&self.form.file, kind, what, advice));
    }

    /// The words' place in the file, from where the walk has come on.
    fn locate(place: &Place<'_>, words: &str) -> Spot {
        if place.text.source.is_empty() {
            return place.spot;
        }
        let mut found = None;
        for (number, line) in place.text.source.lines().enumerate().skip(place.spot.line - 1) {
            let from = if number + 1 == place.spot.line { place.spot.column - 1 } else { 0 };
            let from = line.char_indices().nth(from).map_or(line.len(), |(at, _)| at);
            if let Some(at) = line[from..].find(words) {
                found = Some(Spot { line: number + 1, column: line[..from + at].chars().count() + 1 });
                break;
            }
        }
        let spot = found.unwrap_or(place.spot);
        Spot { line: spot.line + place.text.line - 1, column: spot.column }
    }
}

/// Whether the branch for "no" begins by asking for what may be missing.
fn asks_instead(no: &Template, missing: Option<&str>) -> bool {
    let Some(missing) = missing else { return true };
    let [TemplateElement::HelperBlock(chained)] = no.elements.as_slice() else { return false };
    if chained.name.as_name() != Some("if") {
        return false;
    }
    let asks = chained.params.first().and_then(Parameter::as_name).map(plain).as_deref() == Some(missing);
    asks || chained.inverse.as_ref().is_none_or(|inverse| asks_instead(inverse, Some(missing)))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
