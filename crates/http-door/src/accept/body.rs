//! Bodies on their way: a request's has to make progress, a response's end is the end of its request.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::accept::activity::Activity;
use crate::accept::limits::Limits;

/// The body of a request comes too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body of the request came too slowly: less than {bytes} bytes in {time:?}")]
pub(super) struct TooSlow {
    bytes: usize,
    time: Duration,
}

/// The body of a request, with a clock that runs while its handler waits for more of it.
pub(super) struct RequestBody {
    inner: Incoming,
    activity: Arc<Activity>,
    limit: TooSlow,
    /// Raised when the body was given up.
    gave_up: Arc<AtomicBool>,
    /// What is left of the time in which `limit.bytes` have to come.
    left: Duration,
    came: usize,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl RequestBody {
    /// Watches `inner`; `gave_up` is raised when it comes too slowly.
    pub(super) fn new(inner: Incoming, activity: Arc<Activity>, limits: &Limits, gave_up: Arc<AtomicBool>) -> Self {
        let limit = TooSlow { bytes: limits.body_bytes, time: limits.progress };
        Self { inner, activity, limit, gave_up, left: limit.time, came: 0, waiting: None }
    }

    /// The handler has to wait; an error once it has waited for too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Result<(), TooSlow> {
        loop {
            let (_, sleep) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                self.activity.starve(now);
                (now, Box::pin(tokio::time::sleep_until(now + self.left)))
            });
            if sleep.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            self.stop_waiting();
            if self.came < self.limit.bytes {
                self.gave_up.store(true, Ordering::Relaxed);
                return Err(self.limit);
            }
            (self.left, self.came) = (self.limit.time, 0);
        }
    }

    fn stop_waiting(&mut self) {
        if let Some((since, _)) = self.waiting.take() {
            self.activity.feed();
            self.left = self.left.saturating_sub(since.elapsed());
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.stop_waiting();
                if let Some(Ok(frame)) = &frame {
                    self.came += frame.data_ref().map_or(0, Bytes::len);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => match self.wait(cx) {
                Ok(()) => Poll::Pending,
                Err(too_slow) => Poll::Ready(Some(Err(too_slow.into()))),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.stop_waiting();
    }
}

/// A request that runs, from the end of its head to the end of its answer.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Running {
    /// The head is complete.
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.begin_request();
        Self(activity.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.end_request(Instant::now());
    }
}

/// The body of a response; the request runs until it was handed over.
pub(super) struct ResponseBody {
    inner: Body,
    _running: Running,
}

impl ResponseBody {
    /// Lets `running` end with the body.
    pub(super) fn new(inner: Body, running: Running) -> Self {
        Self { inner, _running: running }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
