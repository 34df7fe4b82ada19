//! Certificates of clients: whether one is asked for, who vouches for it, and for which names it must be good.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

use crate::web_config::file::TlsSection;
use crate::web_config::mistake::{Mistake, Problem};

/// `client_auth_type`, of which Go's TLS has five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// None is asked for.
    Nothing,
    /// One is asked for; whoever has none comes in, too.
    Request,
    /// One is needed, whoever vouches for it.
    Any,
    /// Who has one must have a good one.
    VerifiedIfGiven,
    /// A good one is needed.
    Verified,
}

/// What is asked of clients during the handshake.
#[derive(Debug)]
struct Verifier {
    /// Who vouches for clients; `None`: nobody need.
    vouched: Option<Arc<dyn ClientCertVerifier>>,
    is_needed: bool,
    /// The names of which the certificate must have one; `None`: whatever it says.
    names: Option<Vec<ServerName<'static>>>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What the section asks of clients; `None` if nothing.
pub(super) fn verifier(
    section: &TlsSection,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, Problem> {
    let wanted = wanted(&section.client_auth_type)?;
    let authorities = authorities(section)?;
    if wanted == Wanted::Nothing {
        if authorities.is_some() || section.client_allowed_sans.is_some() {
            let what = "clients are described by client_ca_file or client_allowed_sans, but not asked for a certificate; \
                        add client_auth_type, for example RequireAndVerifyClientCert";
            return Err(Mistake::new("tls_server_config", what).into());
        }
        return Ok(None);
    }
    let vouched = match (wanted, authorities) {
        (Wanted::VerifiedIfGiven | Wanted::Verified, None) => {
            let what = "needs client_ca_file or client_ca, which says whom to trust";
            return Err(Mistake::new("tls_server_config.client_auth_type", what).into());
        }
        (Wanted::VerifiedIfGiven | Wanted::Verified, Some(roots)) => {
            let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
            Some(built.map_err(|error| Mistake::new("tls_server_config.client_ca_file", error.to_string()))?)
        }
        _ => None,
    };
    Ok(Some(Arc::new(Verifier {
        vouched: vouched.map(|verifier| verifier as Arc<dyn ClientCertVerifier>),
        is_needed: matches!(wanted, Wanted::Any | Wanted::Verified),
        names: section.client_allowed_sans.as_deref().map(names).transpose()?,
        algorithms: provider.signature_verification_algorithms,
    })))
}

/// True if nobody comes in without a certificate that somebody vouches for.
pub(super) fn are_required(section: &TlsSection) -> bool {
    section.client_auth_type == "RequireAndVerifyClientCert"
}

fn wanted(text: &str) -> Result<Wanted, Mistake> {
    Ok(match text {
        "" | "NoClientCert" => Wanted::Nothing,
        "RequestClientCert" => Wanted::Request,
        "RequireAnyClientCert" | "RequireClientCert" => Wanted::Any,
        "VerifyClientCertIfGiven" => Wanted::VerifiedIfGiven,
        "RequireAndVerifyClientCert" => Wanted::Verified,
        other => {
            let what = format!(
                "expected NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or \
                 RequireAndVerifyClientCert, not {other:?}"
            );
            return Err(Mistake::new("tls_server_config.client_auth_type", what));
        }
    })
}

/// Who vouches for clients, by the file or, without one, by the text in the configuration itself.
fn authorities(section: &TlsSection) -> Result<Option<RootCertStore>, Problem> {
    let (place, pem) = match &section.client_ca_file {
        Some(path) => ("tls_server_config.client_ca_file", Problem::read(path)?),
        None if section.client_ca.is_empty() => return Ok(None),
        None => ("tls_server_config.client_ca", section.client_ca.clone().into_bytes()),
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        added.map_err(|error| Mistake::new(place, format!("a certificate cannot be read: {error}")))?;
    }
    if roots.is_empty() {
        return Err(Mistake::new(place, "holds no certificate in PEM form").into());
    }
    Ok(Some(roots))
}

fn names(texts: &[String]) -> Result<Vec<ServerName<'static>>, Mistake> {
    let name = |(at, text): (usize, &String)| {
        ServerName::try_from(text.clone()).map_err(|_| {
            let what =
                format!("expected a host name or an IP address, which are all that is compared here, not {text:?}");
            Mistake::new(format!("tls_server_config.client_allowed_sans[{at}]"), what)
        })
    };
    texts.iter().enumerate().map(name).collect()
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_needed
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.vouched.as_ref().map_or(&[], |vouched| vouched.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if let Some(vouched) = &self.vouched {
            vouched.verify_client_cert(certificate, intermediates, now)?;
        }
        if let Some(names) = &self.names {
            let certificate = ParsedCertificate::try_from(certificate)?;
            if !names.iter().any(|name| verify_server_name(&certificate, name).is_ok()) {
                return Err(CertificateError::NotValidForName.into());
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
