//! A web configuration on a real port: TLS, passwords, certificates of clients, and files that change.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::accept::door::Door;
use crate::accept::limits::Limits;
use crate::accept::serve::serve;
use crate::web_config::source::{WebConfig, check};

/// A certificate that vouches for itself, for `localhost` and 127.0.0.1.
const CERTIFICATE: &str = include_str!("../../../lab-metrics/src/ingest/scrape/tests/localhost.crt");
const KEY: &str = include_str!("../../../lab-metrics/src/ingest/scrape/tests/localhost.key");
const REQUEST: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";

/// A folder with the certificate, its key and a web configuration, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn with(web_config: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("http-door-web-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        folder.write("localhost.crt", CERTIFICATE);
        folder.write("localhost.key", KEY);
        folder.write("web.yml", web_config);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("written");
    }

    fn path(&self) -> PathBuf {
        self.0.join("web.yml")
    }

    /// What is wrong with the file, without the folder.
    fn mistake(&self) -> String {
        let error = WebConfig::open(&self.path()).expect_err("a mistake").to_string();
        error.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port with a web configuration that answers `hello`, closed with the value.
struct Port {
    folder: Folder,
    address: SocketAddr,
    _stop: DropGuard,
}

impl Port {
    async fn open(web_config: &str, limits: Limits) -> Self {
        let folder = Folder::with(web_config);
        let web = WebConfig::open(&folder.path()).unwrap_or_else(|error| panic!("{error}"));
        let router = Router::new().route("/", get(|| async { "hello" }));
        let router = router.layer(from_fn_with_state(web.clone(), check));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let (address, stop) = (listener.local_addr().expect("bound"), CancellationToken::new());
        let door = Door { web: Some(web), ..Door::plain(router, limits) };
        tokio::spawn(serve(listener, door, stop.clone()));
        Self { folder, address, _stop: stop.drop_guard() }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// What is answered to a request without TLS.
    async fn ask(&self, headers: &str) -> String {
        answer(self.connect().await, headers).await
    }

    /// What is answered within TLS; an error if the handshake fails.
    async fn ask_tls(&self, client: ClientConfig, headers: &str) -> std::io::Result<String> {
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(client)).connect(name, self.connect().await).await?;
        let answer = answer(stream, headers).await;
        // In TLS 1.3 a client learns from what it reads whether its certificate was good.
        if answer.is_empty() { Err(std::io::ErrorKind::ConnectionReset.into()) } else { Ok(answer) }
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, headers: &str) -> String {
    let mut answer = Vec::new();
    // Who is refused may find the connection closed while it still writes.
    let _ = stream.write_all(format!("{REQUEST}{headers}\r\n").as_bytes()).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn client(versions: &[&'static SupportedProtocolVersion], with_certificate: bool) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    roots.add(certificate.clone()).expect("an anchor");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("versions");
    let builder = builder.with_root_certificates(roots);
    if !with_certificate {
        return builder.with_no_client_auth();
    }
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    builder.with_client_auth_cert(vec![certificate], key).expect("a certificate with its key")
}

fn any_client() -> ClientConfig {
    client(&[&TLS12, &TLS13], false)
}

fn basic(user: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(user))
}

fn users(entries: &[(&str, &str)]) -> String {
    let line = |(name, password): &(&str, &str)| format!("  {name}: {}\n", bcrypt::hash(password, 4).expect("hashed"));
    format!("basic_auth_users:\n{}", entries.iter().map(line).collect::<String>())
}

const TLS: &str = "tls_server_config: {cert_file: localhost.crt, key_file: localhost.key}\n";

#[tokio::test]
async fn users_come_in_by_their_passwords_over_tls() {
    let port = Port::open(&format!("{TLS}{}", users(&[("me", "pass")])), Limits::default()).await;
    let ask = async |headers: &str| port.ask_tls(any_client(), headers).await.expect("a handshake");
    assert!(ask(&basic("me:pass")).await.ends_with("hello"));
    for stranger in ["", &basic("me:wrong"), &basic("you:pass"), "authorization: Bearer pass\r\n"] {
        let refused = ask(stranger).await;
        assert!(refused.starts_with("HTTP/1.1 401") && refused.contains("www-authenticate: Basic"), "{refused}");
    }
    let plain = port.ask(&basic("me:pass")).await;
    assert!(plain.starts_with("HTTP/1.0 400") && plain.contains("https://"), "{plain}");
}

#[tokio::test]
async fn a_changed_file_counts_for_the_next_request_and_a_bad_one_closes_the_port() {
    let port = Port::open(&users(&[("me", "pass")]), Limits::default()).await;
    let status = async |user: &str| port.ask(&basic(user)).await[9..12].to_owned();
    assert_eq!(status("me:pass").await, "200");
    port.folder.write("web.yml", &users(&[("you", "word")]));
    assert_eq!((status("me:pass").await, status("you:word").await), ("401".to_owned(), "200".to_owned()));
    for bad in ["basic_auth_users: {you: nohash}", "nobody_knows: 1", TLS] {
        port.folder.write("web.yml", bad);
        assert_eq!(status("you:word").await, "500", "{bad}");
    }
    std::fs::remove_file(port.folder.path()).expect("removed");
    assert_eq!(status("you:word").await, "500");
    port.folder.write("web.yml", &users(&[("you", "word")]));
    assert_eq!(status("you:word").await, "200");
}

#[tokio::test]
async fn a_changed_certificate_counts_for_the_next_connection() {
    let port = Port::open(TLS, Limits::default()).await;
    assert!(port.ask_tls(any_client(), "").await.is_ok());
    port.folder.write("localhost.crt", "no certificate");
    assert!(port.ask_tls(any_client(), "").await.is_err());
    port.folder.write("localhost.crt", CERTIFICATE);
    assert!(port.ask_tls(any_client(), "").await.is_ok());
}

#[tokio::test]
async fn certificates_of_clients_are_asked_for_as_the_file_says() {
    for (asks, without, with) in [
        ("client_auth_type: RequestClientCert", true, true),
        ("client_auth_type: RequireAnyClientCert", false, true),
        ("client_auth_type: VerifyClientCertIfGiven, client_ca_file: localhost.crt", true, true),
        ("client_auth_type: RequireAndVerifyClientCert, client_ca_file: localhost.crt", false, true),
        ("client_auth_type: RequireAnyClientCert, client_allowed_sans: [localhost]", false, true),
        ("client_auth_type: RequireAnyClientCert, client_allowed_sans: [127.0.0.1]", false, true),
        ("client_auth_type: RequireAnyClientCert, client_allowed_sans: [other.example]", false, false),
    ] {
        let text = format!("tls_server_config: {{cert_file: localhost.crt, key_file: localhost.key, {asks}}}");
        let port = Port::open(&text, Limits::default()).await;
        for (version, certificate, lets_in) in
            [(&TLS12, false, without), (&TLS12, true, with), (&TLS13, false, without), (&TLS13, true, with)]
        {
            let asked = port.ask_tls(client(&[version], certificate), "").await;
            assert_eq!(asked.is_ok(), lets_in, "{asks}: {certificate}, {version:?}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn versions_and_headers_are_those_of_the_file() {
    let text = "tls_server_config: {cert_file: localhost.crt, key_file: localhost.key, min_version: TLS13}\n\
                http_server_config: {http2: false, headers: {Strict-Transport-Security: max-age=9}}";
    let port = Port::open(text, Limits::default()).await;
    assert!(port.ask_tls(client(&[&TLS12], false), "").await.is_err());
    let mut offers_both = client(&[&TLS13], false);
    offers_both.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let answer = port.ask_tls(offers_both, "").await.expect("a handshake, by HTTP/1.1");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security: max-age=9"), "{answer}");
}

#[tokio::test]
async fn a_handshake_that_does_not_go_on_is_silence() {
    let soon = Limits { first_byte: Duration::from_millis(300), ..Limits::default() };
    let port = Port::open(TLS, soon).await;
    let mut stream = port.connect().await;
    // The beginning of a handshake, and no more.
    stream.write_all(&[22, 3, 1, 2, 0, 1]).await.expect("sent");
    assert_eq!(stream.read(&mut [0; 9]).await.unwrap_or(0), 0);
}

/// Files with a mistake, and how what is said of them begins.
const MISTAKES: &[(&str, &str)] = &[
    ("a: 1", "web.yml: unknown field `a`, expected one of"),
    ("tls_server_config: {certfile: x}", "web.yml: tls_server_config: unknown field `certfile`"),
    ("http_server_config: {http2: false, http2: true}", "web.yml: http_server_config: duplicate"),
    ("hunter2", "web.yml: expected keys such as tls_server_config"),
    ("basic_auth_users: hunter2", "web.yml: basic_auth_users: expected a mapping of user names"),
    ("basic_auth_users: {me: hunter2}", "web.yml: basic_auth_users.me: expected the bcrypt hash"),
    ("basic_auth_users: 12345", "web.yml: basic_auth_users: expected a mapping of user names"),
    ("basic_auth_users: {me: [hunter2]}", "web.yml: basic_auth_users.me: invalid type: sequence, expected a string"),
    ("basic_auth_users: {1.10: 0x10}", "web.yml: basic_auth_users.1.10: expected the bcrypt hash"),
    ("tls_server_config: {cert_file: no.crt, key_file: localhost.key}", "no.crt: cannot be read: No such file"),
    ("tls_server_config: {cert_file: localhost.crt}", "web.yml: tls_server_config: TLS needs key_file or key"),
    ("tls_server_config: {cert_file: localhost.crt, key: hunter2}", "web.yml: tls_server_config.key: holds no private"),
    (
        "tls_server_config: {cert_file: localhost.key, key_file: localhost.key}",
        "web.yml: tls_server_config.cert_file: holds no certificate",
    ),
    ("tls_server_config: {client_ca_file: localhost.crt}", "web.yml: tls_server_config: clients are described"),
    (
        "tls_server_config: {client_auth_type: Sometimes}",
        "web.yml: tls_server_config.client_auth_type: expected NoClientCert",
    ),
    (
        "tls_server_config: {client_auth_type: VerifyClientCertIfGiven}",
        "web.yml: tls_server_config.client_auth_type: needs client_ca_file",
    ),
    (
        "tls_server_config: {client_auth_type: RequestClientCert, min_version: TLS14}",
        "web.yml: tls_server_config.min_version: expected TLS10",
    ),
    (
        "tls_server_config: {cert: x, max_version: TLS11}",
        "web.yml: tls_server_config.max_version: leaves no TLS version",
    ),
    (
        "tls_server_config: {cert: x, cipher_suites: [NONE]}",
        "web.yml: tls_server_config.cipher_suites[0]: expected one of TLS_ECDHE_ECDSA",
    ),
    (
        "tls_server_config: {cert: x, curve_preferences: [CurveP521]}",
        "web.yml: tls_server_config.curve_preferences[0]: expected CurveP256",
    ),
    ("http_server_config: {headers: {Server: x}}", "web.yml: http_server_config.headers.Server: this header cannot"),
    (
        "http_server_config: {headers: {X-Frame-Options: always}}",
        "web.yml: http_server_config.headers.X-Frame-Options: expected deny or sameorigin",
    ),
    ("rate_limit: {interval: soon}", "web.yml: rate_limit.interval: expected a duration"),
];

#[test]
fn a_mistake_is_said_with_its_place_and_without_the_secret() {
    for (text, said) in MISTAKES {
        let mistake = Folder::with(text).mistake();
        assert!(mistake.starts_with(said) && !mistake.contains("hunter2"), "{text}: {mistake}");
    }
    assert!(
        WebConfig::open(Path::new("/nowhere/web.yml"))
            .is_err_and(|error| error.to_string().contains("/nowhere/web.yml: cannot be read"))
    );
}

#[test]
fn who_knows_its_clients_says_so() {
    for (text, knows) in [
        (String::new(), false),
        (TLS.to_owned(), false),
        (users(&[("me", "pass")]), true),
        // Names are texts, whatever they look like.
        (users(&[("1.10", "pass"), ("true", "pass")]) + "http_server_config: {http2: off}\n", true),
        (
            "tls_server_config: {cert_file: localhost.crt, key_file: localhost.key, client_ca_file: localhost.crt, \
          client_auth_type: RequireAndVerifyClientCert}"
                .to_owned(),
            true,
        ),
    ] {
        let folder = Folder::with(&text);
        let config = WebConfig::open(&folder.path()).expect("a good file");
        assert_eq!(config.knows_its_clients(), knows, "{text}");
    }
}
