//! Syslog over UDP and TCP, off unless it is asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::Local;
use lab_logs::ingest::syslog::decode;
use lab_logs::ingest::syslog::frames::{Frames, LONGEST};
use lab_logs::ingest::syslog::seconds::Seconds;
use lab_logs::{LogStore, Policy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::parts::clock::now_ns;

/// Senders over TCP at a time; others wait until one leaves.
const MOST_SENDERS: usize = 64;
/// How long a sender over TCP may say nothing until its place goes to another.
const IDLE: Duration = Duration::from_secs(600);
/// The pause after a sender could not be accepted: without file descriptors the next attempt fails at once, too.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes that are read at a time.
const PIECE: usize = 16 << 10;
/// Datagrams that are kept at a time, if so many have come.
const MOST_DATAGRAMS: usize = 64;
/// How long a sender waits for room in the store; it is slowed down meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at the open connections.
const LOOK: Duration = Duration::from_millis(2);
/// Connections that have brought nothing for so long have brought everything: loggers keep theirs open as long as they run, and
/// what they wrote before has reached the socket by then.
const QUIET: Duration = Duration::from_millis(300);
/// A knock that is not heard by then is repeated: it may have found no room in the socket.
const HEARD_WITHIN: Duration = Duration::from_millis(100);

/// Both sockets, bound.
pub struct Syslog {
    datagrams: UdpSocket,
    connections: TcpListener,
    /// Changes with every empty datagram.
    heard: watch::Sender<()>,
    traffic: Traffic,
}

/// Where messages are kept.
#[derive(Clone)]
struct Keeper {
    store: Arc<LogStore>,
    /// Those of the messages of all senders: a stream may come over several connections.
    seconds: Arc<Seconds>,
}

/// What the connections do.
#[derive(Clone, Debug, Default)]
struct Traffic {
    /// Those that are open.
    open: Arc<AtomicUsize>,
    /// Those whose messages are being kept.
    busy: Arc<AtomicUsize>,
    /// The pieces that they have brought since the start.
    pieces: Arc<AtomicU64>,
}

/// Finds out whether all messages that were sent have been taken.
#[derive(Debug)]
pub struct Knocker {
    address: SocketAddr,
    heard: watch::Receiver<()>,
    traffic: Traffic,
}

impl Syslog {
    /// Binds both sockets to one address.
    pub fn bind(address: SocketAddr) -> anyhow::Result<Self> {
        let say = |how: &str| format!("syslog cannot listen on {address} over {how}; give --syslog another address");
        let connections = std::net::TcpListener::bind(address).with_context(|| say("TCP"))?;
        connections.set_nonblocking(true)?;
        // With port 0 both get the port that the first one was given.
        let datagrams = std::net::UdpSocket::bind(connections.local_addr()?).with_context(|| say("UDP"))?;
        datagrams.set_nonblocking(true)?;
        let (datagrams, connections) = (UdpSocket::from_std(datagrams)?, TcpListener::from_std(connections)?);
        Ok(Self { datagrams, connections, heard: watch::Sender::new(()), traffic: Traffic::default() })
    }

    /// What finds out whether all messages have been taken.
    pub fn knocker(&self) -> std::io::Result<Knocker> {
        let (address, heard) = (self.connections.local_addr()?, self.heard.subscribe());
        Ok(Knocker { address, heard, traffic: self.traffic.clone() })
    }

    /// Takes messages until `stop` fires.
    pub async fn run(self, store: Arc<LogStore>, stop: CancellationToken) {
        let keeper = Keeper { store, seconds: Arc::default() };
        let by_datagram = datagrams(&self.datagrams, &keeper, &self.heard);
        let by_connection = connections(&self.connections, &keeper, &self.traffic);
        tokio::select! {
            () = stop.cancelled() => {}
            () = by_datagram => {}
            () = by_connection => {}
        }
    }
}

impl Knocker {
    /// Where syslog is taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until all messages have been taken that came before, and all connections have ended or bring nothing any more.
    /// Datagrams and connections wait their turn, so that one of ours comes after all earlier ones.
    pub async fn arrived(&self) {
        let mut heard = self.heard.clone();
        heard.mark_unchanged();
        while timeout(HEARD_WITHIN, heard.changed()).await.is_err() {
            self.knock().await;
        }
        if let Ok(mut stream) = TcpStream::connect(self.address).await {
            // It ends when it was accepted, and so were those before it.
            let _ = stream.shutdown().await;
            let _ = stream.read(&mut [0; 1]).await;
        }
        self.traffic.quiet().await;
    }

    /// Sends an empty datagram. One that cannot be sent is not heard either.
    async fn knock(&self) {
        let from = if self.address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        if let Ok(socket) = UdpSocket::bind(from).await {
            let _ = socket.send_to(&[], self.address).await;
        }
    }
}

impl Traffic {
    /// Waits until no connection is open, or those that are have brought nothing for a while.
    async fn quiet(&self) {
        let pieces = || self.pieces.load(Ordering::Relaxed);
        let (mut seen, mut since) = (pieces(), Instant::now());
        while self.open.load(Ordering::Relaxed) > 0 && since.elapsed() < QUIET {
            tokio::time::sleep(LOOK).await;
            if self.busy.load(Ordering::Relaxed) > 0 || pieces() != seen {
                (seen, since) = (pieces(), Instant::now());
            }
        }
    }
}

/// A connection, as long as it is counted.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn datagrams(socket: &UdpSocket, keeper: &Keeper, heard: &watch::Sender<()>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        // An error belongs to a sender that has gone; the socket stays good.
        match socket.recv_from(&mut buffer).await {
            Ok((0, _)) => heard.send_replace(()),
            Ok((length, _)) => {
                let mut messages = vec![buffer[..length].to_vec()];
                let knock = loop {
                    match socket.try_recv_from(&mut buffer) {
                        Ok((0, _)) => break true,
                        Ok((length, _)) => messages.push(buffer[..length].to_vec()),
                        Err(_) => break false,
                    }
                    if messages.len() >= MOST_DATAGRAMS {
                        break false;
                    }
                };
                keeper.keep(&messages);
                if knock {
                    heard.send_replace(());
                }
            }
            Err(_) => {}
        }
    }
}

