//! Something that must go on while something else is in the middle of its work.

use std::sync::mpsc;

use crate::eventually::patience;

/// Does `work` on another thread and returns when it is done; panics if it does not get done, because what the caller is
/// in the middle of holds a lock.
pub fn meanwhile(work: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    if let Err(reason) = finished.recv_timeout(patience()) {
        panic!("the work beside the caller's does not get done: {reason}");
    }
}
