//! The control address of `dicelab traffic`, by which `dicelab verify` holds traffic that no lab has started, for example that of a
//! container:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/v0/traffic` | `{"traffic": {"state": "running"}}` |
//! | `POST /api/v0/traffic/pause?for=5m` | 200 once no request is under way; the pause ends by itself |
//! | `POST /api/v0/traffic/resume` | 200 |
//!
//! Paths and answers are those of the lab's collector. The machine on which it runs may steer it, and nobody else. A container is
//! reached through the default gateway of its network, which `--control-gateway` trusts: everybody who reaches the published port
//! may then have the gateway's address, so that the port is to be published on loopback alone. Outside of a container the gateway
//! is another machine. Pages of other origins are turned away, and so is every name of the address but `localhost`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::time::Duration;

use anyhow::Context;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_door::accept::door::Door;
use http_door::accept::limits::Limits;
use http_door::guard::access::Access;
use http_door::guard::answer::{Admitted, Guard, Refusal, Rules};
use http_door::guard::host::{HostError, Hosts};
use lab_traffic::orders::{Asked, Held};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::pages::steering::message;
use crate::pages::traffic::{PauseQuery, pause_time};
use crate::parts::children::traffic::{Traffic, TrafficState};
use crate::parts::clock::now_ns;

/// Orders that wait to be carried out.
const MOST_WAITING: usize = 4;
/// Where Linux lists its routes; the first line is a heading.
const ROUTES: &str = "/proc/net/route";

/// Who may give orders, and what holds by them.
#[derive(Clone, Debug)]
pub(super) struct Control {
    held: Held,
    trusts_gateway: bool,
}

/// Tells the generator of this process what to do.
#[derive(Clone, Debug)]
struct Teller {
    orders: mpsc::Sender<Asked>,
    held: Held,
}

/// Binds the address.
pub(super) fn bind(address: SocketAddr) -> anyhow::Result<StdListener> {
    let said = || format!("--control: {address} cannot be listened on; is it taken? Give another one");
    let listener = StdListener::bind(address).with_context(said)?;
    listener.set_nonblocking(true).with_context(said)?;
    Ok(listener)
}

/// Serves until `stop`; the orders that come.
pub(super) fn open(
    listener: StdListener,
    control: Control,
    stop: CancellationToken,
) -> anyhow::Result<mpsc::Receiver<Asked>> {
    let (orders, taken) = mpsc::channel(MOST_WAITING);
    let listener = TcpListener::from_std(listener).context("--control cannot be listened on")?;
    let door = Door::plain(router(orders, control), Limits::default());
    tokio::spawn(http_door::accept::serve::serve(listener, door, stop));
    Ok(taken)
}

fn router(orders: mpsc::Sender<Asked>, Control { held, trusts_gateway }: Control) -> Router {
    let rules = Rules { hosts: Hosts::only(&[]), origins: Vec::new(), classify };
    let steering = Router::new()
        .route("/api/v0/traffic/pause", post(pause))
        .route("/api/v0/traffic/resume", post(resume))
        .route_layer(from_fn_with_state(trusts_gateway, only_this_machine));
    Router::new()
        .route("/api/v0/traffic", get(state))
        .merge(steering)
        .with_state(Teller { orders, held })
        .layer(from_fn_with_state(Guard::new(rules), guarded))
}

fn classify(method: &Method, _: &axum::http::Uri) -> Access {
    if matches!(*method, Method::GET | Method::HEAD) { Access::Read } else { Access::Steer }
}

/// Lets in whom the guard lets in. Its own words name options of the lab.
async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.admit(&request) {
        Ok(_) => next.run(request).await,
        Err(refusal) => message(refusal.status(), &refusal_in_words(&refusal)),
    };
    guard.finish(&Admitted::Own, response.headers_mut());
    response
}

fn refusal_in_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Host(HostError::Foreign(name)) => {
            format!("the traffic generator answers to localhost and to addresses, not to the name {name:?}")
        }
        Refusal::Host(error) => error.to_string(),
        Refusal::Foreign | Refusal::Steers => {
            "a web page of another origin may not ask the traffic generator".to_owned()
        }
    }
}

async fn only_this_machine(State(trusts_gateway): State<bool>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    let routes = || std::fs::read_to_string(ROUTES).unwrap_or_default();
    let is_gateway = |peer: IpAddr| trusts_gateway && Some(peer) == gateway(&routes());
    let is_near = peer.is_some_and(|peer| peer.is_loopback() || is_gateway(peer));
    if is_near {
        return next.run(request).await;
    }
    message(
        StatusCode::FORBIDDEN,
        "the traffic generator takes orders from its own machine only: send this from there, to a loopback address",
    )
}

/// The gateway of the default route, of the first that there is.
fn gateway(routes: &str) -> Option<IpAddr> {
    let default = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (destination, gateway) = (fields.next()?, fields.next()?);
        let gateway =
            u32::from_str_radix(gateway, 16).ok().filter(|gateway| destination == "00000000" && *gateway != 0)?;
        // The kernel writes the bytes of an address as a number of its own machine.
        Some(IpAddr::V4(Ipv4Addr::from(gateway.to_ne_bytes())))
    };
    routes.lines().skip(1).find_map(default)
}

async fn state(State(teller): State<Teller>) -> Response {
    teller.state()
}

async fn pause(State(teller): State<Teller>, Query(query): Query<PauseQuery>) -> Response {
    let time = match pause_time(query.time.as_deref()) {
        Ok(time) => time,
        Err(problem) => return message(StatusCode::BAD_REQUEST, &format!("for: {problem}")),
    };
    teller.tell(format!("pause {}", time.as_millis())).await
}

async fn resume(State(teller): State<Teller>) -> Response {
    teller.tell("resume".to_owned()).await
}

