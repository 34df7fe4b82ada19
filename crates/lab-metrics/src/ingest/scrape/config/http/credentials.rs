//! Who requests say they are: `basic_auth`, `authorization`, and secrets as such.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A secret; `Debug` does not show it.
#[derive(Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "\"\"" } else { "<secret>" })
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Hidden {
    /// The secret itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reveal().is_empty()
    }

    /// The secret itself, or what its file holds now.
    pub(crate) async fn or_from(&self, file: Option<&Path>) -> Result<String, String> {
        match file {
            Some(file) => from_file(file).await,
            None => Ok(self.reveal().to_owned()),
        }
    }
}

/// What a file holds, without blanks around it.
pub(crate) async fn from_file(file: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(file).await;
    text.map(|text| text.trim().to_owned()).map_err(|error| format!("unable to read {}: {error}", file.display()))
}

/// User and password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BasicAuth {
    pub username: Hidden,
    /// A file that holds the name of the user.
    pub username_file: Option<PathBuf>,
    pub password: Hidden,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
}

/// The header `Authorization`, other than by user and password.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorization {
    #[serde(default = "bearer", rename = "type")]
    pub scheme: String,
    /// What follows it.
    #[serde(default)]
    pub credentials: Hidden,
    /// A file that holds what follows it.
    #[serde(default)]
    pub credentials_file: Option<PathBuf>,
}

impl BasicAuth {
    /// A user with this password.
    pub fn new(username: String, password: String) -> Self {
        Self { username: username.into(), password: password.into(), ..Self::default() }
    }

    /// The user and the password, from their files if there are any.
    pub(crate) async fn pair(&self) -> Result<(String, String), String> {
        let username = self.username.or_from(self.username_file.as_deref()).await?;
        Ok((username, self.password.or_from(self.password_file.as_deref()).await?))
    }

    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        let refuse = |what: &str| Err(format!("at most one of basic_auth {what} must be configured"));
        if !self.username.is_empty() && self.username_file.is_some() {
            return refuse("username & username_file");
        }
        if !self.password.is_empty() && self.password_file.is_some() {
            return refuse("password & password_file");
        }
        Ok(())
    }

    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.username_file.iter_mut().chain(self.password_file.as_mut())
    }
}

impl Authorization {
    /// The token of a bearer.
    pub(crate) fn bearer(credentials: Hidden, credentials_file: Option<PathBuf>) -> Self {
        Self { scheme: bearer(), credentials, credentials_file }
    }

    /// The header's value.
    pub(crate) async fn header(&self) -> Result<String, String> {
        let credentials = self.credentials.or_from(self.credentials_file.as_deref()).await?;
        let scheme = self.scheme.trim();
        Ok(format!("{} {credentials}", if scheme.is_empty() { "Bearer" } else { scheme }))
    }

    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.scheme.trim().eq_ignore_ascii_case("basic") {
            return Err("authorization type cannot be set to \"basic\", use \"basic_auth\" instead".to_owned());
        }
        if !self.credentials.is_empty() && self.credentials_file.is_some() {
            return Err("at most one of authorization credentials & credentials_file must be configured".to_owned());
        }
        Ok(())
    }
}

fn bearer() -> String {
    "Bearer".to_owned()
}
