//! Texts that occur in several places. The patterns are those of `names` and `paths`, but for lengths and upper bounds.

use schemars::JsonSchema;

/// A time: a number and its unit, from `1s` to `24h`: `30s`, `10m`, `2h`.
#[derive(JsonSchema)]
pub(super) struct Time(#[schemars(regex(pattern = r"^0*[1-9][0-9]*[smh]$"))] String);

/// A path on this machine, relative to the file that names it; `~/` is the home.
#[derive(JsonSchema)]
pub(super) struct LocalPath(#[schemars(regex(pattern = r"^(~/|[^~\p{Cc}])[^\p{Cc}]*$"))] String);

/// An absolute path on the host, without `.`, `..` and `/` too many.
#[derive(JsonSchema)]
pub(super) struct RemotePath(#[schemars(regex(pattern = r"^(/|(/(?!\.{1,2}(/|$))[^/\p{Cc}]+)+)$"))] String);

/// The absolute path of a file on the host, outside of `/proc`, `/sys`, `/dev` and `/var/lib/imaform`.
#[derive(JsonSchema)]
pub(super) struct RemoteFile(
    #[schemars(regex(pattern = r"^(?!/(proc|sys|dev|var/lib/imaform)/)(/(?!\.{1,2}(/|$))[^/\p{Cc}]+)+$"))] String,
);

/// A user's or group's name.
#[derive(JsonSchema)]
pub(super) struct UserName(#[schemars(regex(pattern = r"^[A-Za-z0-9._+@\\$][A-Za-z0-9._+@\\$-]{0,63}$"))] String);

/// One line for people.
#[derive(JsonSchema)]
pub(super) struct Title(#[schemars(regex(pattern = r"^[^\p{Cc}]*[^\s\p{Cc}][^\p{Cc}]*$"))] String);

/// An environment variable of imaform.
#[derive(JsonSchema)]
pub(super) struct EnvironmentVariable(#[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))] String);

/// A Debian package.
#[derive(JsonSchema)]
pub(super) struct Package(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9+.-]+$"))] String);

/// Where a secret is; never the secret itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum SecretSource {
    /// A file of this machine.
    File(LocalPath),
    /// An environment variable of imaform.
    Env(EnvironmentVariable),
}
