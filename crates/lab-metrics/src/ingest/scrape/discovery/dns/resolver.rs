//! Asks the name servers of this machine, by UDP, and by TCP what does not fit.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::ingest::scrape::config::discovery::DnsRecord;
use crate::ingest::scrape::discovery::dns::message::{self, Answer, BY_UDP, NO_SUCH_NAME, Record};

/// Where the name servers of this machine stand.
const FILE: &str = "/etc/resolv.conf";
/// The port of name servers.
const PORT: u16 = 53;
/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whom to ask, and which names to try.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolver {
    servers: Vec<SocketAddr>,
    /// Domains in which names are looked for, too.
    search: Vec<String>,
    /// A name with so many points is tried as it is before the domains.
    points: usize,
}

impl Resolver {
    /// The one that the system is set to.
    pub(crate) async fn of_system() -> Result<Self, String> {
        let text = tokio::fs::read_to_string(FILE).await;
        Ok(Self::parse(&text.map_err(|error| format!("could not load {FILE}: {error}"))?))
    }

    fn parse(text: &str) -> Self {
        let mut resolver = Self { servers: Vec::new(), search: Vec::new(), points: 1 };
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let server = words.next().and_then(|server| server.parse::<IpAddr>().ok());
                    resolver.servers.extend(server.map(|server| SocketAddr::new(server, PORT)));
                }
                Some("search") => resolver.search = words.map(ToOwned::to_owned).collect(),
                Some("domain") => resolver.search = words.take(1).map(ToOwned::to_owned).collect(),
                Some("options") => {
                    let mut points = words.filter_map(|option| option.strip_prefix("ndots:")?.parse().ok());
                    resolver.points = points.next().unwrap_or(resolver.points);
                }
                _ => {}
            }
        }
        resolver
    }

    /// The records of a name. That it does not exist is an answer: it has none.
    pub(super) async fn look_up(&self, name: &str, record: DnsRecord) -> Result<Vec<Record>, String> {
        let mut problem = None;
        for name in self.names(name) {
            match self.ask_any_server(&name, record).await {
                Ok(answer) if answer.code == 0 => return Ok(answer.records),
                Ok(_) => {}
                Err(error) => problem = Some(error),
            }
        }
        problem.map_or(Ok(Vec::new()), Err)
    }

    /// The names to try, in order.
    fn names(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let itself = std::iter::once(name.to_owned());
        let searched = self.search.iter().map(|domain| format!("{name}.{}", domain.trim_end_matches('.')));
        if name.matches('.').count() >= self.points {
            itself.chain(searched).collect()
        } else {
            searched.chain(itself).collect()
        }
    }

    async fn ask_any_server(&self, name: &str, record: DnsRecord) -> Result<Answer, String> {
        let mut last = format!("{FILE} lists no name server");
        for server in &self.servers {
            match tokio::time::timeout(PATIENCE, from_server(*server, name, record)).await {
                Ok(Ok(answer)) if answer.code == 0 || answer.code == NO_SUCH_NAME => return Ok(answer),
                Ok(Ok(answer)) => last = format!("{server} answers with error {}", answer.code),
                Ok(Err(error)) => last = format!("{server}: {error}"),
                Err(_) => last = format!("{server} does not answer within {PATIENCE:?}"),
            }
        }
        Err(format!("could not resolve {name:?}: {last}"))
    }
}

async fn from_server(server: SocketAddr, name: &str, record: DnsRecord) -> Result<Answer, String> {
    // Nobody else should guess it.
    let id = (RandomState::new().hash_one(name) & 0xffff) as u16;
    let question = message::question(id, name, record).ok_or("this is not a valid DNS name")?;
    let answer = by_udp(server, &question).await.map_err(|error| error.to_string())?;
    let answer = if answer.as_ref().is_some_and(|answer| answer.is_cut) {
        by_tcp(server, &question).await.map_err(|error| error.to_string())?
    } else {
        answer
    };
    answer.filter(|answer| answer.id == id).ok_or_else(|| "the answer cannot be read".to_owned())
}

async fn by_udp(server: SocketAddr, question: &[u8]) -> std::io::Result<Option<Answer>> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; usize::from(BY_UDP)];
    loop {
        let length = socket.recv(&mut answer).await?;
        // A late answer to an earlier question may come first.
        if answer[..length].starts_with(&question[..2]) {
            return Ok(message::read(&answer[..length]));
        }
    }
}

