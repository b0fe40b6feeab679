use super::{
    Finding, Lint,
    context::{Context, Placed},
};
use crate::ima::policy::{Credential, Func, Kernel, Keyword, LsmField, matching::is_bare_cmdline};

/// What a rule does not do because of how it is written.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for placed in context.rules.iter().copied() {
        findings.extend(control_character(placed));
        findings.extend(replaced(placed));
        findings.extend(legacy_name(placed));
        findings.extend(no_effect(placed, context.kernel));
    }
    findings
}

/// Values that the kernel compares as they are written.
fn control_character(placed: Placed<'_>) -> Option<Finding> {
    let text = [Keyword::FsName, Keyword::FsSubtype, Keyword::Keyrings, Keyword::Label]
        .into_iter()
        .chain(LsmField::ALL.into_iter().map(Keyword::Lsm));
    let (keyword, column, value) = text
        .flat_map(|keyword| {
            placed
                .values(keyword)
                .map(move |(column, value)| (keyword, column, value))
        })
        .find(|(_, _, value)| value.chars().any(char::is_control))?;
    let message = format!(
        "the value of {keyword} holds a character that cannot be seen: {}",
        value.escape_debug()
    );
    let help = if value.ends_with('\r') {
        "the line ends as on Windows: write the file with plain newlines, for example with `dos2unix`"
    } else {
        "delete the character"
    };
    Some(
        Finding::warning(Lint::ControlCharacter, message)
            .at(placed.rule.line, column)
            .help(help),
    )
}

/// What the kernel takes twice, and then it is the last that counts.
fn replaced(placed: Placed<'_>) -> Option<Finding> {
    let keywords = [Keyword::FsName, Keyword::FsMagic, Keyword::FsUuid, Keyword::Pcr];
    keywords.into_iter().find_map(|keyword| {
        let values: Vec<_> = placed.values(keyword).map(|(_, value)| value).collect();
        let (last, before) = values.split_last()?;
        let other = before.iter().find(|value| *value != last)?;
        let (last, other) = (last.escape_debug(), other.escape_debug());
        let message = format!("{keyword}={last} takes the place of {keyword}={other} before it");
        Some(
            placed
                .warning_at(keyword, Lint::ReplacedCondition, message)
                .help("write a rule for each"),
        )
    })
}

fn legacy_name(placed: Placed<'_>) -> Option<Finding> {
    let (column, name) = placed.values(Keyword::Func).last()?;
    let func = placed.rule.conditions.func?;
    let message = format!("func={name} is an old name of func={func}");
    (name != func.as_str()).then(|| {
        Finding::warning(Lint::LegacyName, message)
            .at(placed.rule.line, column)
            .help(format!("write func={func}"))
    })
}

/// Conditions that the hook never looks at.
fn no_effect(placed: Placed<'_>, kernel: &Kernel) -> Option<Finding> {
    let func = placed.rule.conditions.func?;
    let keyword = passed_over(placed, func, kernel)
        .into_iter()
        .find(|keyword| placed.values(*keyword).next().is_some())?;
    let message = format!("the kernel does not look at {keyword} with func={func}: the rule matches without it");
    Some(placed.warning_at(keyword, Lint::NoEffect, message).help("leave it out"))
}

/// `ima_match_rule_data()` asks for the real user and the list; before 5.9 a rule for a kexec command line was met by
/// all of them.
fn passed_over(placed: Placed<'_>, func: Func, kernel: &Kernel) -> Vec<Keyword> {
    const OF_FILES: [Keyword; 9] = [
        Keyword::Mask,
        Keyword::FsMagic,
        Keyword::FsName,
        Keyword::FsSubtype,
        Keyword::FsUuid,
        Keyword::Fowner,
        Keyword::Fgroup,
        Keyword::Gid,
        Keyword::Egid,
    ];
    let of_files = OF_FILES.into_iter().chain(LsmField::ALL.into_iter().map(Keyword::Lsm));
    match func {
        _ if is_bare_cmdline(func, kernel) => of_files.chain([Keyword::Uid, Keyword::Euid]).collect(),
        Func::KeyCheck | Func::CriticalData => {
            let effective = matches!(placed.rule.conditions.user, Some(Credential::Effective(_)));
            of_files.chain(effective.then_some(Keyword::Euid)).collect()
        }
        _ => Vec::new(),
    }
}
