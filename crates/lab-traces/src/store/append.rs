//! The way in: the spans of one request go to the buffer together.

use lab_storage::{Account, Budget, Wait};
use parking_lot::Mutex;

use crate::ingest::request::Batch;
use crate::store::buffer::{Buffer, memory_of};
use crate::store::limits::Limits;
use crate::store::stats::{Received, Rejected, Rejection};

/// Takes the spans in, if there is room for all of them; those beyond the limits of their trace are refused one by one.
pub(crate) fn batch(
    batch: Batch,
    (buffer, budget): (&Mutex<Buffer>, &Budget),
    (limits, now_ns): (&Limits, i64),
    account: &Account,
) -> Result<Received, Wait> {
    let Batch { spans, mut rejected, truncated_attributes } = batch;
    let (arrived, bytes) = (spans.len() as u64, spans.iter().map(|span| memory_of(&span.otlp)).sum());
    account.receive(arrived + rejected.total());
    let taken = if arrived == 0 { Ok(()) } else { budget.take(bytes) };
    if let Err(wait) = taken {
        account.refuse(Wait::REASON, arrived);
        count(account, &rejected);
        return Err(wait);
    }
    let too_many = buffer.lock().append(spans, now_ns, limits);
    budget.give_back(too_many.bytes);
    rejected.add(Rejection::TraceTooLarge, too_many.spans);
    count(account, &rejected);
    Ok(Received { accepted: arrived - too_many.spans, rejected, truncated_attributes })
}

fn count(account: &Account, rejected: &Rejected) {
    for reason in Rejection::ALL {
        account.refuse(reason.as_str(), rejected.of(reason));
    }
}
