//! The request, to the byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals_ingest::sources::{Asked, Form, GetLimits};
use tokio::io::AsyncWriteExt as _;

use super::server::{Server, request};
use super::{PATIENT, scrape_get};

/// Returns the request that a server reads, and the address that it has.
async fn sent(form: Form, limits: GetLimits, url: Option<&str>) -> (String, String) {
    let heard = Arc::new(Mutex::new(String::new()));
    let told = heard.clone();
    let server = Server::start(move |mut stream| {
        let told = told.clone();
        async move {
            let request = request(&mut stream).await;
            *told.lock().unwrap() = request;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let mut get = scrape_get(limits, None);
    get.form = form;
    let asked = match url {
        None => Asked::at(server.address()),
        Some(url) => Asked::by_url(server.address(), url).unwrap(),
    };
    assert!(get.get(&asked).await.ended.unwrap().bytes().is_empty());
    let heard = heard.lock().unwrap().clone();
    (heard, server.address().to_string())
}

#[tokio::test]
async fn the_request_is_that_of_prometheus_2() {
    let (heard, host) = sent(Form::V2, GetLimits { total: Duration::from_secs(10), ..PATIENT }, None).await;
    let version = env!("CARGO_PKG_VERSION");
    // As 2.42.0 sent it, but for the name of the program.
    let expected = format!(
        "GET /metrics HTTP/1.1\r\nHost: {host}\r\nUser-Agent: annals/{version}\r\n\
         Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
         text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\nAccept-Encoding: gzip\r\n\
         X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"
    );
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn the_request_is_that_of_prometheus_3_to_the_endpoint_that_was_named() {
    let limits = GetLimits { total: Duration::from_millis(61_500), ..PATIENT };
    let (heard, _) = sent(Form::V3, limits, Some("http://exporter.example:9100/probe?module=http")).await;
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "GET /probe?module=http HTTP/1.1\r\nHost: exporter.example:9100\r\nUser-Agent: annals/{version}\r\n\
         Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
         application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2\r\nAccept-Encoding: gzip\r\n\
         X-Prometheus-Scrape-Timeout-Seconds: 61.5\r\n\r\n"
    );
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn a_url_without_a_path_is_asked_for_metrics() {
    for url in ["http://h:1", "http://h:1/"] {
        let (heard, _) = sent(Form::V3, PATIENT, Some(url)).await;
        assert!(heard.starts_with("GET /metrics HTTP/1.1\r\nHost: h:1\r\n"), "{heard}");
    }
}

#[test]
fn what_is_no_url_of_metrics_is_refused() {
    let address = ([127, 0, 0, 1], 9100).into();
    for (url, why) in [
        ("", "it is no URL"),
        ("/metrics", "it has no host"),
        ("exporter:9100", "neither http nor https"),
        ("ftp://exporter/metrics", "neither http nor https"),
        ("http://name:word@exporter/metrics", "name and password"),
        ("http://name@exporter/metrics", "name and password"),
        ("http://a b/metrics", "it is no URL"),
        ("http://a/metrics\r\nX: y", "it is no URL"),
        ("https://a_._b-/metrics", "no certificate"),
    ] {
        let error = Asked::by_url(address, url).unwrap_err();
        assert!(error.why.contains(why), "{error}");
    }
    for url in ["http://a", "https://a:1/m", "https://127.0.0.1:9100/metrics", "https://[::1]:9100/metrics"] {
        assert_eq!(Asked::by_url(address, url).unwrap().address(), address);
    }
}
