//! `tls_server_config`: the certificate of the port, and how TLS is spoken.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{NamedGroup, ServerConfig, SupportedProtocolVersion, version};

use crate::web_config::client_certificates;
use crate::web_config::file::TlsSection;
use crate::web_config::mistake::{Mistake, Problem};

/// Versions of TLS from the oldest on; `None` for those that nobody should speak any more, and we do not.
const VERSIONS: [(&str, Option<&SupportedProtocolVersion>); 4] =
    [("TLS10", None), ("TLS11", None), ("TLS12", Some(&version::TLS12)), ("TLS13", Some(&version::TLS13))];
/// Groups for the exchange of keys, under Go's names.
const CURVES: [(&str, NamedGroup); 3] =
    [("CurveP256", NamedGroup::secp256r1), ("CurveP384", NamedGroup::secp384r1), ("X25519", NamedGroup::X25519)];

/// How to speak TLS as the section says; `protocols` are offered in this order.
pub(super) fn server_config(section: &TlsSection, protocols: &[&str]) -> Result<ServerConfig, Problem> {
    let provider = Arc::new(provider(section)?);
    let wrong = |place: &str, error: &dyn std::fmt::Display| Mistake::new(place, error.to_string());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions(section)?)
        .map_err(|error| wrong("tls_server_config.cipher_suites", &error))?;
    let builder = match client_certificates::verifier(section, &provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let (chain, key) = (chain(section)?, key(section)?);
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        Mistake::new("tls_server_config", format!("the certificate and the key cannot be used together: {error}"))
    })?;
    config.ignore_client_order = true;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(config)
}

/// The text of a file, or else the text in the configuration itself, with its place.
fn pem(file: Option<&Path>, text: &str, names: [&'static str; 2]) -> Result<(String, Vec<u8>), Problem> {
    let place = |name: &str| format!("tls_server_config.{name}");
    match file {
        Some(path) => Ok((place(names[0]), Problem::read(path)?)),
        None if text.is_empty() => {
            let what = format!("TLS needs {} or {}", names[0], names[1]);
            Err(Mistake::new("tls_server_config", what).into())
        }
        None => Ok((place(names[1]), text.as_bytes().to_vec())),
    }
}

fn chain(section: &TlsSection) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let (place, pem) = pem(section.cert_file.as_deref(), &section.cert, ["cert_file", "cert"])?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(Mistake::new(place, "holds no certificate in PEM form").into()),
        Ok(chain) => Ok(chain),
        Err(error) => Err(Mistake::new(place, format!("a certificate cannot be read: {error}")).into()),
    }
}

fn key(section: &TlsSection) -> Result<PrivateKeyDer<'static>, Problem> {
    let (place, pem) = pem(section.key_file.as_deref(), &section.key.0, ["key_file", "key"])?;
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| Mistake::new(place, "holds no private key in PEM form without a password").into())
}

fn versions(section: &TlsSection) -> Result<Vec<&'static SupportedProtocolVersion>, Mistake> {
    let at = |key: &str, text: &Option<String>, otherwise: usize| match text {
        None => Ok(otherwise),
        Some(text) => VERSIONS.iter().position(|(name, _)| name == text).ok_or_else(|| {
            let what = format!("expected TLS10, TLS11, TLS12 or TLS13, not {text:?}");
            Mistake::new(format!("tls_server_config.{key}"), what)
        }),
    };
    let (least, most) = (at("min_version", &section.min_version, 2)?, at("max_version", &section.max_version, 3)?);
    // A file that lets older versions in gets what it asks for: a server that speaks newer ones.
    let spoken: Vec<_> =
        VERSIONS.get(least..=most).unwrap_or_default().iter().filter_map(|(_, version)| *version).collect();
    if spoken.is_empty() {
        let what = "leaves no TLS version that the lab supports; it supports TLS12 and TLS13";
        return Err(Mistake::new("tls_server_config.max_version", what));
    }
    Ok(spoken)
}

/// The cryptography, reduced to the suites and groups that the section names.
fn provider(section: &TlsSection) -> Result<CryptoProvider, Mistake> {
    let mut provider = rustls::crypto::ring::default_provider();
    let (wanted, known) = (&section.cipher_suites, &mut provider.cipher_suites);
    let older = |suite: &rustls::SupportedCipherSuite| suite.tls13().is_none();
    let name = |suite: &rustls::SupportedCipherSuite| format!("{:?}", suite.suite());
    for (at, suite) in wanted.iter().enumerate() {
        // Those of TLS 1.3 cannot be chosen, as in Go, but may be named.
        let is_newer = suite.starts_with("TLS_AES_") || suite.starts_with("TLS_CHACHA20_");
        if !is_newer && !known.iter().any(|known| name(known) == *suite) {
            let names: Vec<_> = known.iter().filter(|suite| older(suite)).map(name).collect();
            let what = format!("expected one of {}, not {suite:?}", names.join(", "));
            return Err(Mistake::new(format!("tls_server_config.cipher_suites[{at}]"), what));
        }
    }
    known.retain(|suite| wanted.is_empty() || !older(suite) || wanted.contains(&name(suite)));
    let mut groups = Vec::new();
    for (at, curve) in section.curve_preferences.iter().enumerate() {
        let group = CURVES.iter().find(|(name, _)| name == curve).map(|(_, group)| *group);
        let found = provider.kx_groups.iter().find(|known| Some(known.name()) == group).ok_or_else(|| {
            let what = format!("expected CurveP256, CurveP384 or X25519, not {curve:?}");
            Mistake::new(format!("tls_server_config.curve_preferences[{at}]"), what)
        })?;
        groups.push(*found);
    }
    if !groups.is_empty() {
        provider.kx_groups = groups;
    }
    Ok(provider)
}