async fn by_tcp(server: SocketAddr, question: &[u8]) -> std::io::Result<Option<Answer>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_u16(question.len() as u16).await?;
    stream.write_all(question).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(message::read(&answer))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::ingest::scrape::config::discovery::DnsDiscovery;
    use crate::ingest::scrape::discovery::dns::records;

    /// Answers to `one.example`: one record by UDP, which is said to be cut if `cut`; all names else do not exist.
    fn answer(question: &[u8], records: &[(u16, Vec<u8>)], cut: bool) -> Vec<u8> {
        let mut message = question[..question.len() - 11].to_vec();
        (message[2], message[11]) = (0x81 | if cut { 2 } else { 0 }, 0);
        let is_known = question.windows(12).any(|part| part == b"\x03one\x07example");
        if !is_known {
            message[3] = NO_SUCH_NAME;
            return message;
        }
        message[7] = if cut { 0 } else { records.len() as u8 };
        for (kind, data) in records.iter().filter(|_| !cut) {
            message.extend([0xc0, 12]);
            message.extend(kind.to_be_bytes());
            message.extend([0, 1, 0, 0, 0, 9]);
            message.extend((data.len() as u16).to_be_bytes());
            message.extend(data);
        }
        message
    }

    /// A name server on a free port; by UDP it says that all is cut if `cut`.
    async fn server(records: Vec<(u16, Vec<u8>)>, cut: bool) -> Resolver {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = tcp.local_addr().expect("an address");
        let udp = UdpSocket::bind(address).await.expect("bound");
        let also = records.clone();
        tokio::spawn(async move {
            let mut question = vec![0; 512];
            while let Ok((length, from)) = udp.recv_from(&mut question).await {
                let _ = udp.send_to(&answer(&question[..length], &records, cut), from).await;
            }
        });
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let mut question = vec![0; usize::from(stream.read_u16().await.expect("a length"))];
                stream.read_exact(&mut question).await.expect("a question");
                let answer = answer(&question, &also, false);
                stream.write_u16(answer.len() as u16).await.expect("written");
                stream.write_all(&answer).await.expect("written");
            }
        });
        Resolver { servers: vec![address], search: vec!["example".to_owned()], points: 1 }
    }

    fn source(record: &str) -> DnsDiscovery {
        serde_yaml_ng::from_str(&format!("{{names: [one], type: {record}, port: 9100}}")).expect("good")
    }

    #[tokio::test]
    async fn every_type_of_record_becomes_a_target() {
        let name = b"\x04host\x07example\x00";
        for (record, number, data, address, label) in [
            ("A", 1, vec![10, 0, 0, 7], "10.0.0.7:9100", None),
            ("aaaa", 28, [vec![0xfd], vec![0; 14], vec![1]].concat(), "[fd00::1]:9100", None),
            ("SRV", 33, [&[0, 1, 0, 2, 0, 80][..], name].concat(), "host.example:80", Some("srv_record_target")),
            ("MX", 15, [&[0, 1][..], name].concat(), "host.example:9100", Some("mx_record_target")),
            ("NS", 2, name.to_vec(), "host.example:9100", Some("ns_record_target")),
        ] {
            for cut in [false, true] {
                let resolver = server(vec![(5, name.to_vec()), (number, data.clone())], cut).await;
                let groups = records::ask(&source(record), &resolver).await.expect("an answer");
                assert_eq!(groups.len(), 1, "{record}: {groups:?}");
                assert_eq!(groups[0].targets, [address]);
                assert_eq!(groups[0].labels["__meta_dns_name"], "one");
                if let Some(label) = label {
                    assert_eq!(groups[0].labels[&format!("__meta_dns_{label}")], "host.example.");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_has_no_targets_and_silence_is_an_error() {
        let resolver = server(vec![(1, vec![10, 0, 0, 7])], false).await;
        let mut unknown = source("A");
        unknown.names = vec!["two".to_owned()];
        assert_eq!(records::ask(&unknown, &resolver).await, Ok(Vec::new()));
        let nobody = Resolver { servers: Vec::new(), ..resolver };
        let error = records::ask(&unknown, &nobody).await.expect_err("nobody answers");
        assert!(error.contains("lists no name server"), "{error}");
    }

    #[test]
    fn the_system_s_file_is_read() {
        let text = "# a comment\nnameserver 10.0.0.1\nnameserver fd00::1 # two\nsearch a.example b.\noptions timeout:1 ndots:2\n";
        let resolver = Resolver::parse(text);
        let servers = ["10.0.0.1:53", "[fd00::1]:53"].map(|server| server.parse().expect("an address"));
        assert_eq!(resolver.servers, servers);
        assert_eq!(resolver.names("x.y"), ["x.y.a.example", "x.y.b", "x.y"]);
        assert_eq!(resolver.names("x.y.z"), ["x.y.z", "x.y.z.a.example", "x.y.z.b"]);
        assert_eq!(resolver.names("x."), ["x."]);
    }
}
