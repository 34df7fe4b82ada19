//! The section `otlp` of Prometheus' configuration file: what becomes of names and attributes when metrics arrive by OTLP.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#otlp>.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::ingest::scrape::config::error::ConfigError;
use crate::ingest::scrape::config::protocol::NameValidation;
use crate::ingest::scrape::config::shown::read_text;

/// What becomes of names and attributes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the file's")]
pub struct OtlpConfig {
    /// Every attribute of the resource becomes a label of every series, but for the ignored ones.
    pub promote_all_resource_attributes: bool,
    /// The attributes of the resource that become labels of every series.
    pub promote_resource_attributes: Vec<String>,
    /// The attributes of the resource that become no labels although all do.
    pub ignore_resource_attributes: Vec<String>,
    /// How names of metrics and labels are made.
    pub translation_strategy: TranslationStrategy,
    /// `target_info` has also the attributes of which `job` and `instance` are made.
    pub keep_identifying_resource_attributes: bool,
    /// Histograms with explicit bounds become native ones with custom buckets.
    pub convert_histograms_to_nhcb: bool,
    /// The scope becomes the labels `otel_scope_…` of every series.
    pub promote_scope_metadata: bool,
    /// Where names are escaped, a label that begins with one `_` gets `key` in front.
    pub label_name_underscore_sanitization: bool,
    /// Where names are escaped, several `_` in a row stay several in names of labels.
    pub label_name_preserve_multiple_underscores: bool,
}

/// How the names of metrics and labels are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TranslationStrategy {
    /// Other characters than letters, digits, `_` and `:` become `_`; metrics get their unit and type at the end.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// Other characters become `_`; nothing is added at the end.
    UnderscoreEscapingWithoutSuffixes,
    /// Names keep their characters; metrics get their unit and type at the end.
    NoUTF8EscapingWithSuffixes,
    /// Names stay as they are.
    NoTranslation,
}

impl TranslationStrategy {
    /// Other characters than letters, digits, `_` and `:` become `_`.
    pub fn escapes(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::UnderscoreEscapingWithoutSuffixes)
    }

    /// Metrics get their unit and type at the end.
    pub fn adds_suffixes(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::NoUTF8EscapingWithSuffixes)
    }
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self {
            promote_all_resource_attributes: false,
            promote_resource_attributes: Vec::new(),
            ignore_resource_attributes: Vec::new(),
            translation_strategy: TranslationStrategy::default(),
            keep_identifying_resource_attributes: false,
            convert_histograms_to_nhcb: false,
            promote_scope_metadata: false,
            label_name_underscore_sanitization: true,
            label_name_preserve_multiple_underscores: true,
        }
    }
}

/// The parts of the file that matter here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    global: Global,
    otlp: Option<OtlpConfig>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Global {
    metric_name_validation_scheme: NameValidation,
}

impl OtlpConfig {
    /// Reads the section of a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&ConfigError::text_of(path)?, path)
    }

    /// Reads the section of the text of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: File = read_text(text).map_err(|error| ConfigError::malformed(path, &error))?;
        let config = file.otlp.unwrap_or_default();
        let checked = config.checked(file.global.metric_name_validation_scheme);
        checked.map_err(|reason| ConfigError::invalid(path, &format!("otlp: {reason}")))
    }

    /// Whether an attribute of the resource becomes a label of every series.
    pub fn promotes(&self, attribute: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == attribute);
        if self.promote_all_resource_attributes {
            !named(&self.ignore_resource_attributes)
        } else {
            named(&self.promote_resource_attributes)
        }
    }

    /// Takes blanks from around names, and refuses what contradicts itself.
    fn checked(mut self, names: NameValidation) -> Result<Self, String> {
        if self.promote_all_resource_attributes && !self.promote_resource_attributes.is_empty() {
            return Err("promote_all_resource_attributes and promote_resource_attributes cannot be used together; \
                        leave one of them out"
                .to_owned());
        }
        if !self.promote_all_resource_attributes && !self.ignore_resource_attributes.is_empty() {
            return Err(
                "ignore_resource_attributes has an effect only if promote_all_resource_attributes is true".to_owned()
            );
        }
        if names == NameValidation::Legacy && !self.translation_strategy.escapes() {
            return Err(format!(
                "translation_strategy {:?} leaves names with characters that global.metric_name_validation_scheme legacy \
                 does not allow",
                self.translation_strategy
            ));
        }
        trim("promote_resource_attributes", &mut self.promote_resource_attributes)?;
        trim("ignore_resource_attributes", &mut self.ignore_resource_attributes)?;
        Ok(self)
    }
}

fn trim(key: &str, attributes: &mut [String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for attribute in attributes {
        *attribute = attribute.trim().to_owned();
        if attribute.is_empty() {
            return Err(format!("{key}: the name of an attribute is empty"));
        }
        if !seen.insert(attribute.clone()) {
            return Err(format!("{key}: {attribute:?} is listed twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<OtlpConfig, String> {
        OtlpConfig::parse(text, Path::new("p.yml")).map_err(|error| error.to_string())
    }

    #[test]
    fn without_the_section_the_defaults_are_those_of_prometheus() {
        for text in ["", "global: {}", "otlp:", "otlp: {}"] {
            assert_eq!(parse(text), Ok(OtlpConfig::default()), "{text}");
        }
    }

    #[test]
    fn promoted_are_those_that_are_named_or_all_but_those() {
        let named = parse("otlp: {promote_resource_attributes: [' a.b ', c]}").expect("parses");
        assert_eq!(["a.b", "c", "d"].map(|name| named.promotes(name)), [true, true, false]);
        let all =
            parse("otlp: {promote_all_resource_attributes: true, ignore_resource_attributes: [c]}").expect("parses");
        assert_eq!(["a.b", "c", "d"].map(|name| all.promotes(name)), [true, false, true]);
    }

    #[test]
    fn mistakes_are_named() {
        for (section, said) in [
            ("promote_all_resource_attributes: true, promote_resource_attributes: [a]", "cannot be used together"),
            ("ignore_resource_attributes: [a]", "only if promote_all_resource_attributes"),
            ("promote_resource_attributes: [a, ' a']", "\"a\" is listed twice"),
            ("promote_resource_attributes: ['']", "is empty"),
            ("translation_strategy: Underscores", "unknown variant"),
            ("promote_resource_atributes: []", "unknown field"),
        ] {
            let error = parse(&format!("otlp: {{{section}}}")).expect_err(section);
            assert!(error.starts_with("p.yml") && error.contains(said), "{section}: {error}");
        }
        let legacy = "global: {metric_name_validation_scheme: legacy}\notlp: {translation_strategy: NoTranslation}";
        assert!(parse(legacy).expect_err("refused").contains("NoTranslation"));
    }
}
