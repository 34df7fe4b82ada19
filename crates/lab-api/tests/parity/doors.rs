//! Doors: what is answered to a request that is packed, labelled, damaged or written in one way or another, and what of it is
//! kept. The originals are Prometheus, Loki, Tempo and a Collector; a lab stands in for all of them.
//!
//! Each question names a door and what is done to the request that comes to it (see [`letter`]); the answer is the status and what
//! the product has kept of it (see [`kept`]). The words of a refusal are each product's own and are not compared.

mod bodies;
mod kept;
mod lab;
mod letter;
mod originals;
mod packing;
mod protobuf;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::server::TestServer;
use serde_json::json;

use crate::doors::kept::Kept;
use crate::doors::letter::{Letter, Marks};

/// Where one of the products, or the lab, takes requests and is asked what it has kept.
pub(crate) struct Place {
    /// The address of each door.
    doors: HashMap<&'static str, String>,
    kept: Kept,
    sent: AtomicU64,
}

impl Place {
    fn new(doors: HashMap<&'static str, String>, kept: Kept) -> Arc<Self> {
        Arc::new(Self { doors, kept, sent: AtomicU64::new(0) })
    }
}

/// The products, each with a folder of questions and, once it was asked, a record.
const PRODUCTS: [&str; 4] = ["prometheus", "loki", "tempo", "collector"];

fn folder(product: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/doors")).join(product)
}

/// Stands before a place: each question becomes a request to one of its doors.
async fn front(place: Arc<Place>) -> TestServer {
    TestServer::start(Router::new().route("/send", get(send)).with_state(place)).await
}

/// Sends one request; answers its status, and what was kept of it.
async fn send(State(place): State<Arc<Place>>, Query(asked): Query<Vec<(String, String)>>) -> Response {
    let marks = Marks::of(place.sent.fetch_add(1, Ordering::Relaxed));
    let letter = Letter::of(&asked, &marks);
    let status = letter.post(&place.kept.client, &place.doors[letter.door]).await;
    let kept = place.kept.of(letter.door, &marks, status).await;
    // Which status of success it is, is each product's own.
    let status = if (200..300).contains(&status) { 200 } else { status };
    axum::Json(json!({"status": status, "kept": marks.hidden(kept)})).into_response()
}

/// Asks those of the real products that are there.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_written_anew() {
    for product in PRODUCTS {
        let Some(original) = originals::start(product).await else { continue };
        let (folder, front) = (folder(product), front(original.place.clone()).await);
        let suite = Suite { folder: &folder, rules: Rules::default() };
        suite.record(&front.url(""), &original.version).await.expect("recorded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lab_takes_and_refuses_what_the_originals_do() {
    let lab = lab::start().await;
    let front = front(lab.place.clone()).await;
    let mut incomplete = Vec::new();
    for product in PRODUCTS {
        let folder = folder(product);
        if !folder.join("answers.jsonl.gz").exists() {
            println!("{product}: it was not asked yet, so there is nothing to compare with");
            continue;
        }
        let suite = Suite { folder: &folder, rules: Rules::default() };
        let summary = suite.compare(&front.url("")).await.expect("compared");
        println!("{product}: {summary}");
        incomplete.extend((!summary.is_complete()).then(|| format!("{product}: {summary}")));
    }
    assert!(incomplete.is_empty(), "{}", incomplete.join("\n"));
}
