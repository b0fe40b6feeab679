use super::Feature;
use serde::Serialize;
use std::fmt;

/// A form of an entry in the measurement list (`builtin_templates` in ima_template.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(usize);

const TEMPLATES: [(&str, &str, Option<Feature>); 8] = [
    ("ima", "d|n", None),
    ("ima-ng", "d-ng|n-ng", None),
    ("ima-sig", "d-ng|n-ng|sig", None),
    ("ima-buf", "d-ng|n-ng|buf", None),
    ("ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig", None),
    (
        "evm-sig",
        "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
        Some(Feature::EvmSigTemplate),
    ),
    ("ima-ngv2", "d-ngv2|n-ng", Some(Feature::Verity)),
    ("ima-sigv2", "d-ngv2|n-ng|sig", Some(Feature::Verity)),
];

impl Template {
    /// All of them, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TEMPLATES.len()).map(Self)
    }

    /// The template of this name or, as `lookup_template_desc()` takes it too, of this list of fields.
    pub fn from_name(name: &str) -> Option<Self> {
        TEMPLATES
            .iter()
            .position(|(known, fields, _)| *known == name || *fields == name)
            .map(Self)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        TEMPLATES.get(self.0).map_or("", |(name, _, _)| name)
    }

    /// Its fields, divided by `|`.
    pub fn fields(self) -> &'static str {
        TEMPLATES.get(self.0).map_or("", |(_, fields, _)| fields)
    }

    /// What a kernel must have to know it.
    pub fn needs(self) -> Option<Feature> {
        TEMPLATES.get(self.0).and_then(|(_, _, feature)| *feature)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Template {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