async fn connections(listener: &TcpListener, keeper: &Keeper, traffic: &Traffic) {
    let places = Arc::new(Semaphore::new(MOST_SENDERS));
    let mut senders = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (keeper, traffic, counted) = (keeper.clone(), traffic.clone(), Counted::new(&traffic.open));
                senders.spawn(async move {
                    let (_place, _counted) = (place, counted);
                    messages(stream, keeper, &traffic, IDLE).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a sender of syslog could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while senders.try_join_next().is_some() {}
    }
}

/// Takes the messages of one connection, until it says nothing for `idle`.
async fn messages(mut stream: TcpStream, keeper: Keeper, traffic: &Traffic, idle: Duration) {
    let (mut frames, mut piece) = (Frames::default(), vec![0; PIECE.min(LONGEST)]);
    while let Ok(Ok(length)) = timeout(idle, stream.read(&mut piece)).await {
        if length == 0 {
            break;
        }
        let _busy = Counted::new(&traffic.busy);
        traffic.pieces.fetch_add(1, Ordering::Relaxed);
        let mut found = Vec::new();
        frames.take(&piece[..length], |message| found.push(message.to_vec()));
        if found.is_empty() {
            continue;
        }
        let keeper = keeper.clone();
        let kept = tokio::task::spawn_blocking(move || {
            let _ = keeper.store.admit(PATIENCE);
            keeper.keep(&found);
        });
        if kept.await.is_err() {
            return;
        }
    }
    frames.finish(|message| keeper.keep(&[message.to_vec()]));
}

impl Keeper {
    /// Keeps messages, so that a kill does not lose them; what finds no room is counted by the store.
    fn keep(&self, messages: &[Vec<u8>]) {
        let decoded = |message: &Vec<u8>| decode(&String::from_utf8_lossy(message), now_ns(), &Local, &self.seconds);
        let entries: Vec<_> = messages.iter().map(decoded).collect();
        if !entries.is_empty() {
            self.store.append_lasting(entries, &Policy::collected());
        }
    }
}

#[cfg(test)]
mod tests {
    use lab_storage::Location;

    use super::*;

    #[tokio::test]
    async fn a_sender_that_says_nothing_is_closed() {
        let store = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let mut sender = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
        let (stream, _) = listener.accept().await.expect("accepted");
        sender.write_all(b"<14>1 - host idle - - - no end").await.expect("sent");
        let keeper = Keeper { store: Arc::clone(&store), seconds: Arc::default() };
        messages(stream, keeper, &Traffic::default(), Duration::from_millis(50)).await;
        assert_eq!(sender.read(&mut [0; 1]).await.expect("closed"), 0);
        assert_eq!(store.stats().received, 1, "what it had begun is kept");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_that_stays_open_is_not_waited_for_when_it_is_quiet() {
        let store = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened"));
        let syslog = Syslog::bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
        let (knocker, stop) = (syslog.knocker().expect("an address"), CancellationToken::new());
        let running = tokio::spawn(syslog.run(Arc::clone(&store), stop.clone()));
        let mut connection = TcpStream::connect(knocker.address()).await.expect("connected");
        connection.write_all(b"<14>1 - host kept - - - one\n").await.expect("sent");
        timeout(Duration::from_secs(60), knocker.arrived()).await.expect("it is not waited for until it ends");
        assert_eq!(store.stats().received, 1);
        drop(connection);
        stop.cancel();
        running.await.expect("ended");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn messages_over_udp_and_tcp_become_lines() {
        let store = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened"));
        let syslog = Syslog::bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
        let (knocker, stop) = (syslog.knocker().expect("an address"), CancellationToken::new());
        let address = knocker.address();
        let running = tokio::spawn(syslog.run(Arc::clone(&store), stop.clone()));
        let sender = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
        sender.send_to(b"<11>1 - host udp - - - by datagram", address).await.expect("sent");
        let mut connection = TcpStream::connect(address).await.expect("connected");
        connection.write_all(b"<14>1 - host lines - - - one\n28 <14>1 - host counted - - - x").await.expect("sent");
        connection.shutdown().await.expect("closed");
        let apps = || -> Vec<String> {
            let series = store.series(&[], i64::MIN, i64::MAX).expect("read");
            series.iter().filter_map(|labels| labels.get("app").map(str::to_owned)).collect()
        };
        drop(connection);
        timeout(Duration::from_secs(60), knocker.arrived()).await.expect("all of it has been taken");
        let mut found = apps();
        found.sort();
        assert_eq!(found, ["counted", "lines", "udp"]);
        stop.cancel();
        running.await.expect("ended");
    }
}
