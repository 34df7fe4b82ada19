//! The service graph at rest: nothing in flight, all spans arrived, and written into the metric store since.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::prometheus::{Prometheus, Series};
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};
use crate::truth::edges::Edges;
use crate::truth::gather::rest;
use crate::truth::unknown::Unknown;

const CALLS: &str = "traces_service_graph_request_total";
/// The frontend asks for the list of dice from time to time.
const REFRESHES: (&str, &str) = (Service::Frontend.name(), Service::DieService.name());
/// A service sends its spans within this time after a request, in seconds.
const SENT: f64 = 1.5;

/// Waits until the graph was written twice without a change since a time, in seconds since the Unix epoch. Before the first
/// call, and where nobody computes a graph, there is none: when it could have been written twice, it is empty.
pub(super) async fn at_rest(stack: &Stack, since: f64, stop: &CancellationToken) -> Result<Edges, Unknown> {
    let prometheus = &stack.prometheus;
    let interval = rest::scrape_interval(prometheus).await;
    let bound = Bound::of_scrapes(interval, stop);
    let written_twice = since + SENT + 2.0 * interval.as_secs_f64();
    let look = async || {
        let series = prometheus.samples(&format!("{CALLS}[5m]"), None).await.map_err(Miss::<Unknown>::from)?;
        if series.is_empty() && stack.clock.seconds() > written_twice {
            return Ok(Edges::default());
        }
        still(&series, since + SENT).ok_or(Miss::NotYet(Unknown::ServiceGraphGrows))
    };
    bound.until(look).await.map_err(|absent| absent.seen)
}

/// The graph at a time in the past, if it had not changed for some time; nothing was counted where there is none.
pub(super) async fn as_it_was(prometheus: &Prometheus, time: f64) -> Result<Edges, Unknown> {
    let series = prometheus.samples(&format!("{CALLS}[1m]"), Some(time)).await?;
    if series.is_empty() {
        return Ok(Edges::default());
    }
    still(&series, f64::NEG_INFINITY).ok_or(Unknown::ServiceGraphGrows)
}

/// Sets the frontend's calls for the list of dice to those that were counted until a time, where such calls are counted.
pub(super) async fn refreshes_until(prometheus: &Prometheus, time: f64, edges: &mut Edges) -> Result<(), Unknown> {
    let (client, server) = REFRESHES;
    let selector = format!("{CALLS}{{client={client:?},server={server:?}}}[1m]");
    if edges.has(client, server) {
        set_refreshes(edges, &prometheus.samples(&selector, Some(time + SENT)).await?)?;
    }
    Ok(())
}

/// Sets the frontend's calls for the list of dice to the last ones that were written.
fn set_refreshes(edges: &mut Edges, written: &[Series]) -> Result<(), Unknown> {
    let last: Vec<f64> = written.iter().filter_map(|one| one.samples.last()).map(|(_, calls)| *calls).collect();
    let (client, server) = REFRESHES;
    // Without a graph there is nothing to be set; where none was written, none were not made.
    match (edges.has(client, server), last.is_empty()) {
        (false, _) => {}
        (true, true) => return Err(Unknown::ServiceGraphNotWritten),
        (true, false) => edges.set(client, server, last.iter().sum()),
    }
    Ok(())
}

/// The graph if the last two times at which it was written since a time are equal. One edge always grows: the frontend asks
/// for the list of dice from time to time.
fn still(series: &[Series], since: f64) -> Option<Edges> {
    let ordered = |time: f64| (time * 1e3).round() as i64;
    let times = series.iter().flat_map(|one| &one.samples).map(|(time, _)| *time).filter(|time| *time > since);
    let times: BTreeSet<i64> = times.map(ordered).collect();
    let mut last = times.into_iter().rev();
    let (newer, older) = (last.next()?, last.next()?);
    let mut edges = Edges::default();
    for one in series {
        let at =
            |when: i64| one.samples.iter().find(|(time, _)| ordered(*time) == when).map_or(0.0, |(_, value)| *value);
        let label = |name: &str| one.labels.get(name).map_or("", String::as_str);
        let edge = (label("client"), label("server"));
        if at(newer) != at(older) && edge != REFRESHES {
            return None;
        }
        edges.add(edge.0, edge.1, at(newer));
    }
    Some(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(client: &str, server: &str, samples: &[(f64, f64)]) -> Series {
        let labels = [("client", client), ("server", server)].map(|(name, value)| (name.into(), value.into()));
        Series { labels: labels.into(), samples: samples.to_vec() }
    }

    #[test]
    fn a_graph_rests_when_it_was_written_twice_without_a_change() {
        let all = [
            series("a", "b", &[(10.0, 3.0), (15.0, 4.0), (20.0, 4.0)]),
            series("b", "c", &[(10.0, 1.0), (15.0, 1.0), (20.0, 1.0)]),
        ];
        let edges = still(&all, 12.0).expect("at rest");
        assert_eq!((edges.between("a", "b"), edges.between("b", "c"), edges.to("c")), (4.0, 1.0, 1.0));
        assert_eq!(still(&all, 16.0), None, "it was written once since then");
        assert_eq!(still(&all[..1], 25.0), None, "it was not written since then");
    }

    #[test]
    fn a_graph_that_grows_or_gets_an_edge_is_not_at_rest() {
        assert_eq!(still(&[series("a", "b", &[(10.0, 3.0), (15.0, 4.0)])], 0.0), None);
        let new = [series("a", "b", &[(10.0, 3.0), (15.0, 3.0)]), series("b", "c", &[(15.0, 1.0)])];
        assert_eq!(still(&new, 0.0), None);
    }

    #[test]
    fn the_refreshes_of_the_frontend_do_not_disturb() {
        let edges = still(&[series("frontend", "die-service", &[(10.0, 3.0), (15.0, 4.0)])], 0.0);
        assert_eq!(edges.map(|edges| edges.to("die-service")), Some(4.0));
    }

    #[test]
    fn refreshes_are_set_where_a_graph_counts_them_alone() {
        let (client, server) = REFRESHES;
        let written = [series(client, server, &[(10.0, 3.0), (15.0, 4.0)]), series(client, server, &[(12.0, 2.0)])];
        for written in [&written[..], &[]] {
            let mut none = Edges::default();
            set_refreshes(&mut none, written).expect("nothing to be set");
            assert!(none.is_empty(), "nobody computes a service graph");
        }
        let mut edges = Edges::default();
        edges.add(client, server, 9.0);
        assert!(matches!(set_refreshes(&mut edges, &[]), Err(Unknown::ServiceGraphNotWritten)));
        assert_eq!(edges.between(client, server), 9.0);
        set_refreshes(&mut edges, &written).expect("written");
        assert_eq!(edges.between(client, server), 6.0);
    }

    #[test]
    fn what_came_since_is_counted() {
        let (mut before, mut after) = (Edges::default(), Edges::default());
        before.add("a", "b", 3.0);
        after.add("a", "b", 5.0);
        after.add("x", "b", 1.0);
        let grown = after.since(&before);
        assert_eq!((grown.between("a", "b"), grown.to("b"), grown.between("b", "a")), (2.0, 3.0, 0.0));
    }
}
