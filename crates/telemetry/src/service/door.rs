//! Who may come in at a service's port.

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::{Method, Uri};
use http_door::guard::access::Access;
use http_door::guard::answer::{Guard, Rules};
use http_door::guard::host::Hosts;
use http_door::notice::{self, Notice};

use crate::service::args::ServiceArgs;

/// The guard that the options of a service ask for.
pub(crate) fn guard(args: &ServiceArgs) -> Guard {
    let hosts = if args.allowed_host.is_empty() { Hosts::Any } else { Hosts::only(&args.allowed_host) };
    Guard::new(Rules { hosts, origins: args.cors_origin.clone(), classify })
}

/// The routes with the sentence that the options want above every page, if any.
pub(crate) fn noticed(routes: Router, args: &ServiceArgs) -> Router {
    match &args.notice {
        Some(text) => routes.layer(from_fn_with_state(Notice::new(text), notice::show)),
        None => routes,
    }
}

/// A request with parameters has work done, such as a roll of dice; without any it reads.
fn classify(method: &Method, uri: &Uri) -> Access {
    match (method, uri.path(), uri.query()) {
        (&Method::GET | &Method::HEAD, "/", None) => Access::Page,
        (&Method::GET | &Method::HEAD, _, None) => Access::Read,
        _ => Access::Send,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_other_sites_lead_to_the_page_and_roll_no_dice() {
        for (method, uri, access) in [
            (Method::GET, "/", Access::Page),
            (Method::GET, "/?die=fair", Access::Send),
            (Method::GET, "/roll?die=fair", Access::Send),
            (Method::GET, "/metrics", Access::Read),
            (Method::POST, "/", Access::Send),
        ] {
            assert_eq!(classify(&method, &uri.parse().expect("a URI")), access, "{method} {uri}");
        }
    }
}
