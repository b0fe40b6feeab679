use super::{Action, Fault, Keyword, nearest};

impl Fault {
    /// What to do about it, where that can be said in a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownWord { found } | Self::UnknownValue { found, .. } | Self::BadValue { found, .. }
                if found.ends_with('\r') =>
            {
                Some(
                    "the line ends in CR LF, and the CR is a part of its last word: tr -d '\\r' takes it out"
                        .to_owned(),
                )
            }
            Self::UnknownWord { found } => meant(found),
            Self::LooseOperator(_) => Some("write keyword, operator and value without spaces between them".to_owned()),
            Self::UnknownValue {
                keyword: Keyword::Mask,
                found,
            } if found.contains('|') => {
                Some("write one mask a rule; ^ before it means that others may come with it".to_owned())
            }
            Self::UnknownValue { keyword, found } => {
                nearest(found, keyword.values()).map(|name| format!("did you mean `{name}`?"))
            }
            Self::WrongOperator { keyword, .. } => Some(format!("write {keyword}=…")),
            Self::BadValue { found, .. } if found.starts_with('=') => Some("there is no <= and no >=".to_owned()),
            Self::BadValue { keyword, .. } if keyword.compares() => {
                Some("users and groups are numbers; id -u NAME prints one".to_owned())
            }
            Self::Duplicate { .. } => Some("keep one, or write two rules".to_owned()),
            Self::NeedsAction { action, .. } => Some(format!("make it a rule of `{action}`, or leave that out")),
            Self::NotWithFunc { .. } | Self::ActionOfFunc { .. } => {
                Some("leave it out, or choose another func".to_owned())
            }
            Self::MissingValue(keyword) => Some(format!("write {keyword}=…, without a space")),
            Self::NoValue(word) => Some(format!("write `{word}` alone")),
            Self::SecondAction(_) => Some("write one action a line".to_owned()),
            Self::NoAction => {
                Some("begin it with measure, appraise, audit, hash, or one of these with dont_".to_owned())
            }
            Self::BeforeAction { action, .. } => Some(format!("begin the rule with `{action}`")),
            Self::NotBuilt { .. } => Some("leave it out, or boot a kernel that is built with it".to_owned()),
            Self::TooLong(_) => Some("split the rule".to_owned()),
            Self::Path => Some("write the rules of that file here".to_owned()),
            _ => None,
        }
    }
}

/// What people write who think of other tools.
const OTHER_WORDS: [(&str, &str); 7] = [
    ("user", "uid"),
    ("group", "gid"),
    ("owner", "fowner"),
    ("fstype", "fsname"),
    ("imasig", "appraise_type=imasig"),
    ("sigv3", "appraise_type=sigv3"),
    ("verity", "digest_type=verity"),
];

fn meant(found: &str) -> Option<String> {
    let actions = Action::ALL.into_iter().map(Action::as_str);
    let words = actions.chain(Keyword::ALL.into_iter().map(Keyword::as_str));
    let other = || {
        OTHER_WORDS
            .into_iter()
            .find(|(word, _)| *word == found)
            .map(|(_, name)| name)
    };
    nearest(found, words)
        .or_else(other)
        .map(|name| format!("did you mean `{name}`?"))
}
