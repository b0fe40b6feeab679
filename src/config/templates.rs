use super::{
    Diagnostic,
    node::Place,
    paths, quote,
    source::{Source, read_text},
};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, syntax::SyntaxConfig};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// The templates of all playbooks: one environment a directory, so that `{% include %}` and `{% extends %}` find a
/// template's neighbours and every file is read and parsed once.
#[derive(Default)]
pub(super) struct Templates {
    environments: HashMap<PathBuf, Environment<'static>>,
}

/// Where a text to render comes from.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// A template file, and where the playbook names it.
    File(PathBuf, Place),
    /// Written in the playbook: the text and where it begins.
    Inline(String, Place),
    /// Lines of the playbook, each by itself.
    Lines(Vec<(String, Place)>),
}

impl Templates {
    /// Renders a text of the playbook `source`; the result ends in a newline.
    pub(super) fn render(&mut self, text: &Text, source: &Source, context: &Value) -> Result<String, Vec<Diagnostic>> {
        let mut rendered = match text {
            Text::File(path, place) => self.file(path, *place, source, context).map_err(|error| vec![error])?,
            Text::Inline(text, place) => self
                .inline(text, *place, source, context)
                .map_err(|error| vec![error])?,
            Text::Lines(lines) => self.lines(lines, source, context)?,
        };
        if !rendered.ends_with('\n') {
            rendered.push('\n');
        }
        if rendered.contains('\0') {
            let message = "the rendered text holds a NUL character, which no file of rules can";
            return Err(vec![match text {
                Text::File(path, _) => Diagnostic::of_file(path, message),
                Text::Inline(_, place) => source.diagnostic(*place, message),
                Text::Lines(lines) => source.diagnostic(lines.first().map_or(Place::default(), |line| line.1), message),
            }]);
        }
        Ok(rendered)
    }

    fn file(&mut self, path: &Path, place: Place, source: &Source, context: &Value) -> Result<String, Diagnostic> {
        // Looked at before the engine does, so that a missing file is said of the line that names it.
        if let Err(reason) = read_text(path) {
            return Err(source.diagnostic(place, format!("cannot read the template {}: {reason}", path.display())));
        }
        let directory = paths::directory_of(path);
        let name = path.strip_prefix(directory).unwrap_or(path).to_string_lossy();
        let environment = self.environment(directory);
        let rendered = environment
            .get_template(&name)
            .and_then(|template| template.render(context));
        rendered.map_err(|error| {
            let error = innermost(&error);
            // Anything without a name of its own belongs to the template that was asked for.
            let culprit = error.name().unwrap_or(&name);
            let file = directory.join(culprit);
            match Source::read(&file) {
                Ok(source) => describe(
                    error,
                    &source,
                    Place {
                        line: 1,
                        column: 1,
                        width: 1,
                    },
                ),
                Err(_) => Diagnostic::of_file(file, message(error)),
            }
        })
    }

    fn inline(&mut self, text: &str, place: Place, source: &Source, context: &Value) -> Result<String, Diagnostic> {
        let directory = paths::directory_of(&source.path);
        // A name that no file has: what has another name comes from an included file.
        let name = "<playbook>";
        let rendered = self.environment(directory).render_named_str(name, text, context);
        rendered.map_err(|error| {
            let error = innermost(&error);
            match error.name() {
                Some(file) if file != name => match Source::read(&directory.join(file)) {
                    Ok(included) => describe(
                        error,
                        &included,
                        Place {
                            line: 1,
                            column: 1,
                            width: 1,
                        },
                    ),
                    Err(diagnostic) => Diagnostic {
                        message: message(error),
                        ..diagnostic
                    },
                },
                _ => describe(error, source, place),
            }
        })
    }