impl Control {
    /// `trusts_gateway`: the default gateway may give orders, too.
    pub(super) fn new(held: Held, trusts_gateway: bool) -> Self {
        Self { held, trusts_gateway }
    }
}

impl Teller {
    async fn tell(&self, text: String) -> Response {
        let (answer, answered) = oneshot::channel();
        let refused = |why: &str| message(StatusCode::SERVICE_UNAVAILABLE, &format!("the traffic generator: {why}"));
        if self.orders.send(Asked { text, answer }).await.is_err() {
            return refused("it is ending");
        }
        match answered.await {
            Ok(Ok(())) => self.state(),
            Ok(Err(why)) => refused(&why),
            Err(_) => refused("it is ending"),
        }
    }

    fn state(&self) -> Response {
        let until =
            |rest: Duration| (now_ns() / 1_000_000).saturating_add(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX));
        let paused_until_ms = self.held.remaining().map(until);
        let state = if paused_until_ms.is_some() { TrafficState::Paused } else { TrafficState::Running };
        Json(json!({ "traffic": Traffic { state, paused_until_ms } })).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use lab_traffic::gate::Gate;
    use lab_traffic::orders::obey;
    use tower::ServiceExt;

    use super::*;

    const HEADING: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";

    #[test]
    fn the_gateway_is_that_of_the_default_route() {
        let bytes = u32::from_ne_bytes([172, 18, 0, 1]);
        let routes = format!("{HEADING}eth0\t000012AC\t00000000\t0001\neth0\t00000000\t{bytes:08X}\t0003\n");
        assert_eq!(gateway(&routes), Some(IpAddr::V4(Ipv4Addr::new(172, 18, 0, 1))));
        assert_eq!(gateway(HEADING), None);
        assert_eq!(gateway(""), None);
    }

    /// The status of an answer to a request from an address, where every order is obeyed.
    async fn answer(request: &str, peer: &str, origin: Option<&str>) -> StatusCode {
        answer_to("localhost:8109", request, peer, origin).await
    }

    async fn answer_to(host: &str, request: &str, peer: &str, origin: Option<&str>) -> StatusCode {
        asked(host, request, peer, origin, false).await.status()
    }

    /// The answer to a request, by a generator that holds its traffic.
    async fn asked(host: &str, request: &str, peer: &str, origin: Option<&str>, trusts_gateway: bool) -> Response {
        let ((orders, taken), held) = (mpsc::channel::<Asked>(MOST_WAITING), Held::default());
        tokio::spawn(obey(taken, Gate::default(), held.clone()));
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request.extension(ConnectInfo(peer.parse::<SocketAddr>().expect("an address")));
        let request = request.body(Body::empty()).expect("a request");
        router(orders, Control::new(held, trusts_gateway)).oneshot(request).await.expect("an answer")
    }

    async fn text(response: Response) -> String {
        let body = axum::body::to_bytes(response.into_body(), 1000).await.expect("a body");
        String::from_utf8_lossy(&body).into_owned()
    }

    #[tokio::test]
    async fn a_pause_is_answered_with_its_end() {
        let pause = asked("localhost", "POST /api/v0/traffic/pause?for=1s", "127.0.0.1:1", None, false).await;
        let said = text(pause).await;
        assert!(said.contains(r#""state":"paused","paused_until_ms":1"#), "{said}");
    }

    #[tokio::test]
    async fn the_gateway_is_listened_to_where_it_is_trusted_alone() {
        let Some(gateway) = gateway(&std::fs::read_to_string(ROUTES).unwrap_or_default()) else { return };
        let peer = SocketAddr::new(gateway, 1).to_string();
        for (trusts_gateway, expected) in [(true, StatusCode::OK), (false, StatusCode::FORBIDDEN)] {
            let answer = asked("localhost", "POST /api/v0/traffic/resume", &peer, None, trusts_gateway).await;
            assert_eq!(answer.status(), expected, "{trusts_gateway}");
        }
        let answer = asked("localhost", "POST /api/v0/traffic/resume", "192.0.2.7:1", None, true).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_refusal_names_no_option_that_the_generator_lacks() {
        for (host, origin) in [("evil.example", None), ("localhost", Some("http://evil.example"))] {
            let answer = asked(host, "GET /api/v0/traffic", "127.0.0.1:1", origin, false).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            let said = text(answer).await;
            assert!(said.contains("the traffic generator") && !said.contains("--"), "{said}");
        }
    }

    #[tokio::test]
    async fn this_machine_alone_may_hold_traffic() {
        let pause = "POST /api/v0/traffic/pause?for=10s";
        assert_eq!(answer(pause, "127.0.0.1:1", None).await, StatusCode::OK);
        assert_eq!(answer("POST /api/v0/traffic/resume", "[::1]:1", None).await, StatusCode::OK);
        assert_eq!(answer(pause, "192.0.2.7:1", None).await, StatusCode::FORBIDDEN);
        assert_eq!(answer(pause, "127.0.0.1:1", Some("http://evil.example")).await, StatusCode::FORBIDDEN);
        assert_eq!(answer("POST /api/v0/traffic/pause?for=2h", "127.0.0.1:1", None).await, StatusCode::BAD_REQUEST);
        assert_eq!(answer("GET /api/v0/traffic", "192.0.2.7:1", None).await, StatusCode::OK);
        // A page whose name was made to mean this machine.
        let rebound = answer_to("evil.example:8109", pause, "127.0.0.1:1", Some("http://evil.example:8109")).await;
        assert_eq!(rebound, StatusCode::FORBIDDEN);
        assert_eq!(answer("GET /api/v0/traffic/pause", "127.0.0.1:1", None).await, StatusCode::METHOD_NOT_ALLOWED);
    }
}
