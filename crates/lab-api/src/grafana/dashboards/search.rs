//! `GET /api/search`, and the tags of all dashboards.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Dashboard, Folder};
use serde_json::{Value, json};

use crate::grafana::answer::message;
use crate::grafana::dashboards::{encode, tree};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// `query` (words of the title), `tag`, `type` (`dash-db`, `dash-folder`), `dashboardUIDs`, `folderUIDs` (`general`:
/// in none), the numbers of either as `dashboardIds` and `folderIds` (0: in none), `limit`, `page`, `sort` (`alpha-asc`, `alpha-desc`), `starred`.
pub(crate) async fn search(State(state): State<GrafanaState>, params: Params) -> Response {
    let number = |name: &str, otherwise: usize| match params.get(name).map(str::parse::<usize>) {
        None => Ok(otherwise),
        Some(Ok(number)) => Ok(number.max(1)),
        Some(Err(_)) => Err(message(StatusCode::BAD_REQUEST, &format!("{name} must be a whole number above zero"))),
    };
    let (limit, page) = match (number("limit", 1000), number("page", 1)) {
        (Ok(limit), Ok(page)) => (limit.min(5000), page),
        (Err(refusal), _) | (_, Err(refusal)) => return refusal,
    };
    let mut hits = if params.get("starred") == Some("true") { Vec::new() } else { found(&state, &params) };
    if params.get("sort") == Some("alpha-desc") {
        hits.reverse();
    }
    Json(hits.into_iter().skip((page - 1) * limit).take(limit).collect::<Vec<_>>()).into_response()
}

fn found(state: &GrafanaState, params: &Params) -> Vec<Value> {
    let list = |names: [&str; 2]| -> Vec<String> {
        let all = names.into_iter().flat_map(|name| params.all(name).map(str::to_owned).collect::<Vec<_>>());
        all.flat_map(|text| text.split(',').map(str::to_owned).collect::<Vec<_>>())
            .filter(|text| !text.is_empty())
            .collect()
    };
    let (tags, kinds) = (list(["tag", "tags"]), list(["type", "type"]));
    let (uids, inside) = (list(["dashboardUIDs", "dashboardUID"]), list(["folderUIDs", "folderUID"]));
    let (numbers, places) = (list(["dashboardIds", "dashboardId"]), list(["folderIds", "folderId"]));
    let is_one = |board: &Dashboard| {
        (uids.is_empty() && numbers.is_empty())
            || uids.contains(&board.uid)
            || numbers.contains(&encode::number(&board.uid).to_string())
    };
    let words = params.all("query").collect::<Vec<_>>().join(" ").to_lowercase();
    let named = |title: &str| words.split_whitespace().all(|word| title.to_lowercase().contains(word));
    let of_kind = |kind: &str| kinds.is_empty() || kinds.iter().any(|one| one == kind);
    let mut hits = Vec::new();
    let is_inside = |place: Option<&Folder>| {
        let (uid, number) = place.map_or(("general", 0), |folder| (&*folder.uid, folder.id));
        (inside.is_empty() && places.is_empty())
            || inside.iter().any(|one| one == uid)
            || places.contains(&number.to_string())
    };
    if of_kind("dash-folder") && tags.is_empty() && uids.is_empty() && numbers.is_empty() {
        let mut all = state.notes.folders.list();
        all.sort_by_key(|folder| folder.title.to_lowercase());
        for folder in all.iter().filter(|folder| named(&folder.title)) {
            let parent = all.iter().find(|one| one.uid == folder.parent);
            if is_inside(parent) {
                hits.push(encode::folder_hit(folder, parent));
            }
        }
    }
    if of_kind("dash-db") {
        for board in state.library.list() {
            let folder = tree::of(state, &board.uid);
            if named(&board.title)
                && tags.iter().all(|tag| board.tags.contains(tag))
                && is_one(&board)
                && is_inside(folder.as_ref())
            {
                hits.push(encode::hit(&board, folder.as_ref()));
            }
        }
    }
    hits
}

/// The orders that `sort` knows.
pub(crate) async fn sorting() -> Response {
    let option = |name: &str, shown: &str| json!({ "name": name, "displayName": shown, "description": format!("Sort results {shown}"), "meta": "" });
    Json(json!({ "sortOptions": [option("alpha-asc", "A-Z"), option("alpha-desc", "Z-A")] })).into_response()
}

pub(crate) async fn tags(State(state): State<GrafanaState>) -> Response {
    let mut counts = BTreeMap::<String, u64>::new();
    for tag in state.library.list().iter().flat_map(|board| board.tags.clone()) {
        *counts.entry(tag).or_default() += 1;
    }
    let tags: Vec<_> = counts.into_iter().map(|(term, count)| json!({ "term": term, "count": count })).collect();
    Json(tags).into_response()
}
