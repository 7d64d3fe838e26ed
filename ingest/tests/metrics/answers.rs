//! Answers that are whole, and are not always what was asked for.

use std::sync::{Arc, Mutex};

use annals_ingest::sources::{Asked, FailedKind};
use tokio::io::AsyncWriteExt as _;

use super::server::{Server, request};
use super::{PATIENT, answered, ask, ask_by, scrape_get};

#[tokio::test]
async fn html_is_a_body_like_any_other() {
    let html = "<!doctype html><title>It works!</title>";
    let told = answered(format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{html}").as_bytes()).await;
    assert_eq!((told.body(), told.content_type.as_deref()), (html.as_bytes(), Some("text/html")));
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Server::answering(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()).await;
    for location in
        ["http://169.254.169.254/latest/meta-data/".to_owned(), format!("http://{}/", elsewhere.address())]
    {
        for status in [300, 301, 302, 303, 307, 308] {
            let answer = format!("HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let server = Server::answering(answer.into_bytes()).await;
            let told = ask(PATIENT, &server).await;
            let why = told.failed(FailedKind::Status);
            assert_eq!(why, format!("the answer has status {status}"));
            assert_eq!((told.status, server.connections()), (Some(status), 1));
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn the_body_of_an_error_is_not_read() {
    for status in [101, 201, 204, 206, 304, 400, 404, 500, 503, 999] {
        let head = format!("HTTP/1.1 {status} No\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
        // The body never comes: who waited for it would fail otherwise.
        let told = answered(head.as_bytes()).await;
        told.failed(FailedKind::Status);
        assert_eq!((told.status, told.wire_bytes), (Some(status), 0));
        assert_eq!(told.content_type.as_deref(), Some("text/plain"));
    }
}

#[tokio::test]
async fn a_content_type_is_told_in_256_printable_characters() {
    let head =
        |kind: &[u8]| [b"HTTP/1.1 200 OK\r\nContent-Type: ", kind, b"\r\nContent-Length: 0\r\n\r\n"].concat();
    let told = answered(&head(b"text/plain; version=0.0.4; charset=\"utf-8\"")).await;
    assert_eq!(told.content_type.as_deref(), Some("text/plain; version=0.0.4; charset=\"utf-8\""));
    let told = answered(&head(&[b'x'; 5_000])).await;
    assert_eq!(told.content_type, Some("x".repeat(256)));
    let told = answered(&head(b"a\tb\xff\xc3\xa9")).await;
    assert_eq!(told.content_type.as_deref(), Some("a\\tb\\u{fffd}\\u{e9}"));
    assert_eq!(answered(b"HTTP/1.1 200 OK\r\n\r\n").await.content_type, None);
}

#[tokio::test]
async fn a_cookie_is_not_sent_back() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = heard.clone();
    let server = Server::start(move |mut stream| {
        let told = told.clone();
        async move {
            let request = request(&mut stream).await;
            told.lock().unwrap().push(request);
            let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let get = scrape_get(PATIENT, None);
    for _ in 0..2 {
        ask_by(&get, &Asked::at(server.address())).await.body();
    }
    let heard = heard.lock().unwrap().clone();
    assert!(heard.len() == 2 && heard[0] == heard[1] && server.connections() == 2, "{heard:?}");
}
