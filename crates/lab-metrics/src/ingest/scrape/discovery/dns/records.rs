//! What the records of a name say of targets.

use std::collections::BTreeMap;

use crate::ingest::scrape::config::discovery::{DnsDiscovery, DnsRecord, TargetGroup};
use crate::ingest::scrape::discovery::dns::message::{Data, Record};
use crate::ingest::scrape::discovery::dns::resolver::Resolver;

/// Asks for all names of the configuration.
pub(crate) async fn ask(source: &DnsDiscovery, resolver: &Resolver) -> Result<Vec<TargetGroup>, String> {
    let mut groups = Vec::new();
    for name in &source.names {
        let records = resolver.look_up(name, source.record).await?;
        groups.extend(records.into_iter().filter_map(|record| target(name, record, source)));
    }
    Ok(groups)
}

/// The target that a record means; others than those that were asked for may come along.
fn target(name: &str, record: Record, source: &DnsDiscovery) -> Option<TargetGroup> {
    let mut labels: BTreeMap<_, _> = ["srv_record_target", "srv_record_port", "mx_record_target", "ns_record_target"]
        .into_iter()
        .map(|label| (format!("__meta_dns_{label}"), String::new()))
        .collect();
    let mut set = |label: &str, value: String| labels.insert(format!("__meta_dns_{label}"), value);
    set("name", name.to_owned());
    let (host, port) = match (record.kind, record.data) {
        (DnsRecord::A | DnsRecord::Aaaa, Data::Address(address)) => (address.to_string(), source.port),
        (DnsRecord::Srv, Data::Name(target, port)) => {
            set("srv_record_target", target.clone());
            set("srv_record_port", port.to_string());
            (target, port)
        }
        (DnsRecord::Mx, Data::Name(target, _)) => {
            set("mx_record_target", target.clone());
            (target, source.port)
        }
        (DnsRecord::Ns, Data::Name(target, _)) => {
            set("ns_record_target", target.clone());
            (target, source.port)
        }
        _ => return None,
    };
    let host = host.trim_end_matches('.');
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    Some(TargetGroup { targets: vec![address], labels })
}
