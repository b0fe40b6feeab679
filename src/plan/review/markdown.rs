use super::{Alike, Detail, Outlook, Review, names::names, seen::Seen};
use crate::{resource::Effect, words::printable};
use std::fmt::Write;

/// So many names and ranges of hosts are written out.
const NAMES: usize = 6;

/// GitHub takes comments of 65,536 characters; what posts them may add a little.
const LIMIT: usize = 60_000;

/// What is kept for the words about what was cut.
const RESERVE: usize = 400;

/// A plan for a pull request: one line, a table, and what changes, folded. Where all of it would be longer than a comment may
/// be, whole blocks are left out from the end, and how many is said.
pub fn markdown(review: &Review) -> String {
    let mut out = Budget::default();
    out.push(&format!("**imaform plan:** {}\n", escape(&review.counts.to_string())));
    table(review, &mut out);
    if !review.rollout.is_empty() {
        let rollout = fence(&review.rollout.join("\n"), "");
        out.push(&format!(
            "\n<details><summary>Rollout</summary>\n\n{rollout}\n</details>\n"
        ));
    }
    let mut seen = Seen::default();
    let (mut all, mut left_out) = (0, 0);
    for group in &review.groups {
        let mut more = seen.clone();
        let block = details(group, &mut more);
        all += usize::from(!block.is_empty());
        // A long block must not keep short ones behind it from being shown, and what is left out was not seen.
        match out.push(&block) {
            true => seen = more,
            false => left_out += 1,
        }
    }
    if left_out > 0 {
        let _ = write!(
            out.text,
            "\n{left_out} of {all} sections are left out, since a comment holds no more; `imaform plan` shows them all.\n"
        );
    }
    out.text
}

/// Text that stays below the limit.
#[derive(Default)]
struct Budget {
    text: String,
    length: usize,
}

impl Budget {
    /// Whether a block was taken.
    fn push(&mut self, block: &str) -> bool {
        // GitHub counts characters; UTF-16 units are never fewer.
        let length = block.encode_utf16().count();
        let fits = self.length + length <= LIMIT - RESERVE;
        if fits {
            self.text.push_str(block);
            self.length += length;
        }
        fits
    }
}

fn table(review: &Review, out: &mut Budget) {
    out.push("\n| hosts | | now | wanted | steps | reboots |\n|---|---|---|---|---|---|\n");
    let rows: Vec<String> = review.groups.iter().map(row).collect();
    let all = rows.len();
    // Half of the room is for what changes.
    let shown = rows
        .into_iter()
        .take_while(|row| out.length + row.len() < LIMIT / 2 && out.push(row))
        .count();
    if shown < all {
        let hosts: usize = review.groups.iter().skip(shown).map(|group| group.hosts.len()).sum();
        out.push(&format!(
            "| and {} more groups, {hosts} hosts | | | | | |\n",
            all - shown
        ));
    }
}

fn row(group: &Alike) -> String {
    let plan = &group.plan;
    let (now, wanted) = match &plan.way {
        Some(way) => (way.now.as_str(), way.wanted.as_str()),
        None => ("", ""),
    };
    let cells = [
        heading(group),
        plan.outlook.as_str().to_owned(),
        escape(now),
        wanted.to_owned(),
        plan.steps.len().to_string(),
        plan.reboots().to_string(),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn heading(group: &Alike) -> String {
    let names = escape(&names(group.hosts.iter().map(|host| host.name.as_str()), NAMES));
    match group.hosts.len() {
        1 => names,
        many => format!("{names} ({many})"),
    }
}

/// What a group's plan says, folded; empty where there is nothing to say.
fn details<'a>(group: &'a Alike, seen: &mut Seen<'a>) -> String {
    let plan = &group.plan;
    let mut body = String::new();
    for line in group.conditions() {
        let _ = writeln!(body, "- {}", escape(&line));
    }
    if let Some(why) = &plan.why {
        let _ = writeln!(body, "- {}", escape(why));
    }
    if let Some(drift) = &plan.drift {
        let _ = writeln!(body, "- **drift:** {}:", escape(&drift.left.to_string()));
        for line in &drift.what {
            let _ = writeln!(body, "  - {}", escape(line));
        }
    }
    for (what, lines) in [("warning", &plan.warnings), ("refused", &plan.refusals)] {
        for line in lines {
            let _ = writeln!(body, "- **{what}:** {}", escape(line));
        }
    }
    for (stage, steps) in plan.stages() {
        let _ = writeln!(body, "\n**{stage}**\n");
        for step in steps {
            let cause = step
                .cause
                .map(|cause| format!(" *[{}]*", cause.as_str()))
                .unwrap_or_default();
            let title = format!("{} {}", step.mark(), step.title);
            let _ = writeln!(
                body,
                "- `{}`{cause}: {}",
                printable(&title).replace('`', "'"),
                escape(&step.reason)
            );
            if let Effect::Unknown { until, why } = &step.effect {
                let _ = writeln!(body, "  *unknown until {}: {}*", escape(until), escape(why));
            }
            let lines = seen.details(step, Detail::Brief, group.first());
            let _ = match lines.as_slice() {
                [] => Ok(()),
                [line] => writeln!(body, "  *{}*", escape(line)),
                lines => write!(body, "{}", fence(&lines.join("\n"), "  ")),
            };
        }
    }
    if let Some(then) = &plan.then {
        let _ = writeln!(body, "\n**then**\n\n- {}", escape(then));
    }
    if plan.outlook == Outlook::UpToDate && body.is_empty() {
        return body;
    }
    format!(
        "\n<details><summary>{}: {}</summary>\n\n{body}\n</details>\n",
        html(&heading(group)),
        plan.outlook.as_str()
    )
}

/// A code block that nothing in it can end.
fn fence(text: &str, indent: &str) -> String {
    let text = printable(text);
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(ticks.max(2) + 1);
    let mut out = format!("\n{indent}{fence}diff\n");
    for line in text.lines() {
        let _ = writeln!(out, "{indent}{line}");
    }
    let _ = writeln!(out, "{indent}{fence}\n");
    out
}

/// Text in which nothing is markup, on one line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '\n' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A name of a person or a team would call them.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// Within a summary, where GitHub reads HTML and no Markdown.
fn html(markdown: &str) -> String {
    markdown.replace('\\', "")
}
