//! The templates in force: read from embedded files or a folder, put in place at once and as a
//! whole, and taken away when somebody withdraws one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use handlebars::Handlebars;
use handlebars::template::Template;
use jiff::civil::Date;

use super::fault::Fault;
use super::form::{Form, Header, Item, parse_form};
use super::walk::printed;
use crate::letter::{Language, Topic};

/// The folders of the languages that replies are written in.
pub(super) const LANGUAGES: [&str; 2] = ["en", "es"];
/// The page around the HTML of a mail.
pub(super) const MAIL_PAGE: &str = "mail.html.hbs";
/// The list of sources.
pub(super) const SOURCES: &str = "sources.toml";
/// The templates that every language needs beside those of the topics.
pub(super) const FRAME: [&str; 4] = ["greeting", "next", "closing", "other"];

/// The files of a set of templates: name and text, from the folder of the replies on.
pub type Files = BTreeMap<String, String>;

/// The templates of replies. Copies share one set, so that a change reaches all of them.
#[derive(Debug, Clone)]
pub struct Templates {
    current: Arc<RwLock<Arc<Set>>>,
    withdrawn: Arc<RwLock<Arc<BTreeSet<String>>>>,
}

/// One set of templates; it never changes.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) text: Handlebars<'static>,
    html: Handlebars<'static>,
    pub(super) forms: BTreeMap<String, Form>,
    /// The values that each choice of a paragraph may print, by its key.
    pub(super) prints: BTreeMap<String, Vec<String>>,
}

/// A set of templates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file or folder cannot be read.
    #[error("templates: {path}: {source}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A template is wrong.
    #[error("template {0}")]
    Fault(Box<Fault>),
    /// A template is not Handlebars.
    #[error("template {file}: {source}")]
    Syntax {
        /// Which file.
        file: String,
        /// Where and what.
        source: Box<handlebars::TemplateError>,
    },
    /// One that every reply needs is not there.
    #[error("the template `{0}` is missing")]
    Missing(String),
}

/// The files that come with the program.
const EMBEDDED: &[(&str, &str)] = &include!("embedded.in");

