//! What must not be shown: `<secret>` stands in place of each secret, as in the configuration that Prometheus shows.

use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping, Value};

/// What stands in place of a secret.
const HIDDEN: &str = "<secret>";
/// Ends of the names of keys whose values are secrets; a key that ends in `_file` or `_ref` only says where one is. These are all
/// keys of the type `Secret` in Prometheus, those of discoveries that the lab does not know included.
const SECRET: [&str; 12] = [
    "password",
    "credentials",
    "token",
    "secret",
    "secrets",
    "secret_key",
    "api_key",
    "certificate_key",
    "consumer_key",
    "account_key",
    "private_key",
    "passphrase",
];
/// A section all of whose values are secrets, whatever the headers in it are called.
const HEADERS_OF_PROXY: &str = "proxy_connect_header";
/// Ends of the names of parameters whose values are secrets, besides those of [`SECRET`]: each service has its own.
const PARAMETER: [&str; 11] =
    ["key", "apikey", "accesskey", "auth", "authorization", "passwd", "pass", "pwd", "signature", "sig", "jwt"];
/// Before the name of a parameter among the labels of a target.
const LABEL: &str = "__param_";
/// Keys below which names are the user's own and mean nothing to us.
const LABELS: [&str; 2] = ["labels", "external_labels"];

/// Hides the secrets of a configuration.
pub(super) fn hide(file: &mut Value) {
    hide_value(file, false);
}

/// A URL or an address of a target as it may be shown: without a password, and without the values of parameters that
/// are secrets.
pub(crate) fn shown_url(url: &str) -> String {
    let url = without_password(url).unwrap_or_else(|| url.to_owned());
    let Some((before, query)) = url.split_once('?') else { return url };
    let shown = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if is_secret_parameter(name) => format!("{name}={HIDDEN}"),
        _ => parameter.to_owned(),
    });
    format!("{before}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// The labels of a target as they may be shown.
pub(crate) fn shown_labels(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shown = |(name, value): (&String, &String)| {
        let is_secret = name.strip_prefix(LABEL).is_some_and(is_secret_parameter);
        (name.clone(), if is_secret { HIDDEN.to_owned() } else { shown_url(value) })
    };
    labels.iter().map(shown).collect()
}

/// What a reader of YAML says, without the texts and numbers that it quotes from the file: they may be secrets that
/// stand in the wrong place.
pub(crate) fn unquoted(message: &str) -> String {
    let mut text = message.to_owned();
    for (begin, end) in
        [("string \"", "\", expected"), ("integer `", "`, expected"), ("floating point `", "`, expected")]
    {
        if let Some(at) = text.find(begin)
            && let Some(until) = text.rfind(end).filter(|until| *until >= at + begin.len())
        {
            text.replace_range(at + begin.len()..until, HIDDEN);
        }
    }
    text
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET
        .iter()
        .chain(&PARAMETER)
        .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '-', '.', '['])))
}

