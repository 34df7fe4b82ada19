//! Export against receivers in the test: HTTP/protobuf, gRPC, refusing, dead and hanging ones.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prometheus_client::registry::Registry;
use prost::Message;
use tokio::net::TcpListener;

use super::*;
use crate::signals::config::{ExporterConfig, Protocol};
use crate::signals::traces::encode::resource_prefix;
use crate::signals::traces::protobuf;

/// What arrived, and what the next answers are (200 when there is none left).
#[derive(Debug, Default)]
struct Inbox {
    requests: Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>,
    answers: Mutex<VecDeque<StatusCode>>,
}

impl Inbox {
    fn spans(&self) -> usize {
        let requests = self.requests.lock().expect("lock");
        requests.iter().map(|(_, request)| request.resource_spans[0].scope_spans[0].spans.len()).sum()
    }

    fn answering(answers: &[u16]) -> Arc<Self> {
        let answers = answers.iter().map(|code| StatusCode::from_u16(*code).expect("a status")).collect();
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }
}

/// 206 stands for a partial success that rejects three spans.
fn partial(answer: StatusCode) -> ExportTraceServiceResponse {
    let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "three too many".to_owned() };
    ExportTraceServiceResponse { partial_success: (answer == StatusCode::PARTIAL_CONTENT).then_some(partial) }
}

async fn receive(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let answer = inbox.answers.lock().expect("lock").pop_front().unwrap_or(StatusCode::OK);
    if answer.is_success() {
        let mut plain = Vec::new();
        let mut body = body.to_vec();
        if headers.get("content-encoding").is_some() {
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_slice()), &mut plain).expect("gzip");
            body = plain;
        }
        let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("OTLP");
        inbox.requests.lock().expect("lock").push((headers, request));
    }
    (answer, partial(answer).encode_to_vec())
}

#[tonic::async_trait]
impl TraceService for Inbox {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let answer = self.answers.lock().expect("lock").pop_front().unwrap_or(StatusCode::OK);
        if !answer.is_success() {
            let code = if answer == StatusCode::SERVICE_UNAVAILABLE {
                tonic::Code::Unavailable
            } else {
                tonic::Code::InvalidArgument
            };
            return Err(tonic::Status::new(code, "not now"));
        }
        let (metadata, _, message) = request.into_parts();
        self.requests.lock().expect("lock").push((metadata.into_headers(), message));
        Ok(tonic::Response::new(partial(answer)))
    }
}

async fn receiver(protocol: Protocol, inbox: &Arc<Inbox>) -> String {
    match protocol {
        Protocol::HttpProtobuf => http_receiver(inbox).await,
        Protocol::Grpc => grpc_receiver(inbox).await,
    }
}

async fn http_receiver(inbox: &Arc<Inbox>) -> String {
    let router = Router::new().route("/v1/traces", post(receive)).with_state(inbox.clone());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1/traces")
}

async fn grpc_receiver(inbox: &Arc<Inbox>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let service =
        TraceServiceServer::from_arc(inbox.clone()).accept_compressed(tonic::codec::CompressionEncoding::Gzip);
    let router = tonic::service::Routes::new(service).into_axum_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/opentelemetry.proto.collector.trace.v1.TraceService/Export")
}

struct Fixture {
    queue: Arc<ByteQueue>,
    counters: SignalCounters,
    exporter: Exporter,
}

impl Fixture {
    fn start(endpoint: String, protocol: Protocol, gzip: bool) -> Self {
        let headers = vec![("x-tenant".parse().expect("a name"), "dice".parse().expect("a value"))];
        let config = ExporterConfig { endpoint, protocol, headers, timeout: Duration::from_secs(5), gzip };
        let queue = Arc::new(ByteQueue::new(10_000, 1_000));
        let counters = SignalCounters::register(&mut Registry::default(), "spans", "Spans");
        let transport = Transport::new(config).expect("a transport");
        let prefix = resource_prefix(&[("service.name".into(), "test".into())], "0");
        let exporter = Exporter::start(queue.clone(), transport, prefix, Duration::from_millis(5), counters.clone());
        Self { queue, counters, exporter: exporter.expect("starts") }
    }

