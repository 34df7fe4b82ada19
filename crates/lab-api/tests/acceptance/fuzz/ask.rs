//! Asking a router in the same process.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::memory;

/// A router, and what it may answer.
pub(super) struct Door {
    runtime: Runtime,
    router: Router,
    documented: &'static [u16],
    asked: u64,
}

impl Door {
    /// A door that answers nothing but these status codes.
    pub(super) fn new(router: Router, documented: &'static [u16]) -> Self {
        Self { runtime: Runtime::new().expect("a runtime"), router, documented, asked: 0 }
    }

    /// From now on another router answers.
    pub(super) fn renew(&mut self, router: Router) {
        self.router = router;
    }

    /// Sends a request; fails if the answer is none that is documented, or if too much memory was used.
    pub(super) fn send(&mut self, request: Request<Body>, what: &str) -> (StatusCode, Vec<u8>) {
        if let Some(file) = std::env::var_os("DICELAB_FUZZ_LAST") {
            std::fs::write(file, what).expect("written");
        }
        let answer = self.runtime.block_on(self.router.clone().oneshot(request)).expect("an answer");
        let status = answer.status();
        let body = self.runtime.block_on(to_bytes(answer.into_body(), usize::MAX)).expect("a body");
        assert!(
            self.documented.contains(&status.as_u16()),
            "{status} {:.500} of {what:.3000}",
            String::from_utf8_lossy(&body)
        );
        self.asked += 1;
        if self.asked.is_multiple_of(16) {
            memory::check(what);
        }
        (status, body.to_vec())
    }

    /// Asks with parameters in the URL, or in a form where they are long.
    pub(super) fn ask(&mut self, path: &str, pairs: &[(&str, &str)], is_form: bool) -> (StatusCode, Vec<u8>) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(pairs).finish();
        let request = if is_form {
            let head = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
            head.body(Body::from(form))
        } else {
            // The door of the lab lets no longer address in.
            if form.len() > 60_000 {
                return (StatusCode::URI_TOO_LONG, Vec::new());
            }
            Request::get(format!("{path}?{form}")).body(Body::empty())
        };
        self.send(request.expect("a request"), &format!("{path} {pairs:?}"))
    }

    /// The same for answers that are JSON when they are good.
    pub(super) fn ask_json(&mut self, path: &str, pairs: &[(&str, &str)], is_form: bool) {
        let (status, body) = self.ask(path, pairs, is_form);
        if status == StatusCode::OK {
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok(), "{path} {pairs:?}: {body:?}");
        }
    }
}
