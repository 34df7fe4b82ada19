//! The gate that every request of a run passes: while it is closed none begins, and it closes only once
//! those that have begun are over.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// A gate; its clones are the same one. Open at first.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<RwLock<()>>);

/// A request on its way: it has passed the gate and is over when this is dropped.
pub type Pass = OwnedRwLockReadGuard<()>;

/// A closed gate; it opens when this is dropped.
pub type Closed = OwnedRwLockWriteGuard<()>;

impl Gate {
    /// Waits until the gate is open. Cancel-safe.
    pub async fn pass(&self) -> Pass {
        self.0.clone().read_owned().await
    }

    /// Passes if the gate is open.
    pub fn try_pass(&self) -> Option<Pass> {
        self.0.clone().try_read_owned().ok()
    }

    /// Lets nobody begin any more and waits until all who had passed are over. Giving the wait up opens the
    /// gate again.
    pub async fn close(&self) -> Closed {
        self.0.clone().write_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::task::Poll;

    use super::*;

    /// What a future has come to by now.
    async fn by_now<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn it_closes_when_the_last_request_is_over_and_holds_back_the_next() {
        let gate = Gate::default();
        let under_way = gate.pass().await;
        let (mut closing, mut next) = (pin!(gate.close()), pin!(gate.pass()));
        assert!(by_now(closing.as_mut()).await.is_none());
        assert!(by_now(next.as_mut()).await.is_none(), "the gate is closing");
        drop(under_way);
        let closed = by_now(closing.as_mut()).await.expect("closed");
        assert!(by_now(next.as_mut()).await.is_none() && gate.try_pass().is_none(), "the gate is closed");
        drop(closed);
        assert!(by_now(next.as_mut()).await.is_some());
    }

    #[tokio::test]
    async fn a_wait_given_up_opens_it_again() {
        let gate = Gate::default();
        let _under_way = gate.pass().await;
        {
            let mut closing = pin!(gate.close());
            assert!(by_now(closing.as_mut()).await.is_none());
        }
        assert!(gate.try_pass().is_some());
    }
}
