use super::{Boot, Check, CheckTime, Desired, FileContent, Kernel, Labels, Mount, Policy, Token};
use crate::words;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_yaml::LitString;

impl Desired {
    /// The desired state in the shape of a playbook, with every template rendered: YAML for people to read.
    ///
    /// # Errors
    /// Only when the YAML library refuses, which no checked playbook makes it do.
    pub fn to_yaml(&self) -> Result<String, serde_yaml::SerializeError> {
        serde_yaml::to_string(&View::of(self))
    }
}

/// Pairs in their own order, written as a mapping.
struct Pairs<V>(Vec<(String, V)>);

impl<V: Serialize> Serialize for Pairs<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<V> Pairs<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Serialize)]
struct BootView<'d> {
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    cmdline: Pairs<TokenView<'d>>,
    trial_timeout: String,
}

#[derive(Serialize)]
struct View<'d> {
    name: &'d str,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    kernel: Pairs<KernelView<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<BootView<'d>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    mounts: Pairs<Pairs<&'d [String]>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    apt: Pairs<&'d str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    packages: &'d [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    services: &'d [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyView<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<AuditView<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'d Labels>,
    appraisal: &'d str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileView<'d>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Pairs<String>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum TokenView<'d> {
    Word(bool),
    One(String),
    Many(&'d [String]),
}

#[derive(Serialize)]
#[serde(untagged)]
enum KernelView<'d> {
    Package(&'d str),
    Options(Pairs<OptionView<'d>>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum OptionView<'d> {
    Number(i64),
    Text(&'d str),
}

#[derive(Serialize)]
struct PolicyView<'d> {
    path: &'d str,
    load: super::PolicyLoad,
    content: LitString,
}

#[derive(Serialize)]
struct AuditView<'d> {
    path: &'d str,
    content: LitString,
}

#[derive(Serialize)]
struct FileView<'d> {
    path: &'d str,
    owner: &'d str,
    group: &'d str,
    mode: String,
    content: LitString,
}

impl<'d> View<'d> {
    fn of(desired: &'d Desired) -> Self {
        let cmdline: Vec<_> = desired
            .boot
            .cmdline
            .iter()
            .map(|(key, token)| (key.clone(), TokenView::of(token)))
            .collect();
        let mount = |mount: &'d Mount| {
            (
                mount.target.clone(),
                Pairs(vec![("options".to_owned(), mount.options.as_slice())]),
            )
        };
        Self {
            name: &desired.playbook,
            kernel: KernelView::of(&desired.kernel),
            boot: (desired.boot != Boot::default()).then(|| BootView {
                cmdline: Pairs(cmdline),
                trial_timeout: words::duration(desired.boot.trial_timeout),
            }),
            mounts: Pairs(desired.mounts.iter().map(mount).collect()),
            apt: Pairs(
                desired
                    .apt
                    .sandbox_user
                    .iter()
                    .map(|user| ("sandbox_user".to_owned(), user.as_str()))
                    .collect(),
            ),
            packages: &desired.packages,
            services: &desired.services,
            policy: desired
                .policy
                .as_ref()
                .map(|Policy { path, content, load }| PolicyView {
                    path,
                    load: *load,
                    content: LitString(content.clone()),
                }),
            audit: desired.audit.as_ref().map(|audit| AuditView {
                path: &audit.path,
                content: LitString(audit.content.clone()),
            }),
            labels: desired.labels.as_ref(),
            appraisal: desired.appraisal.as_str(),
            files: desired.files.iter().map(FileView::of).collect(),
            checks: desired.checks.iter().map(check).collect(),
        }
    }
}

impl<'d> KernelView<'d> {
    fn of(kernel: &'d Kernel) -> Pairs<Self> {
        let package = kernel
            .package
            .as_deref()
            .map(|name| ("package".to_owned(), Self::Package(name)));
        let options = [("require", &kernel.require), ("edit", &kernel.edit)];
        let options = options
            .into_iter()
            .filter(|(_, options)| !options.is_empty())
            .map(|(key, options)| {
                let options = options
                    .iter()
                    .map(|(name, value)| (name.clone(), OptionView::of(value)));
                (key.to_owned(), Self::Options(Pairs(options.collect())))
            });
        Pairs(package.into_iter().chain(options).collect())
    }
}

impl<'d> OptionView<'d> {
    fn of(value: &'d str) -> Self {
        match value.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(value.trim_matches('"')),
        }
    }
}

impl<'d> TokenView<'d> {
    fn of(token: &'d Token) -> Self {
        match token {
            Token::Flag => Self::Word(true),
            Token::Absent => Self::Word(false),
            Token::Value(value) => Self::One(value.clone()),
            Token::Repeated(values) => Self::Many(values),
            Token::Member(member) => Self::One(format!("+{member}")),
        }
    }
}

impl<'d> FileView<'d> {
    fn of(file: &'d FileContent) -> Self {
        Self {
            path: &file.path,
            owner: &file.owner,
            group: &file.group,
            mode: format!("{:04o}", file.mode),
            content: LitString(file.content.clone()),
        }
    }
}

fn check(check: &Check) -> Pairs<String> {
    let when = match check.when {
        CheckTime::Before => "before",
        CheckTime::After => "after",
    };
    let pairs = [
        ("name", check.name.clone()),
        (when, check.stage.to_string()),
        ("command", check.command.clone()),
        ("timeout", words::duration(check.timeout)),
    ];
    Pairs(pairs.map(|(key, value)| (key.to_owned(), value)).to_vec())
}
