use super::{Field, ListFault};
use crate::ima::policy::Template;

/// The fields of an entry, as its template's name tells: a template of the kernel, or the list of fields itself where the
/// host boots with `ima_template_fmt=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    name: String,
    fields: Vec<Field>,
}

/// More fields than a template may have (`IMA_TEMPLATE_NUM_FIELDS_MAX` in ima.h).
const MOST_FIELDS: usize = 15;

/// Longer than fifteen of the longest field names.
pub(super) const LONGEST_NAME: usize = 256;

impl Layout {
    /// The layout of this name.
    ///
    /// # Errors
    /// A name that no kernel writes.
    pub(super) fn from_name(name: &[u8]) -> Result<Self, ListFault> {
        let unknown = || ListFault::Template(String::from_utf8_lossy(name).into_owned());
        let name = std::str::from_utf8(name).map_err(|_| unknown())?;
        let template = Template::all().find(|template| template.as_str() == name);
        let fields: Option<Vec<Field>> = template
            .map_or(name, |template| template.fields())
            .split('|')
            .map(Field::from_id)
            .collect();
        match fields {
            Some(fields) if fields.len() <= MOST_FIELDS => Ok(Self {
                name: name.to_owned(),
                fields,
            }),
            _ => Err(unknown()),
        }
    }

    /// The template's name, or its fields divided by `|`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The fields, in their order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The first template, `ima`: no lengths in what is hashed, and a name of 256 bytes.
    pub(super) fn is_first(&self) -> bool {
        self.name == "ima"
    }
}
