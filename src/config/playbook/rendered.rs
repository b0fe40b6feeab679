use super::{Playbook, content};
use crate::{
    config::{Desired, Diagnostic, source_map::SourceMap, templates::Text},
    ima,
};

impl Playbook {
    /// Checks what the rules of one host have become.
    pub(super) fn check_rendered(&self, desired: Desired) -> Result<Desired, Vec<Diagnostic>> {
        let rules = [
            (
                "policy",
                self.policy.as_ref(),
                desired.policy.as_ref().map(|policy| &policy.content),
            ),
            (
                "audit",
                self.audit.as_ref(),
                desired.audit.as_ref().map(|audit| &audit.content),
            ),
        ];
        let mut errors = Vec::new();
        for (name, text, content) in rules {
            let (Some(text), Some(content)) = (text, content) else {
                continue;
            };
            if let Some((line, _)) = content
                .split('\n')
                .enumerate()
                .find(|(_, line)| line.contains(is_harmful))
            {
                let message = format!("line {} of the rendered `{name}` holds a control character", line + 1);
                let help = "rules are lines of plain text that end in a newline alone, not in CR LF";
                errors.push(content::diagnostic(text, &self.source, message).with_help(help));
            }
            let is_rule = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
            if !content.lines().any(is_rule) {
                errors.push(content::diagnostic(
                    text,
                    &self.source,
                    format!("`{name}` holds no rule: every line is empty or a comment"),
                ));
            } else if name == "policy" {
                // A rule that the kernel rejects freezes the boot: what can be known here is said here.
                errors.extend(self.refused_by_all(text, content));
            }
        }
        if errors.is_empty() { Ok(desired) } else { Err(errors) }
    }

    /// What no kernel takes in a rendered policy.
    fn refused_by_all(&self, text: &Text, content: &str) -> Vec<Diagnostic> {
        let policy = ima::policy::Policy::new(content);
        let mut errors = Vec::new();
        for (line, faults) in policy.rules_of_some_kernel().err().unwrap_or_default() {
            for at in faults {
                let message = format!("rendered `policy`, line {}, {at}", line.number);
                errors.push(self.diagnostic_of_line(text, content, (line.number, at.column), message));
            }
        }
        if !policy.is_ended() {
            let last = content.lines().count();
            let message = format!(
                "rendered `policy`, line {last}: the last line has no line end, and the kernel then refuses the whole file: end it with a newline"
            );
            errors.push(content::diagnostic(text, &self.source, message));
        }
        errors
    }

    /// Says something of a line of a rendered text, where it is written.
    fn diagnostic_of_line(&self, text: &Text, rendered: &str, place: (usize, usize), message: String) -> Diagnostic {
        let said = match text {
            Text::File(path, _) => SourceMap::read(path).diagnostic(rendered, place, &message),
            Text::Inline(..) => {
                SourceMap::of(&self.source.path, &self.source.text).diagnostic(rendered, place, &message)
            }
            Text::Lines(lines) => lines
                .get(place.0 - 1)
                .map(|(_, place)| self.source.diagnostic(*place, &message)),
        };
        said.unwrap_or_else(|| content::diagnostic(text, &self.source, message))
    }
}

fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\t'
}
