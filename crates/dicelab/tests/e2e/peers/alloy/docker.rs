//! Containers whose lines can be read as those of a Docker: the few answers of its API that Alloy asks for.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The version of the API that is spoken.
const VERSION: &str = "1.47";

/// Containers; their server ends with the value.
pub(crate) struct Docker {
    pub(crate) port: u16,
    containers: Arc<Vec<Container>>,
    server: JoinHandle<()>,
}

/// A container of a compose project that has written lines at these times, in nanoseconds since the epoch.
struct Container {
    project: &'static str,
    service: &'static str,
    name: &'static str,
    lines: watch::Sender<Vec<(u128, String)>>,
}

impl Docker {
    /// Containers with these projects, services and names.
    pub(crate) async fn start(containers: &[(&'static str, &'static str, &'static str)]) -> Self {
        let container = |(project, service, name): &(&'static str, &'static str, &'static str)| Container {
            project,
            service,
            name,
            lines: watch::Sender::default(),
        };
        let containers: Arc<Vec<Container>> = Arc::new(containers.iter().map(container).collect());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let served = containers.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    // Who has left is told no more.
                    let _ = answer(stream, &served).await;
                });
            }
        });
        Self { port, containers, server }
    }

    /// A container writes a line now.
    pub(crate) fn write(&self, name: &str, line: String) {
        let container = self.containers.iter().find(|container| container.name == name).expect("a container");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
        container.lines.send_modify(|lines| lines.push((now, line)));
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers one request.
async fn answer(mut stream: TcpStream, containers: &[Container]) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.strip_prefix(&format!("/v{VERSION}")).unwrap_or(path);
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let container = |id: &str| containers.iter().find(|container| container.id() == id);
    let found = match parts[..] {
        ["_ping"] => Some(json!("OK")),
        ["networks"] => Some(json!([])),
        ["containers", "json"] => Some(containers.iter().map(Container::listed).collect()),
        ["containers", id, "json"] => container(id).map(Container::inspected),
        ["containers", id, "logs"] if container(id).is_some() => {
            stream.write_all(header("200 OK", "application/vnd.docker.multiplexed-stream").as_bytes()).await?;
            let since = query.split('&').find_map(|pair| pair.strip_prefix("since=")?.parse::<f64>().ok());
            return follow(stream, container(id).expect("found"), since.unwrap_or_default()).await;
        }
        _ => None,
    };
    let (status, body) = found.map_or(("404 Not Found", json!({"message": "no such thing"})), |body| ("200 OK", body));
    let text = format!("{}{body}", header(status, "application/json"));
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

fn header(status: &str, kind: &str) -> String {
    let first = format!("HTTP/1.1 {status}\r\nApi-Version: {VERSION}\r\nOstype: linux\r\n");
    format!("{first}Content-Type: {kind}\r\nConnection: close\r\n\r\n")
}

/// Sends the lines since a time, in seconds, and then each new one.
async fn follow(mut stream: TcpStream, container: &Container, since: f64) -> std::io::Result<()> {
    let (mut lines, mut sent) = (container.lines.subscribe(), 0);
    loop {
        let new = lines.borrow_and_update()[sent..].to_vec();
        sent += new.len();
        for (at, line) in new.into_iter().filter(|(at, _)| *at as f64 >= since * 1e9) {
            let time = chrono::DateTime::from_timestamp_nanos(i64::try_from(at).expect("before 2262"));
            let text = format!("{} {line}\n", time.format("%Y-%m-%dT%H:%M:%S%.9fZ"));
            let length = u32::try_from(text.len()).expect("a short line").to_be_bytes();
            // A frame: 1 for standard output, three bytes of nothing, the length.
            stream.write_all(&[&[1, 0, 0, 0], &length[..], text.as_bytes()].concat()).await?;
        }
        if lines.changed().await.is_err() {
            return Ok(());
        }
    }
}

impl Container {
    fn id(&self) -> String {
        self.name.bytes().cycle().take(32).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }

    fn listed(&self) -> Value {
        let labels = json!({"com.docker.compose.project": self.project, "com.docker.compose.service": self.service});
        json!({"Id": self.id(), "Names": [format!("/{}", self.name)], "Labels": labels, "State": "running", "Ports": [],
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Networks": {"stage4": {"NetworkID": "n1", "IPAddress": "127.0.0.1"}}}})
    }

    fn inspected(&self) -> Value {
        json!({"Id": self.id(), "Name": format!("/{}", self.name), "Config": {"Tty": false},
            "State": {"Status": "running", "Running": true, "FinishedAt": "0001-01-01T00:00:00Z"}})
    }
}
