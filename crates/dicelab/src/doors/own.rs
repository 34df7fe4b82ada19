//! The door of the lab's own parts, opened when the others ask for passwords or TLS: on loopback, on a port that the
//! system chooses, and for a key that only this process and its children know.
//!
//! Through it come the spans of the services and the lab's scrapes of itself. So the web configuration may ask of its
//! clients whatever it wants, certificates included, and the lab needs none of its passwords, of which it has only the
//! hashes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use http_door::web_config::own::OwnKey;

/// Where the lab's own parts come in, and by which key; a clone is the same.
#[derive(Debug, Clone)]
pub struct OwnAccess {
    pub address: SocketAddr,
    pub key: OwnKey,
}

/// The door itself, bound.
#[derive(Debug)]
pub struct OwnDoor {
    pub listener: TcpListener,
    pub access: OwnAccess,
}

impl OwnDoor {
    /// Binds it and makes its key.
    pub fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, access: OwnAccess { address, key: OwnKey::generate() } })
    }
}

impl OwnAccess {
    /// The variables of the OpenTelemetry specification by which a child sends its spans here. Other users of the
    /// machine see the arguments of a process, but not its environment.
    pub fn exporter_variables(&self) -> [(&'static str, String); 2] {
        let header = self.key.header().replace(' ', "%20");
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.address)),
            ("OTEL_EXPORTER_OTLP_HEADERS", format!("Authorization={header}")),
        ]
    }
}
