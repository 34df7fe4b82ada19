//! Where a report goes and in which format: `junit=report.xml`.

use std::path::PathBuf;
use std::str::FromStr;

use lab_model::text::nearest::did_you_mean;

use crate::report::model::RunReport;
use crate::report::{html, junit, markdown};

/// A format of reports in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Junit,
    Json,
    Markdown,
    Html,
}

/// A file and its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub format: Format,
    pub file: PathBuf,
}

const FORMATS: [(&str, Format); 4] =
    [("junit", Format::Junit), ("json", Format::Json), ("markdown", Format::Markdown), ("html", Format::Html)];

/// Why a text is no [`Target`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("write FORMAT=FILE, for example junit=report.xml")]
    NoFile,
    #[error("there is no format {0:?}{1}; there are junit, json, markdown and html")]
    UnknownFormat(String, String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (name, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or(TargetError::NoFile)?;
        let format = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let unknown =
            || TargetError::UnknownFormat(name.to_owned(), did_you_mean(name, &FORMATS.map(|(name, _)| name)));
        Ok(Self { format: format.ok_or_else(unknown)?, file: file.into() })
    }
}

impl Format {
    /// A report in this format.
    pub fn write(self, report: &RunReport) -> String {
        match self {
            Self::Junit => junit::write(report),
            // Texts and numbers: this cannot fail.
            Self::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
            Self::Markdown => markdown::write(report),
            Self::Html => html::write(report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::tests::example;

    #[test]
    fn a_format_and_a_file_are_read_and_mistakes_explained() {
        let target = "html=out/a=b.html".parse::<Target>().expect("good");
        assert_eq!((target.format, target.file), (Format::Html, PathBuf::from("out/a=b.html")));
        let error = |text: &str| text.parse::<Target>().expect_err("bad").to_string();
        assert_eq!(error("junit"), "write FORMAT=FILE, for example junit=report.xml");
        assert!(error("junti=x").starts_with("there is no format \"junti\"; did you mean \"junit\"?"));
    }

    #[test]
    fn json_holds_the_whole_report() {
        let json = Format::Json.write(&example());
        assert_eq!(serde_json::from_str::<RunReport>(&json).expect("read"), example());
    }
}
