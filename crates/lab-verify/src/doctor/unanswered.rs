//! Servers that do not answer: what an error means for each of them, and what to do about it.

use crate::doctor::hop::Trouble;
use crate::stack::endpoint::{AskError, Reason};
use crate::time::wait::Miss;

/// A server of the stack that did not answer as it should.
pub(crate) struct Server {
    /// What it is, `Prometheus` for example.
    pub(crate) what: &'static str,
    /// The option that says where it is.
    pub(crate) option: &'static str,
    pub(crate) container: &'static str,
}

pub(crate) const METRICS: Server =
    Server { what: "the metrics server", option: "--prometheus-url", container: "prometheus" };
pub(crate) const LOGS: Server = Server { what: "the log store", option: "--loki-url", container: "loki" };
pub(crate) const TRACES: Server = Server { what: "the trace store", option: "--tempo-url", container: "tempo" };
pub(crate) const PAGE: Server = Server { what: "the page", option: "--grafana-url", container: "grafana" };

impl Server {
    /// What an error means while something is waited for: a busy server may answer the next time.
    pub(crate) fn miss(&self, is_lab: bool, error: &AskError) -> Miss<Trouble> {
        let trouble = self.trouble(is_lab, error);
        if error.may_pass() { Miss::NotYet(trouble) } else { Miss::Never(trouble) }
    }

    /// What an error means for this server, and what to do.
    pub(crate) fn trouble(&self, is_lab: bool, error: &AskError) -> Trouble {
        let Self { what, option, container } = self;
        let advice = match &error.reason {
            Reason::Unreachable(why) if why.contains("certificate") => {
                format!(
                    "give the CA certificate that signed the certificate of {what} with --ca-file FILE, or trust any \
                     certificate with --insecure"
                )
            }
            Reason::Unreachable(_) if is_lab => {
                format!("the lab's collector answers, so the lab runs: check {option}; if it is right, restart the lab")
            }
            Reason::Unreachable(_) => {
                format!(
                    "start it (`make up`; as a container: `docker compose -f deploy/compose/compose.yaml up -d {container}`), or give its address with {option}"
                )
            }
            Reason::Timeout(_) | Reason::GivenUp => {
                format!(
                    "{what} accepts connections and does not answer: it hangs or is overloaded; read its log and restart it"
                )
            }
            Reason::Status { status: 401 | 403, .. } => {
                format!(
                    "{what} asks for a user name and a password: give them with --user NAME:PASSWORD, or other \
                     credentials with --header"
                )
            }
            Reason::Status { status: 400, text } if text.contains("speaks TLS") => {
                format!(
                    "give the CA certificate that signed the certificate of {what} with --ca-file FILE, or trust any \
                     certificate with --insecure"
                )
            }
            Reason::Status { status: 500.., .. } => format!("{what} has an error of its own: read its log"),
            Reason::Status { .. } | Reason::Unexpected(_) | Reason::Alloy | Reason::TooLong(_) => {
                format!("something other than {what} listens there: is {option} (or --port-offset) right?")
            }
        };
        Trouble { found: said(error), advice }
    }
}

/// `nothing listens at http://localhost:9090`, or what else went wrong.
pub(crate) fn said(error: &AskError) -> String {
    match &error.reason {
        Reason::Unreachable(why) if why.contains("refused") => format!("nothing listens at {}", origin(&error.url)),
        Reason::Unreachable(why) => format!("{} cannot be reached: {}", origin(&error.url), without_number(why)),
        _ => error.to_string(),
    }
}

/// An error of the operating system without its number, which adds nothing for the reader.
pub(crate) fn without_number(text: &str) -> &str {
    text.split(" (os error").next().unwrap_or(text)
}

/// The port of a base URL, as people call a server of this machine; the whole URL where there is none.
pub(crate) fn port(base: &str) -> String {
    let authority = origin(base).split("://").nth(1).unwrap_or(base);
    match authority.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.to_owned(),
        _ => base.to_owned(),
    }
}

/// `http://host:port` of a URL.
fn origin(url: &str) -> &str {
    let path = url.find("://").and_then(|at| url[at + 3..].find('/').map(|slash| at + 3 + slash));
    &url[..path.unwrap_or(url.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_called_by_their_port() {
        assert_eq!(port("http://127.0.0.1:9090"), "9090");
        assert_eq!(port("http://host:80/prefix"), "80");
        assert_eq!(port("https://logs.example.net/loki"), "https://logs.example.net/loki");
    }

    #[test]
    fn errors_name_the_server_and_not_the_question() {
        let error = |reason| AskError { url: "http://127.0.0.1:9090/api/v1/targets".into(), reason };
        let refused = error(Reason::Unreachable("Connection refused (os error 111)".into()));
        assert_eq!(said(&refused), "nothing listens at http://127.0.0.1:9090");
        let unknown = error(Reason::Unreachable("no such host (os error 2)".into()));
        assert_eq!(said(&unknown), "http://127.0.0.1:9090 cannot be reached: no such host");
        let status = error(Reason::Status { status: 404, text: String::new() });
        assert_eq!(said(&status), "http://127.0.0.1:9090/api/v1/targets: answered with status 404");
    }
}
