//! The configuration as it may be shown: without comments, and with `<secret>` in place of each secret, as Prometheus
//! shows its own.

use serde_yaml_ng::{Mapping, Value};

/// What stands in place of a secret.
const HIDDEN: &str = "<secret>";
/// Ends of the names of keys whose values are secrets; a key that ends in `_file` or `_ref` only says where one is.
const SECRET: [&str; 7] = ["password", "credentials", "token", "secret", "secrets", "secret_key", "api_key"];
/// Keys below which names are the user's own and mean nothing to us.
const LABELS: [&str; 2] = ["labels", "external_labels"];

/// The text of a configuration file with its secrets hidden; empty if it is not YAML.
pub(super) fn hidden(text: &str) -> String {
    let Ok(mut file) = serde_yaml_ng::from_str::<Value>(text) else { return String::new() };
    hide(&mut file, false);
    if file.is_null() { String::new() } else { serde_yaml_ng::to_string(&file).unwrap_or_default() }
}

fn hide(value: &mut Value, is_secret: bool) {
    match value {
        Value::Mapping(mapping) => hide_in(mapping, is_secret),
        Value::Sequence(items) => items.iter_mut().for_each(|item| hide(item, is_secret)),
        Value::Null => {}
        other if is_secret => *other = Value::String(HIDDEN.to_owned()),
        Value::String(text) => {
            if let Some(shown) = without_password(text) {
                *text = shown;
            }
        }
        Value::Tagged(tagged) => hide(&mut tagged.value, is_secret),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_in(mapping: &mut Mapping, is_secret: bool) {
    // A private key may stand in the file itself, beside the name of its certificate.
    let is_tls = mapping.keys().any(|key| key.as_str().is_some_and(|key| key == "cert" || key.starts_with("cert_")));
    for (key, value) in mapping.iter_mut() {
        let key = key.as_str().unwrap_or_default();
        let named =
            SECRET.iter().any(|end| key == *end || key.strip_suffix(end).is_some_and(|rest| rest.ends_with('_')));
        if !LABELS.contains(&key) {
            hide(value, is_secret || named || (is_tls && key == "key"));
        }
    }
}

/// A URL with `user:password@` in it, shown without the password.
fn without_password(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end));
    let (user, host) = authority.rsplit_once('@')?;
    let (name, _) = user.split_once(':')?;
    Some(format!("{scheme}://{name}:{HIDDEN}@{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(hidden(""), "");
    }
}
