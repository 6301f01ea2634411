//! Walks over parsed Handlebars: which values a text may print.

use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};

/// The values that a text may print, each once, in order.
pub(super) fn printed(template: &Template) -> Vec<String> {
    let mut paths = Vec::new();
    collect(template, &mut paths);
    paths
}

fn collect(template: &Template, paths: &mut Vec<String>) {
    let mut add = |path: Option<String>| {
        if let Some(path) = path.filter(|path| !paths.contains(path)) {
            paths.push(path);
        }
    };
    for element in &template.elements {
        match element {
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                add(helper.name.as_name().map(plain));
                for parameter in &helper.params {
                    add(parameter.as_name().map(plain));
                }
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                for parameter in partial.hash.values() {
                    add(parameter.as_name().map(plain));
                }
                // What a phrase prints is kept by the phrase's own name.
                add(partial.name.as_name().map(|name| format!("> {name}")));
            }
            _ => {}
        }
    }
    for element in &template.elements {
        if let TemplateElement::HelperBlock(block) = element {
            inside(block, paths);
        }
    }
}

fn inside(block: &HelperTemplate, paths: &mut Vec<String>) {
    for template in [&block.template, &block.inverse].into_iter().flatten() {
        collect(template, paths);
    }
    if block.name.as_name() == Some("each")
        && let Some(Parameter::Path(_)) = block.params.first()
        && let Some(list) = block.params[0].as_name()
    {
        paths.push(plain(list));
    }
}

/// The name of a value without the ways of writing that mean the same.
pub(super) fn plain(path: &str) -> String {
    let path = path.replace('/', ".");
    let path = path.strip_prefix("@root.").unwrap_or(&path);
    path.strip_prefix("this.").unwrap_or(path).to_owned()
}
