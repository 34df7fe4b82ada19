//! HTTP clients for all that the lab asks and tells by itself: one for each way to connect, with its connections kept alive.

pub(crate) mod body;
pub(crate) mod cause;
mod connecting;
pub(crate) mod percent;
mod tokens;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{AUTHORIZATION, HOST};
use reqwest::{Method, RequestBuilder, Url};

use self::connecting::Connecting;
use self::tokens::{Tokens, token_request};
use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::http::oauth2::OAuth2;
use crate::ingest::scrape::config::shown::secrets;

/// Most ways to connect that are remembered; more of them are left over from earlier configurations.
const REMEMBERED: usize = 1_000;

/// The clients; clones share their connections and their tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients {
    clients: Arc<Mutex<HashMap<Connecting, reqwest::Client>>>,
    tokens: Arc<Mutex<Tokens>>,
}

impl Clients {
    /// Clients that keep connections alive.
    pub(crate) fn new() -> Self {
        // Somebody else may have chosen a provider before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::default()
    }

    /// A request that reads, with what the settings say of who asks.
    pub(crate) async fn get(&self, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        self.authorized(Method::GET, url, settings).await
    }

    /// A request that tells something, with what the settings say of who tells it.
    pub(crate) async fn post(&self, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        self.authorized(Method::POST, url, settings).await
    }

    /// A request that reads from a socket of this machine.
    pub(crate) fn get_from_socket(&self, socket: &str, path: &str) -> Result<RequestBuilder, String> {
        let how = Connecting { socket: Some(socket.to_owned()), ..Connecting::default() };
        Ok(self.client(how)?.get(format!("http://localhost{path}")))
    }

    /// A request of any kind, with what the settings say of who asks.
    pub(crate) async fn of(
        &self,
        method: Method,
        url: &str,
        settings: &HttpSettings,
    ) -> Result<RequestBuilder, String> {
        self.authorized(method, url, settings).await
    }

    async fn authorized(&self, method: Method, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        let mut request = self.request(method, url, settings)?.headers(settings.http_headers.read().await?);
        if let Some(auth) = &settings.basic_auth {
            let (username, password) = auth.pair().await?;
            request = request.basic_auth(username, Some(password));
        }
        if let Some(authorization) = settings.authorization() {
            request = request.header(AUTHORIZATION, authorization.header().await?);
        }
        if let Some(oauth2) = &settings.oauth2 {
            request = request.header(AUTHORIZATION, self.token(oauth2).await?);
        }
        Ok(request)
    }

    /// The header of a token that is still good.
    async fn token(&self, oauth2: &OAuth2) -> Result<String, String> {
        let settings = HttpSettings {
            tls_config: oauth2.tls_config.clone(),
            proxy_url: oauth2.proxy_url.clone(),
            no_proxy: oauth2.no_proxy.clone(),
            proxy_from_environment: oauth2.proxy_from_environment,
            proxy_connect_header: oauth2.proxy_connect_header.clone(),
            ..HttpSettings::default()
        };
        let slot = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).slot(oauth2);
        // Held across the request on purpose: one request at a time for the token of these settings.
        let mut slot = slot.lock().await;
        if let Some(known) = slot.known() {
            return known;
        }
        let request = || self.request(Method::POST, &oauth2.token_url, &settings);
        // Some servers want the credentials in the header, others among the parameters, so both are tried, as in Go.
        let token = match token_request(request()?, oauth2, true).await {
            Ok(token) => Ok(token),
            Err(first) => token_request(request()?, oauth2, false).await.map_err(|_| first),
        };
        slot.keep(token)
    }

    /// A request. To a server with a name of its own it goes under that name: what the server is asked for, and what its
    /// certificate must be good for.
    fn request(&self, method: Method, text: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        let wrong = |what: &dyn fmt::Display| format!("unusable URL {:?}: {what}", secrets::shown_url(text));
        let mut url = Url::parse(text).map_err(|error| wrong(&error))?;
        let how = Connecting::by(settings);
        let name = how.tls.server_name.clone().filter(|_| url.scheme() == "https");
        let Some(name) = name else {
            return Ok(self.client(how)?.request(method, url));
        };
        let (host, port) = (url.host_str().unwrap_or_default().to_owned(), url.port());
        url.set_host(Some(&name)).map_err(|error| wrong(&error))?;
        let authority = port.map_or(host.clone(), |port| format!("{host}:{port}"));
        let how = Connecting { host: Some(host), ..how };
        Ok(self.client(how)?.request(method, url).header(HOST, authority))
    }

    /// Certificates are read when a client is first needed; what is wrong with them is the request's error.
    fn client(&self, how: Connecting) -> Result<reqwest::Client, String> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&how) {
            return Ok(client.clone());
        }
        let client = how.build()?;
        if clients.len() >= REMEMBERED {
            clients.clear();
        }
        clients.insert(how, client.clone());
        Ok(client)
    }
}
