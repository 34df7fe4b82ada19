//! Names of labels.

use lab_metrics::ingest::otlp::OtlpConfig;

use crate::otlp::signals::metrics::naming::characters::{collapsed, is_underscores};
use crate::otlp::signals::metrics::naming::no_name::NoName;

/// The name of a label.
pub(crate) fn label_name(config: &OtlpConfig, key: &str) -> Result<String, NoName> {
    let name = if config.translation_strategy.escapes() { escaped_label(config, key) } else { key.to_owned() };
    if is_underscores(&name) {
        Err(NoName(format!("the key {key:?} of an attribute has no letter or digit")))
    } else {
        Ok(name)
    }
}

fn escaped_label(config: &OtlpConfig, key: &str) -> String {
    let reserved = key.strip_prefix("__").and_then(|key| key.strip_suffix("__"));
    let escape = |key: &str| key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    let name = match reserved {
        _ if config.label_name_preserve_multiple_underscores => escape(key),
        Some(key) => format!("__{}__", collapsed(&escape(key))),
        None => collapsed(&escape(key)),
    };
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("key_{name}")
    } else if config.label_name_underscore_sanitization && name.starts_with('_') && !name.starts_with("__") {
        format!("key{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use lab_metrics::ingest::otlp::TranslationStrategy;

    use super::*;

    #[test]
    fn labels_are_escaped_as_the_configuration_says() {
        let keeping = OtlpConfig::default();
        let plain = OtlpConfig {
            label_name_underscore_sanitization: false,
            label_name_preserve_multiple_underscores: false,
            ..OtlpConfig::default()
        };
        let utf8 = OtlpConfig { translation_strategy: TranslationStrategy::NoTranslation, ..OtlpConfig::default() };
        for (key, [a, b, c]) in [
            ("http.route", ["http_route", "http_route", "http.route"]),
            ("a..b__c", ["a__b__c", "a_b_c", "a..b__c"]),
            ("2xx", ["key_2xx", "key_2xx", "2xx"]),
            ("_hidden", ["key_hidden", "_hidden", "_hidden"]),
            ("__a..b__", ["__a__b__", "__a_b__", "__a..b__"]),
            ("größe", ["gr__e", "gr_e", "größe"]),
        ] {
            assert_eq!(
                [&keeping, &plain, &utf8].map(|config| label_name(config, key).expect("a name")),
                [a, b, c],
                "{key}"
            );
        }
    }

    #[test]
    fn what_has_no_letter_is_no_name() {
        for key in ["", ".", "..", "__"] {
            let got =
                label_name(&OtlpConfig { label_name_underscore_sanitization: false, ..OtlpConfig::default() }, key);
            assert!(got.is_err(), "{key}");
        }
    }
}
