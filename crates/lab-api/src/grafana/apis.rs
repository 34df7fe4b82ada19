//! Grafana's resource API, `/apis`: dashboards and folders in the shapes of Kubernetes' API, which Grafana 12 follows.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`kinds`] | the groups, their versions and kinds, as a table |
//! | [`discovery`] | what there is |
//! | [`resources`] | list, read, create, replace, patch and delete, of whichever kind |
//! | [`resources::identity`] | which resource and version of it a client means |
//! | [`boards`], [`folders`] | dashboards and folders as resources |
//! | [`parts`] | what belongs to a resource: access, parents, counts |

mod boards;
mod discovery;
mod failure;
mod folders;
mod kinds;
mod listing;
mod parts;
mod patch;
mod resources;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::{any, get};

use crate::grafana::answer;
use crate::grafana::apis::kinds::KINDS;
use crate::grafana::dashboards::import;
use crate::grafana::state::GrafanaState;

/// The answer to a method that a path does not take, in the shape that clients of that path read.
pub(crate) async fn wrong_method(uri: Uri) -> Response {
    if uri.path().starts_with("/apis/") { failure::wrong_method(&uri) } else { answer::wrong_method(&uri) }
}

pub(crate) fn router() -> Router<GrafanaState> {
    let mut router = Router::new()
        .route("/apis", get(discovery::groups))
        .route("/apis/", get(discovery::groups))
        .route("/apis/{*path}", any(failure::unknown_path))
        .route("/openapi", any(failure::unknown_path))
        .route("/openapi/{*path}", any(failure::unknown_path))
        .route("/version", get(discovery::version))
        .route("/healthz", get(async || "Ok"))
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(async || "ok"));
    for kind in KINDS {
        let (group, plural) = (format!("/apis/{}", kind.group()), kind.plural());
        let collection = format!("{group}/{{version}}/namespaces/{{namespace}}/{plural}");
        let one = get(resources::one).put(resources::replace).patch(resources::patch).delete(resources::remove);
        router = router
            .route(&group, get(discovery::group))
            .route(&format!("{group}/{{version}}"), get(discovery::resources))
            .route(&format!("{group}/{{version}}/{plural}"), get(resources::list_everywhere))
            .route(&collection, get(resources::list).post(resources::create))
            .route(&format!("{collection}/{{name}}"), one);
        for (part, _) in kind.parts() {
            router = router.route(&format!("{collection}/{{name}}/{part}"), get(parts::part));
        }
    }
    router.layer(DefaultBodyLimit::max(import::LARGEST))
}