    /// As many minimal spans as asked for; returns how many the queue took.
    fn push(&self, spans: usize) -> usize {
        let minimal =
            |out: &mut Vec<u8>| protobuf::message(out, 2, |out| protobuf::bytes(out, 5, b"a span of some length"));
        (0..spans).filter(|_| self.queue.push(minimal)).count()
    }

    async fn shutdown(self, grace: Duration) -> (u64, u64, u64) {
        let Self { exporter, counters, .. } = self;
        let lost = tokio::task::spawn_blocking(move || exporter.shutdown(grace)).await.expect("ends");
        (counters.exported.get(), counters.dropped.get(), lost)
    }
}

const GRACE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn spans_arrive_over_both_protocols_plain_and_compressed() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        for gzip in [false, true] {
            let inbox = Inbox::answering(&[]);
            let endpoint = receiver(protocol, &inbox).await;
            let fixture = Fixture::start(endpoint, protocol, gzip);
            assert_eq!(fixture.push(100), 100);
            assert_eq!(fixture.shutdown(GRACE).await, (100, 0, 0), "{protocol:?} gzip={gzip}");
            assert_eq!(inbox.spans(), 100);
            let requests = inbox.requests.lock().expect("lock");
            assert!(requests.len() > 1, "batches of about 1,000 bytes");
            assert_eq!(requests[0].0["x-tenant"], "dice");
        }
    }
}

#[tokio::test]
async fn what_the_backend_cannot_take_now_is_sent_again() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let inbox = Inbox::answering(&[503, 503]);
        let endpoint = receiver(protocol, &inbox).await;
        let fixture = Fixture::start(endpoint, protocol, false);
        fixture.push(10);
        assert_eq!(fixture.shutdown(GRACE).await, (10, 0, 0), "{protocol:?}");
        assert_eq!(inbox.spans(), 10);
    }
}

#[tokio::test]
async fn what_the_backend_refuses_is_dropped_and_counted() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let inbox = Inbox::answering(&[400]);
        let endpoint = receiver(protocol, &inbox).await;
        let fixture = Fixture::start(endpoint, protocol, false);
        fixture.push(10);
        assert_eq!(fixture.shutdown(GRACE).await, (0, 10, 10), "{protocol:?}");
    }
}

#[tokio::test]
async fn what_the_backend_takes_only_in_part_is_counted_in_part() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let inbox = Inbox::answering(&[206]);
        let endpoint = receiver(protocol, &inbox).await;
        let fixture = Fixture::start(endpoint, protocol, false);
        fixture.push(10);
        assert_eq!(fixture.shutdown(GRACE).await, (7, 3, 3), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_dead_backend_costs_the_bound_and_the_rest_is_dropped() {
    let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port").local_addr().expect("bound");
    let fixture = Fixture::start(format!("http://{unused}/v1/traces"), Protocol::HttpProtobuf, false);
    let taken = fixture.push(5_000);
    assert!(taken < 1_000, "10,000 bytes hold fewer than 1,000 spans, took {taken}");
    let (exported, dropped, lost) = fixture.shutdown(Duration::from_millis(300)).await;
    assert_eq!((exported, dropped, lost), (0, taken as u64, taken as u64));
}

#[tokio::test]
async fn a_backend_that_never_answers_does_not_hold_up_the_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            silent.push(stream);
        }
    });
    let fixture = Fixture::start(format!("http://{address}/v1/traces"), Protocol::HttpProtobuf, false);
    let taken = fixture.push(10) as u64;
    let started = Instant::now();
    assert_eq!(fixture.shutdown(Duration::from_millis(200)).await, (0, taken, taken));
    assert!(started.elapsed() < Duration::from_secs(5), "the request timeout is not waited for");
}
