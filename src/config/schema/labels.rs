use super::text::{LocalPath, SecretSource};
use schemars::JsonSchema;
use std::collections::BTreeSet;

/// Which files carry `security.ima`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["filesystem"]}, {"required": ["filesystems"]}])
)]
pub(super) struct Labels {
    /// A type of file system as `find -fstype` names it: `ext4`.
    filesystem: Option<FileSystem>,
    /// Several types.
    #[schemars(length(min = 1))]
    filesystems: Option<BTreeSet<FileSystem>>,
    /// `root` (the default), or a user id; another user's files need `method: setxattr`.
    owner: Option<Owner>,
    /// Paths below which nothing is labelled; with the wildcards of `find -path`.
    exclude: Option<BTreeSet<Excluded>>,
    /// Who writes the labels; `fix` where this is not given.
    method: Option<Method>,
    /// Programs of the host that have labels written after their work.
    hooks: Option<BTreeSet<Hook>>,
    /// Files that are signed instead.
    signature: Option<Signature>,
}

#[derive(JsonSchema)]
struct FileSystem(#[schemars(regex(pattern = r"^[a-z0-9._]+$"))] String);

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Owner {
    Name(Root),
    Id(#[schemars(range(max = 4_294_967_294_u32))] u32),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Root {
    /// User id 0.
    Root,
}

#[derive(JsonSchema)]
struct Excluded(#[schemars(regex(pattern = r"^(/(?!\.{1,2}(/|$))[^/\p{Cc}]+)+$"))] String);

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Method {
    /// The kernel, in a boot with `ima_appraise=fix`, of each file that is opened.
    Fix,
    /// imaform, in the boot that runs: one reboot instead of two.
    Setxattr,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Hook {
    /// dpkg(1), whoever calls it.
    Dpkg,
}

/// Files whose label is a signature.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Signature {
    /// The private key, which stays on this machine: a PEM file, `{file: PATH}` or `{env: NAME}`.
    key: Key,
    /// Its certificate: a PEM file, or the PEM text itself.
    #[schemars(regex(pattern = r"^(-----BEGIN CERTIFICATE|(~/|[^~\p{Cc}])[^\p{Cc}]*$)"))]
    certificate: String,
    /// Directories or files, without wildcards; `exclude` holds for them, too.
    #[schemars(length(min = 1))]
    paths: BTreeSet<SignedPath>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Key {
    File(LocalPath),
    Kept(SecretSource),
}

#[derive(JsonSchema)]
struct SignedPath(#[schemars(regex(pattern = r"^(/|(/(?!\.{1,2}(/|$))[^/*?\[\\\p{Cc}]+)+)$"))] String);
