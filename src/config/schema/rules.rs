use super::text::{LocalPath, RemoteFile};
use crate::ima::policy::{Action, Func, Keyword};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Map;
use std::borrow::Cow;

/// A policy of one's own: `template`, `rules` or `content`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["template"]}, {"required": ["rules"]}, {"required": ["content"]}])
)]
pub(super) struct Policy {
    /// A template, relative to this file.
    template: Option<LocalPath>,
    /// Rules, each a line as the kernel takes it or a mapping of its parts.
    #[schemars(length(min = 1))]
    rules: Option<Vec<PolicyRule>>,
    /// The text itself; a template, too.
    content: Option<String>,
    /// Where it is on the host; `/etc/ima/ima-policy` where this is not given.
    path: Option<RemoteFile>,
    /// Who loads it; `boot` for `/etc/ima/ima-policy`, `once` for any other.
    load: Option<Load>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Load {
    /// systemd, early in every boot: only `/etc/ima/ima-policy`.
    Boot,
    /// imaform, once in the running boot.
    Once,
}

/// Rules of auditd: `template`, `rules` or `content`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["template"]}, {"required": ["rules"]}, {"required": ["content"]}])
)]
pub(super) struct Audit {
    /// A template, relative to this file.
    template: Option<LocalPath>,
    /// Rules, each a line of auditctl(8).
    #[schemars(length(min = 1))]
    rules: Option<Vec<String>>,
    /// The text itself; a template, too.
    content: Option<String>,
    /// Where it is on the host: `/etc/audit/rules.d/NAME.rules`.
    #[schemars(regex(pattern = r"^/etc/audit/rules\.d/[^/\p{Cc}]+\.rules$"))]
    path: String,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum PolicyRule {
    /// A line as the kernel takes it: `measure func=BPRM_CHECK`.
    Line(String),
    Parts(RuleParts),
}

/// A rule by its parts: `{action: appraise, func: BPRM_CHECK, fowner: 0}`. Its keys are the kernel's words.
struct RuleParts;

impl JsonSchema for RuleParts {
    fn schema_name() -> Cow<'static, str> {
        "RuleParts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let part = |keyword: Keyword| (keyword.as_str().to_owned(), values(keyword, generator).to_value());
        let mut parts: Map<_, _> = Keyword::ALL.into_iter().map(part).collect();
        parts.insert(
            "action".into(),
            json_schema!({"enum": Action::ALL.map(Action::as_str)}).to_value(),
        );
        json_schema!({
            "type": "object",
            "description": "A rule by its parts: `{action: appraise, func: BPRM_CHECK, fowner: 0}`.",
            "properties": parts,
            "required": ["action"],
            "additionalProperties": false,
        })
    }
}

fn values(keyword: Keyword, generator: &mut SchemaGenerator) -> Schema {
    match keyword {
        Keyword::Func => {
            let mut value = generator.subschema_for::<RuleValue>();
            value.insert("examples".into(), Func::ALL.map(Func::as_str).as_slice().into());
            value
        }
        Keyword::PermitDirectio => generator.subschema_for::<bool>(),
        Keyword::Keyrings | Keyword::Label | Keyword::AppraiseType | Keyword::AppraiseAlgos => {
            generator.subschema_for::<RuleValues>()
        }
        _ => generator.subschema_for::<RuleValue>(),
    }
}

/// One word or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum RuleValues {
    One(RuleValue),
    Several(Vec<RuleValue>),
}

/// One word, or a template.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum RuleValue {
    Number(i64),
    Text(#[schemars(regex(pattern = r"^\S*$|\{\{"))] String),
}
