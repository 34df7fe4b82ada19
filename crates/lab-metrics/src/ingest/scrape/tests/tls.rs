//! Scraping by TLS, against a server that speaks it with a certificate of its own making: whom a target is
//! trusted as, and as whom the scraper is.
//!
//! `localhost.crt` and `localhost.key` are for these tests alone: a certificate that vouches for itself, for
//! `localhost` and 127.0.0.1.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::http::tls::TlsConfig;
use crate::ingest::scrape::config::job::{JobConfig, Scheme};
use crate::ingest::scrape::fetch::Fetcher;
use crate::ingest::scrape::tests::target;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ingest/scrape/tests").join(name)
}

/// A server that answers every request on a connection of its own; its address. With `known_clients` it wants
/// to see the certificate too.
fn serve(known_clients: bool) -> String {
    // Somebody else may have chosen a provider before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_file(file("localhost.crt")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("localhost.key")).expect("a key");
    let builder = if known_clients {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).expect("an anchor");
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier");
        ServerConfig::builder().with_client_cert_verifier(verifier)
    } else {
        ServerConfig::builder().with_no_client_auth()
    };
    let config = Arc::new(builder.with_single_cert(vec![certificate], key).expect("a certificate with its key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(config.clone()).expect("a good configuration");
            // Who does not trust us goes away in the middle.
            let _ = answer(&mut BufReader::new(StreamOwned::new(connection, stream)));
        }
    });
    address
}

fn answer(stream: &mut BufReader<StreamOwned<ServerConnection, std::net::TcpStream>>) -> std::io::Result<()> {
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let body = "secret_metric 1\n";
    let stream = stream.get_mut();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// Scrapes the address by TLS; the body as text, or the error.
async fn scrape(address: &str, tls: TlsConfig) -> Result<String, String> {
    let job = JobConfig {
        scheme: Scheme::Https,
        http: HttpSettings { tls_config: Some(tls), ..HttpSettings::default() },
        ..JobConfig::with_targets("j", [address])
    };
    let body = Fetcher::new().fetch(&target(job).endpoint).await?;
    Ok(String::from_utf8(body.bytes).expect("text"))
}

#[tokio::test]
async fn a_target_is_trusted_by_its_authority_or_by_decree() {
    let address = serve(false);
    let trusting = TlsConfig { ca_file: Some(file("localhost.crt")), ..TlsConfig::default() };
    assert_eq!(scrape(&address, trusting.clone()).await.as_deref(), Ok("secret_metric 1\n"));
    let blind = TlsConfig { insecure_skip_verify: true, ..TlsConfig::default() };
    assert_eq!(scrape(&address, blind).await.as_deref(), Ok("secret_metric 1\n"));

    let refusal = scrape(&address, TlsConfig::default()).await.expect_err("nobody vouches for it");
    assert!(refusal.contains(&address) && refusal.contains("certificate"), "{refusal}");
    let missing = TlsConfig { ca_file: Some(file("missing.crt")), ..TlsConfig::default() };
    let refusal = scrape(&address, missing).await.expect_err("no such file");
    assert!(refusal.starts_with("unable to read") && refusal.contains("missing.crt"), "{refusal}");
    let garbled = TlsConfig { ca_file: Some(file("tls.rs")), ..TlsConfig::default() };
    assert!(scrape(&address, garbled).await.is_err());
}

#[tokio::test]
async fn a_target_is_trusted_under_the_name_that_it_is_said_to_have() {
    let address = serve(false);
    let named = |name: &str, insecure_skip_verify| {
        let (server_name, ca_file) = (Some(name.to_owned()), Some(file("localhost.crt")));
        TlsConfig { ca_file, server_name, insecure_skip_verify, ..TlsConfig::default() }
    };
    assert_eq!(scrape(&address, named("localhost", false)).await.as_deref(), Ok("secret_metric 1\n"));
    let refusal = scrape(&address, named("elsewhere.invalid", false)).await.expect_err("not its name");
    assert!(refusal.contains("certificate") && refusal.contains("elsewhere.invalid"), "{refusal}");
    // The name says nothing about where the server stands.
    assert_eq!(scrape(&address, named("elsewhere.invalid", true)).await.as_deref(), Ok("secret_metric 1\n"));
}

#[tokio::test]
async fn a_target_sees_the_scraper_s_certificate() {
    let address = serve(true);
    let anonymous = TlsConfig { ca_file: Some(file("localhost.crt")), ..TlsConfig::default() };
    assert!(scrape(&address, anonymous.clone()).await.is_err());
    let cert_file = Some(file("localhost.crt"));
    let known = TlsConfig { cert_file, key_file: Some(file("localhost.key")), ..anonymous };
    assert_eq!(scrape(&address, known).await.as_deref(), Ok("secret_metric 1\n"));
}
