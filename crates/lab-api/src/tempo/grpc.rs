//! Tempo's `StreamingQuerier` over gRPC, on the port of HTTP. Its requests become the parameters of the HTTP endpoints, so
//! that both answer alike.

mod asked;

use std::convert::identity;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::StatusCode;
use prost::Message;
use tokio::sync::mpsc;
use tonic::codec::CompressionEncoding;
use tonic::server::Grpc;
use tonic::{Code, Status};

use crate::error::PlainError;
use crate::otlp::transport::bytes_codec::BytesCodec;
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::messages::{
    QueryInstantRequest, QueryRangeRequest, SearchRequest, SearchResponse, SearchTagValuesRequest, SearchTagsRequest,
};
use crate::tempo::questions;
use crate::tempo::state::TempoState;

/// Messages of a search that wait for a slow client; further traces wait for the next message.
const WAITING: usize = 16;
/// Bytes that a request may have.
const MAX_REQUEST: usize = 4 << 20;

/// The methods of the service.
pub(crate) fn routes() -> Router<TempoState> {
    Router::new()
        .route("/tempopb.StreamingQuerier/Search", post(search))
        .route("/tempopb.StreamingQuerier/SearchTags", post(names))
        .route("/tempopb.StreamingQuerier/SearchTagsV2", post(names_v2))
        .route("/tempopb.StreamingQuerier/SearchTagValues", post(values))
        .route("/tempopb.StreamingQuerier/SearchTagValuesV2", post(values_v2))
        .route("/tempopb.StreamingQuerier/MetricsQueryRange", post(query_range))
        .route("/tempopb.StreamingQuerier/MetricsQueryInstant", post(query_instant))
}

/// The answer to a gRPC method that is not here.
pub(crate) fn unknown(path: &str) -> Response {
    let message = format!("the method {path:?} is unknown here; the service is tempopb.StreamingQuerier");
    Status::unimplemented(message).into_http::<tonic::body::Body>().map(Body::new)
}

async fn search(State(state): State<TempoState>, request: Request) -> Response {
    serve(request, move |asked: SearchRequest| found_so_far(state.clone(), asked)).await
}

async fn names(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: SearchTagsRequest| {
        let state = state.clone();
        once(async move { questions::tags::names(&state, &asked::names(asked)).await })
    };
    serve(request, ask).await
}

async fn names_v2(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: SearchTagsRequest| {
        let state = state.clone();
        once(async move { questions::tags::names_v2(&state, &asked::names(asked)).await })
    };
    serve(request, ask).await
}

async fn values(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: SearchTagValuesRequest| {
        let state = state.clone();
        once(async move {
            let (name, params) = asked::values(asked);
            questions::tags::values(&state, &name, &params).await
        })
    };
    serve(request, ask).await
}

async fn values_v2(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: SearchTagValuesRequest| {
        let state = state.clone();
        once(async move {
            let (name, params) = asked::values(asked);
            questions::tags::values_v2(&state, &name, &params).await
        })
    };
    serve(request, ask).await
}

async fn query_range(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: QueryRangeRequest| {
        let state = state.clone();
        once(async move { questions::metrics::query_range(&state, &asked::over_steps(asked)).await })
    };
    serve(request, ask).await
}

async fn query_instant(State(state): State<TempoState>, request: Request) -> Response {
    let ask = move |asked: QueryInstantRequest| {
        let state = state.clone();
        once(async move { questions::metrics::query_instant(&state, &asked::instant(asked)).await })
    };
    serve(request, ask).await
}

/// The messages of an answer, encoded.
type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// Decodes the request, and streams what `ask` makes of it.
async fn serve<M, F>(request: Request, ask: F) -> Response
where
    M: Message + Default + 'static,
    F: Fn(M) -> Messages + Clone + Send + Sync + 'static,
{
    let service = tower::service_fn(move |request: tonic::Request<Bytes>| {
        let ask = ask.clone();
        async move {
            let asked = M::decode(request.into_inner())
                .map_err(|error| Status::invalid_argument(format!("the request cannot be decoded: {error}")))?;
            Ok::<_, Status>(tonic::Response::new(ask(asked)))
        }
    });
    let mut grpc = Grpc::new(BytesCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_REQUEST)
        .max_encoding_message_size(usize::MAX);
    grpc.server_streaming(service, request).await.map(Body::new)
}

/// An answer of one message.
fn once<M: Message>(answer: impl Future<Output = Result<Answer<M>, PlainError>> + Send + 'static) -> Messages {
    let message = async move { answer.await.map(|answer| encoded(&answer.message)).map_err(status) };
    Box::pin(stream::once(message))
}

/// The traces of a search as they become certain, and at last the whole answer.
fn found_so_far(state: TempoState, asked: SearchRequest) -> Messages {
    let (sender, receiver) = mpsc::channel::<SearchResponse>(WAITING);
    let whole = async move {
        let answer = questions::search::search_streaming(&state, &asked::search(asked), sender).await;
        answer.map(|answer| encoded(&answer.message)).map_err(status)
    };
    let on_the_way = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|message| (Some(Ok(encoded(&message))), receiver))
    });
    // The end of the search drops the sender, and so ends the stream of what is on the way.
    let messages = stream::select(on_the_way, stream::once(whole).map(Some));
    Box::pin(messages.filter_map(async |message| identity(message)))
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// An error as gRPC has it.
fn status(error: PlainError) -> Status {
    let code = match error.status {
        StatusCode::BAD_REQUEST => Code::InvalidArgument,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        StatusCode::GATEWAY_TIMEOUT => Code::DeadlineExceeded,
        _ => Code::Internal,
    };
    Status::new(code, error.message)
}
