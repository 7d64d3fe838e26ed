//! Metrics endpoints: recorded bodies, each at its own path.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_served::Served;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// An exposition of `OpenMetrics` ends with this line, and one of Prometheus' own format never does.
const END: &[u8] = b"# EOF\n";

/// Bodies that metrics endpoints gave, by name.
#[derive(Debug, Default)]
pub struct RecordedMetrics(BTreeMap<String, Vec<u8>>);

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RecordedMetricsError {
    /// A file or the folder cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The folder has none.
    #[error("{}: there is no .txt file in it, as metrics endpoints give them", .0.display())]
    Empty(PathBuf),
}

impl RecordedMetrics {
    /// Reads the `.txt` files in a folder, or one file.
    ///
    /// # Errors
    /// [`RecordedMetricsError`].
    pub fn read(path: &Path) -> Result<Self, RecordedMetricsError> {
        let unreadable =
            |path: &Path, error| RecordedMetricsError::Unreadable { path: path.to_owned(), error };
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            let listed = std::fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            files = listed
                .map_err(|error| unreadable(path, error))?
                .iter()
                .map(std::fs::DirEntry::path)
                .collect();
            files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
        }
        let mut bodies = BTreeMap::new();
        for file in files {
            let body = std::fs::read(&file).map_err(|error| unreadable(&file, error))?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            bodies.insert(name, body);
        }
        if bodies.is_empty() {
            return Err(RecordedMetricsError::Empty(path.to_owned()));
        }
        Ok(Self(bodies))
    }

    /// The names of the bodies: each is served at `/NAME`, and the first at `/metrics`, too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Serves them at `listen`, which may have port 0.
    ///
    /// # Errors
    /// It cannot listen there.
    pub async fn serve(self, listen: SocketAddr) -> io::Result<Served> {
        let bodies = Arc::new(self);
        let router =
            Router::new().route("/metrics", get(first)).route("/{name}", get(named)).with_state(bodies);
        Served::start(listen, |_| router).await
    }
}

async fn first(State(bodies): State<Arc<RecordedMetrics>>) -> Response {
    answer(bodies.0.values().next())
}

async fn named(State(bodies): State<Arc<RecordedMetrics>>, UrlPath(name): UrlPath<String>) -> Response {
    answer(bodies.0.get(&name))
}

fn answer(body: Option<&Vec<u8>>) -> Response {
    let Some(body) = body else { return StatusCode::NOT_FOUND.into_response() };
    let content_type = if body.ends_with(END) { OPEN_METRICS } else { TEXT };
    ([(CONTENT_TYPE, content_type)], body.clone()).into_response()
}