/// The files that come with the program.
#[must_use]
pub fn embedded_files() -> Files {
    EMBEDDED.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

/// The files of a folder that is laid out like the embedded ones.
pub fn files_of(folder: &Path) -> Result<Files, TemplateError> {
    let mut files = Files::new();
    let mut wanted: Vec<(String, PathBuf)> = Vec::new();
    for language in LANGUAGES {
        let inner = folder.join(language);
        let unreadable = |source| TemplateError::Unreadable { path: inner.display().to_string(), source };
        for entry in std::fs::read_dir(&inner).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_file() && !name.starts_with('.') {
                wanted.push((format!("{language}/{name}"), path));
            }
        }
    }
    for name in [MAIL_PAGE, SOURCES] {
        wanted.push((name.to_owned(), folder.join(name)));
    }
    for (name, path) in wanted {
        let bytes = std::fs::read(&path)
            .map_err(|source| TemplateError::Unreadable { path: path.display().to_string(), source })?;
        files.insert(name, String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    }
    Ok(files)
}

impl Templates {
    /// The templates that come with the program.
    pub fn embedded() -> Result<Self, TemplateError> {
        Self::from_files(&embedded_files())
    }

    /// The templates of a folder that is laid out like the embedded ones.
    pub fn from_folder(folder: &Path) -> Result<Self, TemplateError> {
        Self::from_files(&files_of(folder)?)
    }

    /// The templates of these files.
    pub fn from_files(files: &Files) -> Result<Self, TemplateError> {
        Ok(Self { current: Arc::new(RwLock::new(Arc::new(Set::new(files)?))), withdrawn: Arc::default() })
    }

    /// Puts other files in place of the set, for every copy of it.
    pub fn replace(&self, files: &Files) -> Result<(), TemplateError> {
        let set = Arc::new(Set::new(files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = set;
        Ok(())
    }

    /// Says which templates are withdrawn, as `en/dispute@3`; they are used no more.
    pub fn withdraw(&self, names: BTreeSet<String>) {
        *self.withdrawn.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }

    /// The set as it is now.
    pub(super) fn set(&self) -> Arc<Set> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The names that are withdrawn now.
    pub(super) fn withdrawn(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.withdrawn.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The name of the template for a topic: its own, or the general acknowledgement.
    #[must_use]
    pub fn for_topic(&self, language: Language, topic: Topic) -> String {
        self.set().for_topic(language, topic, None, &self.withdrawn())
    }

    /// The header of a template.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Header> {
        self.set().forms.get(name).map(|form| form.header.clone())
    }

    /// The names of all templates: `en/dispute`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.set().forms.keys().cloned().collect()
    }
}

impl Set {
    fn new(files: &Files) -> Result<Self, TemplateError> {
        let mut text = Handlebars::new();
        text.set_strict_mode(true);
        text.register_escape_fn(handlebars::no_escape);
        let mut html = Handlebars::new();
        html.set_strict_mode(true);
        let mut set = Self { text, html, forms: BTreeMap::new(), prints: BTreeMap::new() };
        let syntax = |file: &str, source| TemplateError::Syntax { file: file.to_owned(), source: Box::new(source) };
        let page = files.get(MAIL_PAGE).ok_or_else(|| TemplateError::Missing(MAIL_PAGE.to_owned()))?;
        set.html.register_template_string("mail", page).map_err(|source| syntax(MAIL_PAGE, source))?;
        for (file, content) in files.iter().filter(|(file, _)| file.contains('/')) {
            let form = parse_form(file, content)
                .map_err(|mut faults| TemplateError::Fault(Box::new(faults.swap_remove(0))))?;
            set.add(form).map_err(|source| syntax(file, source))?;
        }
        for language in LANGUAGES {
            for name in FRAME {
                let wanted = format!("{language}/{name}");
                if !set.forms.contains_key(&wanted) {
                    return Err(TemplateError::Missing(wanted));
                }
            }
        }
        Ok(set)
    }

    fn add(&mut self, form: Form) -> Result<(), handlebars::TemplateError> {
        let key = form.file.trim_end_matches(".hbs").to_owned();
        let language = key.split('/').next().unwrap_or_default().to_owned();
        if let Some(subject) = &form.header.subject {
            self.text.register_template_string(&format!("{key}#subject"), subject)?;
        }
        for item in &form.items {
            match item {
                Item::Phrase(phrase) => self.compile(&key, &phrase.source, &language)?,
                Item::Paragraph(paragraph) => {
                    for (number, choice) in paragraph.choices.iter().enumerate() {
                        self.compile(&choice_key(&key, &paragraph.id, number), &choice.text.source, &language)?;
                    }
                }
                Item::Part { .. } => {}
            }
        }
        self.forms.insert(key, form);
        Ok(())
    }

    /// Phrases are written by their short name; each language has its own.
    fn compile(&mut self, key: &str, source: &str, language: &str) -> Result<(), handlebars::TemplateError> {
        let source = source.replace("{{> ", &format!("{{{{> {language}/"));
        let template = Template::compile(&source)?;
        self.prints.insert(key.to_owned(), printed(&template));
        self.text.register_template(key, template);
        Ok(())
    }

    /// The name of the template for a topic, and the general one when it is withdrawn or does
    /// not hold that day.
    pub(super) fn for_topic(
        &self,
        language: Language,
        topic: Topic,
        today: Option<Date>,
        withdrawn: &BTreeSet<String>,
    ) -> String {
        let folder = folder(language);
        let own = format!("{folder}/{topic}");
        let usable = self.forms.get(&own).is_some_and(|form| today.is_none_or(|today| form.header.holds(today)));
        if usable && !self.is_withdrawn(&own, withdrawn) { own } else { format!("{folder}/other") }
    }

    /// Whether the version of a template that stands here is withdrawn.
    pub(super) fn is_withdrawn(&self, name: &str, withdrawn: &BTreeSet<String>) -> bool {
        !withdrawn.is_empty()
            && self.forms.get(name).is_some_and(|form| withdrawn.contains(&format!("{name}@{}", form.header.version)))
    }

    /// The titles of all sections and parts of a language.
    pub(super) fn titles(&self, language: Language) -> impl Iterator<Item = &str> {
        let folder = folder(language);
        self.forms
            .iter()
            .filter(move |(name, _)| name.split('/').next() == Some(folder))
            .filter_map(|(_, form)| form.header.title.as_deref())
    }

    pub(super) fn html(&self) -> &Handlebars<'static> {
        &self.html
    }
}

/// The name that a choice of a paragraph is registered by.
pub(super) fn choice_key(template: &str, paragraph: &str, number: usize) -> String {
    format!("{template}#{paragraph}#{number}")
}

/// The folder of a language; readers of other languages get English.
pub(super) const fn folder(language: Language) -> &'static str {
    match language {
        Language::Spanish => "es",
        Language::English | Language::Other => "en",
    }
}
