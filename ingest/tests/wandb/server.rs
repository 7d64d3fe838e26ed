//! A server that answers each request as a function says, and notes what it was asked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals_ingest::{ApiKey, ApiOptions, WandbApi};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// From 0.
    pub(crate) number: usize,
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

/// What is answered.
#[derive(Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) after: Duration,
    /// The connection is closed before all of the body was sent.
    pub(crate) is_cut: bool,
}

pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::of(200, body)
    }

    pub(crate) fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        let headers = self.headers.into_iter().chain([(name, value.to_owned())]).collect();
        Self { headers, ..self }
    }

    async fn send(self) -> Response<Body> {
        tokio::time::sleep(self.after).await;
        let response = self
            .headers
            .into_iter()
            .fold(Response::builder().status(self.status), |response, (name, value)| {
                response.header(name, value)
            });
        let body = if self.is_cut {
            let half = Bytes::copy_from_slice(&self.body[..self.body.len() / 2]);
            // The half is on its way before the connection is closed.
            let cut = stream::once(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err("the server went away")
            });
            Body::from_stream(stream::once(async { Ok(half) }).chain(cut))
        } else {
            Body::from(self.body)
        };
        response.body(body).unwrap()
    }
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, noted) = (Arc::new(answer), Arc::clone(&asked));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
            async move {
                let asked = note(request, &noted).await;
                Ok::<_, Infallible>(answer(&asked).send().await)
            }
        });
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, serving }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A client that asks once, and waits for an answer as long as a busy machine takes.
    pub(crate) fn api(&self) -> Arc<WandbApi> {
        self.patient_api(Duration::from_secs(20), Duration::ZERO)
    }

    pub(crate) fn patient_api(&self, answer_within: Duration, patience: Duration) -> Arc<WandbApi> {
        let key = ApiKey::new(KEY, "the test").unwrap();
        let options = ApiOptions { base_url: self.url.clone(), key, answer_within, patience };
        Arc::new(WandbApi::new(&options).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn note(request: Request<Body>, noted: &Mutex<Vec<Asked>>) -> Asked {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let authorization = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let mut noted = noted.lock().unwrap();
    let asked = Asked {
        number: noted.len(),
        target: head.uri.to_string(),
        authorization,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    noted.push(asked.clone());
    asked
}