    fn lines(
        &mut self,
        lines: &[(String, Place)],
        source: &Source,
        context: &Value,
    ) -> Result<String, Vec<Diagnostic>> {
        let (mut rendered, mut errors) = (String::new(), Vec::new());
        for (line, place) in lines {
            match self.inline(line, *place, source, context) {
                Ok(line) if line.contains(['\n', '\r']) => {
                    let message = format!("this rule becomes more than one line: {}", quote(&line));
                    let help = "a variable in it holds a newline; rules that need more lines belong into a template";
                    errors.push(source.diagnostic(*place, message).with_help(help));
                }
                Ok(line) => {
                    rendered.push_str(&line);
                    rendered.push('\n');
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(rendered) } else { Err(errors) }
    }

    fn environment(&mut self, directory: &Path) -> &Environment<'static> {
        self.environments.entry(directory.to_owned()).or_insert_with(|| {
            let mut environment = Environment::new();
            environment.set_undefined_behavior(UndefinedBehavior::Strict);
            environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
            environment.set_debug(true);
            let mut syntax = SyntaxConfig::builder();
            syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
            if let Ok(syntax) = syntax.build() {
                environment.set_syntax(syntax);
            }
            environment.set_loader(loader(directory.to_owned()));
            environment
        })
    }
}

/// Loads a template's neighbours; paths that lead out of the directory name nothing.
fn loader(directory: PathBuf) -> impl Fn(&str) -> Result<Option<String>, Error> + Send + Sync + 'static {
    move |name| {
        if name.is_empty() || name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Ok(None);
        }
        let path = directory.join(name);
        if !path.exists() {
            return Ok(None);
        }
        read_text(&path).map(Some).map_err(|reason| {
            Error::new(
                ErrorKind::InvalidOperation,
                format!("cannot read {}: {reason}", path.display()),
            )
        })
    }
}

/// An error in an included template is wrapped by one of the including template; the person wants the first.
fn innermost(error: &Error) -> &Error {
    let mut current = error;
    while let Some(source) = std::error::Error::source(current).and_then(|source| source.downcast_ref::<Error>()) {
        current = source;
    }
    current
}

fn message(error: &Error) -> String {
    let detail = error
        .detail()
        .map(str::to_owned)
        .unwrap_or_else(|| error.kind().to_string());
    match error.kind() {
        ErrorKind::UndefinedError => match detail.strip_suffix(" is undefined") {
            Some(variable) => format!("the template uses an undefined variable: {variable}"),
            None => format!("the template uses an undefined variable: {detail}"),
        },
        ErrorKind::SyntaxError => format!("the template has a syntax error: {detail}"),
        ErrorKind::TemplateNotFound => format!("the template names another one that does not exist: {detail}"),
        _ => format!("the template cannot be rendered: {detail}"),
    }
}

/// Places an error: the text that was rendered begins at `start` in `source`.
fn describe(error: &Error, source: &Source, start: Place) -> Diagnostic {
    let line = start.line + error.line().unwrap_or(1).saturating_sub(1);
    let place = match (error.range(), error.template_source()) {
        (Some(range), Some(text)) => exact(line, range, text, source),
        _ => None,
    };
    let place = place.unwrap_or(Place {
        line,
        column: if line == start.line { start.column } else { 1 },
        width: 1,
    });
    let diagnostic = source.diagnostic(place, message(error));
    match error.kind() {
        ErrorKind::UndefinedError => diagnostic.with_help("set it under `vars` of the host, its group or `defaults`"),
        _ => diagnostic,
    }
}

/// Finds the offending piece of template text in its line of the file.
fn exact(line: usize, range: std::ops::Range<usize>, text: &str, source: &Source) -> Option<Place> {
    let piece = text.get(range.clone())?.lines().next()?;
    let before = text.get(..range.start)?.rsplit('\n').next()?;
    let in_file = source.text.lines().nth(line.checked_sub(1)?)?;
    let template_line = format!("{before}{piece}");
    let at = in_file
        .find(&template_line)
        .map(|at| at + before.len())
        .or_else(|| in_file.find(piece))?;
    Some(Place {
        line,
        column: in_file[..at].chars().count() + 1,
        width: piece.chars().count(),
    })
}
