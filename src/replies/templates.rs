//! The templates: read from embedded files or a folder, checked as far as a parse can check.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Handlebars;
use serde::Deserialize;

use crate::letter::{Language, Topic};

/// The templates of replies in every language.
#[derive(Debug)]
pub struct Templates {
    text: Handlebars<'static>,
    html: Handlebars<'static>,
    headers: BTreeMap<String, Template>,
}

/// The header of a template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name; the file's without the ending.
    pub name: String,
    /// The topic it answers; none for parts.
    pub topic: Option<String>,
    /// Its language.
    pub language: String,
    /// Counts its changes.
    pub version: u32,
    /// The subject of a reply that opens with it.
    pub subject: Option<String>,
    /// The sources of what it says.
    #[serde(default)]
    pub citations: Vec<String>,
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It cannot be read.
    #[error("template {file}: {source}")]
    Unreadable {
        /// Which file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its header is wrong.
    #[error("template {file}: {reason}")]
    Header {
        /// Which file.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Its text is not Handlebars.
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

/// The embedded files, found at build time by the list that `files!` makes.
const EMBEDDED: &[(&str, &str)] = &include!("embedded.in");

impl Templates {
    /// The templates that come with the program.
    pub fn embedded() -> Result<Self, TemplateError> {
        Self::from_files(EMBEDDED.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())))
    }

    /// The templates of a folder that is laid out like the embedded ones.
    pub fn from_folder(folder: &Path) -> Result<Self, TemplateError> {
        let mut files = Vec::new();
        for language in ["en", "es"] {
            let inner = folder.join(language);
            let unreadable = |source| TemplateError::Unreadable { file: inner.display().to_string(), source };
            for entry in std::fs::read_dir(&inner).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if path.extension().is_some_and(|extension| extension == "hbs") {
                    let text = std::fs::read_to_string(&path).map_err(unreadable)?;
                    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    files.push((format!("{language}/{name}"), text));
                }
            }
        }
        let shell = folder.join("mail.html.hbs");
        let text = std::fs::read_to_string(&shell)
            .map_err(|source| TemplateError::Unreadable { file: shell.display().to_string(), source })?;
        files.push(("mail.html.hbs".to_owned(), text));
        Self::from_files(files)
    }

    fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, TemplateError> {
        let mut text = Handlebars::new();
        text.set_strict_mode(true);
        text.register_escape_fn(handlebars::no_escape);
        let mut html = Handlebars::new();
        html.set_strict_mode(true);
        let mut templates = Self { text, html, headers: BTreeMap::new() };
        for (file, content) in files {
            templates.add(&file, &content)?;
        }
        for language in ["en", "es"] {
            for name in ["greeting", "closing", "other"] {
                let wanted = format!("{language}/{name}");
                if !templates.headers.contains_key(&wanted) {
                    return Err(TemplateError::Missing(wanted));
                }
            }
        }
        Ok(templates)
    }

    fn add(&mut self, file: &str, content: &str) -> Result<(), TemplateError> {
        let syntax = |source| TemplateError::Syntax { file: file.to_owned(), source: Box::new(source) };
        if file == "mail.html.hbs" {
            return self.html.register_template_string("mail", content).map_err(syntax);
        }
        let header_error = |reason: String| TemplateError::Header { file: file.to_owned(), reason };
        let (header, body) = split_header(content)
            .ok_or_else(|| header_error("it should open with a header between lines +++".to_owned()))?;
        let header: Template = toml::from_str(header).map_err(|error| header_error(error.message().to_owned()))?;
        let (language, name) = file.trim_end_matches(".hbs").split_once('/').unwrap_or(("", file));
        if header.language != language {
            return Err(header_error(format!("its language is \"{}\", its folder \"{language}\"", header.language)));
        }
        if let Some(topic) = &header.topic {
            topic.parse::<Topic>().map_err(|error| header_error(error.to_string()))?;
        }
        let key = format!("{language}/{name}");
        // Partials are written by their short name; each language has its own.
        let body = body.replace("{{> ", &format!("{{{{> {language}/"));
        // A part alone on its line takes the line's end with it; its own end keeps paragraphs apart.
        self.text.register_template_string(&key, format!("{}\n", body.trim())).map_err(syntax)?;
        if let Some(subject) = &header.subject {
            self.text.register_template_string(&format!("{key}#subject"), subject).map_err(syntax)?;
        }
        self.headers.insert(key, header);
        Ok(())
    }

    /// The name of the template for a topic: its own, or the general acknowledgement.
    #[must_use]
    pub fn for_topic(&self, language: Language, topic: Topic) -> String {
        let folder = folder(language);
        let own = format!("{folder}/{topic}");
        if self.headers.contains_key(&own) { own } else { format!("{folder}/other") }
    }

    /// The header of a template.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Template> {
        self.headers.get(name)
    }

    /// Every template, by name.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Template)> {
        self.headers.iter()
    }

    pub(super) fn text(&self) -> &Handlebars<'static> {
        &self.text
    }

    pub(super) fn html(&self) -> &Handlebars<'static> {
        &self.html
    }
}

/// The folder of a language; readers of other languages get English.
pub(super) const fn folder(language: Language) -> &'static str {
    match language {
        Language::Spanish => "es",
        Language::English | Language::Other => "en",
    }
}

fn split_header(content: &str) -> Option<(&str, &str)> {
    content.strip_prefix("+++\n")?.split_once("\n+++\n")
}
