//! The writer against sinks that take all, nothing, or never return.

use std::sync::Mutex;

use prometheus_client::registry::Registry;

use super::*;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lock").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Stuck(mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        // Blocks like a full pipe until the test is over.
        let _ = self.0.recv();
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn counters() -> SignalCounters {
    SignalCounters::register(&mut Registry::default(), "lines", "Lines")
}

fn push(queue: &ByteQueue, lines: u64) -> u64 {
    (0..lines).filter(|_| queue.push(|out| out.extend_from_slice(b"{}\n"))).count() as u64
}

const GRACE: Duration = Duration::from_secs(20);

#[test]
fn every_line_is_written_before_the_end() {
    let (queue, counters, memory) = (Arc::new(ByteQueue::new(1 << 20, 64)), counters(), Memory::default());
    let writer = LogWriter::start(queue.clone(), Box::new(memory.clone()), counters.clone()).expect("starts");
    assert_eq!(push(&queue, 1_000), 1_000);
    assert_eq!(writer.shutdown(GRACE), 0);
    assert_eq!(memory.0.lock().expect("lock").len(), 3_000);
    assert_eq!((counters.exported.get(), counters.dropped.get()), (1_000, 0));
}

#[test]
fn lines_that_nobody_takes_are_counted() {
    let (queue, counters) = (Arc::new(ByteQueue::new(1 << 20, 64)), counters());
    let writer = LogWriter::start(queue.clone(), Box::new(Closed), counters.clone()).expect("starts");
    push(&queue, 100);
    writer.shutdown(GRACE);
    assert_eq!((counters.exported.get(), counters.dropped.get()), (0, 100));
}

#[test]
fn a_reader_that_stops_reading_costs_the_bound_and_no_time() {
    let (queue, counters) = (Arc::new(ByteQueue::new(300, 30)), counters());
    let (release, stuck) = mpsc::channel();
    let writer = LogWriter::start(queue.clone(), Box::new(Stuck(stuck)), counters.clone()).expect("starts");
    assert_eq!(push(&queue, 1_000), 100, "300 bytes hold 100 lines");
    // One batch is in the writer's hands; the others are counted now.
    assert!(writer.shutdown(Duration::from_millis(50)) >= 90);
    drop(release);
}