fn hide_value(value: &mut Value, is_secret: bool) {
    match value {
        Value::Mapping(mapping) => hide_in(mapping, is_secret),
        Value::Sequence(items) => items.iter_mut().for_each(|item| hide_value(item, is_secret)),
        Value::Null => {}
        other if is_secret && other != "" => *other = Value::String(HIDDEN.to_owned()),
        Value::String(text) => {
            if let Some(shown) = without_password(text) {
                *text = shown;
            }
        }
        Value::Tagged(tagged) => hide_value(&mut tagged.value, is_secret),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_in(mapping: &mut Mapping, is_secret: bool) {
    // A private key may stand in the file itself, beside the name of its certificate.
    let is_tls = mapping.keys().any(|key| key.as_str().is_some_and(|key| key == "cert" || key.starts_with("cert_")));
    // A rule may set a parameter of the request.
    let sets = mapping.get("target_label").and_then(Value::as_str).and_then(|label| label.strip_prefix(LABEL));
    let sets_a_secret = sets.is_some_and(is_secret_parameter);
    for (key, value) in mapping.iter_mut() {
        let key = key.as_str().unwrap_or_default();
        match (key, &mut *value) {
            ("params" | "headers", Value::Mapping(named)) => hide_named(named, is_secret_parameter),
            ("labels", Value::Mapping(labels)) => {
                hide_named(labels, |name| name.strip_prefix(LABEL).is_some_and(is_secret_parameter));
            }
            ("tls_config", Value::Mapping(tls)) => hide_named(tls, |name| name == "key"),
            ("replacement", value) if sets_a_secret => hide_value(value, true),
            _ => {}
        }
        if !LABELS.contains(&key) {
            hide_value(value, is_secret || is_secret_key(key) || (is_tls && key == "key"));
        }
    }
}

fn is_secret_key(key: &str) -> bool {
    key == HEADERS_OF_PROXY
        || SECRET.iter().any(|end| key.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

fn hide_named(mapping: &mut Mapping, is_secret: impl Fn(&str) -> bool) {
    for (name, value) in mapping.iter_mut() {
        hide_value(value, name.as_str().is_some_and(&is_secret));
    }
}

/// A URL or an address with `user:password@` in it, shown without the password.
fn without_password(text: &str) -> Option<String> {
    let begin = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(begin);
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end));
    let (user, host) = authority.rsplit_once('@')?;
    let (name, _) = user.split_once(':')?;
    Some(format!("{scheme}{name}:{HIDDEN}@{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let mut file = serde_yaml_ng::from_str(text).expect("YAML");
        hide(&mut file);
        serde_yaml_ng::to_string(&file).expect("YAML")
    }

    #[test]
    fn every_secret_is_hidden_and_all_else_is_shown() {
        let text = "\
# the old password was hunter1
global: {scrape_interval: 5s, external_labels: {token: shown}}
scrape_configs:
- job_name: a
  basic_auth: {username: me, password: hunter2}
  static_configs: [{targets: ['a:1'], labels: {password: shown}}]
- job_name: b
  authorization: {type: Token, credentials: 12345}
  proxy_url: http://user:hunter3@proxy.example:8080/x
  params: {api_key: [hunter4]}
- job_name: c
  oauth2: {client_id: id, client_secret: hunter5, client_secret_file: where}
  tls_config: {cert: pem, key: hunter6}
  http_headers: {X-Key: {secrets: [hunter7], values: [shown]}}
  bearer_token: hunter8
  bearer_token_file: where
remote_write: [{url: 'https://u:hunter9@x', sigv4: {secret_key: hunter10}}]
";
        let shown = hidden(text);
        assert!(!shown.contains("hunter") && !shown.contains("12345"), "{shown}");
        assert_eq!(shown.matches(HIDDEN).count(), 10, "{shown}");
        for kept in ["username: me", "token: shown", "password: shown", "client_secret_file: where", "client_id: id"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
        assert!(shown.contains("http://user:<secret>@proxy.example:8080/x"), "{shown}");
    }

    #[test]
    fn whatever_is_a_secret_in_prometheus_is_hidden() {
        let text = "\
scrape_configs:
- job_name: a
  proxy_url: http://proxy.example:8080
  proxy_connect_header: {Proxy-Authorization: [hunter1, hunter2], X-Plain: [hunter3]}
  ovhcloud_sd_configs: [{application_key: shown, application_secret: hunter4, consumer_key: hunter5}]
  stackit_sd_configs:
  - {service_account_key: hunter6, private_key: hunter7, service_account_key_path: shown, private_key_path: shown}
  oci_sd_configs: [{key_passphrase: hunter8, key_file: shown}]
  http_sd_configs: [{url: shown, tls_config: {key: hunter9}, proxy_connect_header: {A: [hunter10]}}]
remote_write: [{url: shown, azuread: {oauth: {client_secret: hunter11}, certificate_password: hunter12}}]
remote_read:
- {url: shown, oauth2: {client_id: shown, client_certificate_key: hunter13, client_certificate_key_id: shown}}
";
        let shown = hidden(text);
        assert!(!shown.contains("hunter"), "{shown}");
        assert_eq!((shown.matches(HIDDEN).count(), shown.matches("shown").count()), (13, 9), "{shown}");
    }

    #[test]
    fn targets_and_their_parameters_are_shown_without_secrets() {
        let text = "\
scrape_configs:
- job_name: a
  params: {module: [shown], access_token: [hunter1, hunter2], apikey: [hunter3]}
  static_configs: [{targets: ['me:hunter4@a:1'], labels: {__param_token: hunter5, token: shown}}]
  relabel_configs: [{target_label: __param_sig, replacement: hunter6}, {target_label: x, replacement: shown}]
";
        let shown = hidden(text);
        assert!(!shown.contains("hunter") && shown.matches("shown").count() == 3, "{shown}");
        let url = "https://me:hunter1@a:1/probe?module=x&X-Auth-Token=hunter2&sig=hunter3";
        assert_eq!(shown_url(url), "https://me:<secret>@a:1/probe?module=x&X-Auth-Token=<secret>&sig=<secret>");
        assert_eq!(shown_url("a:1/monkey?monkey=1"), "a:1/monkey?monkey=1");
    }

    #[test]
    fn a_reader_s_message_quotes_nothing() {
        for text in ["a: hunter1", "a: \"hunter1 \\\"hunter2\\\", expected\"", "a: 123456"] {
            let error = serde_yaml_ng::from_str::<BTreeMap<String, Vec<u8>>>(text).expect_err("no list").to_string();
            let said = unquoted(&error);
            assert!(!said.contains("hunter") && !said.contains("123456") && said.contains("expected"), "{said}");
        }
    }
}
