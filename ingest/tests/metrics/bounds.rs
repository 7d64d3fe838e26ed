//! Servers that never end, or never begin.

use std::time::Duration;

use annals_ingest::sources::{Asked, FailedKind, GetLimits};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::server::{Server, request};
use super::{BODY_BYTES_MAX, BRIEF, PATIENT, answered, ask, ask_by, scrape_get};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

#[tokio::test]
async fn a_byte_now_and_then_takes_no_longer_than_the_whole_may() {
    for (first, byte) in [
        // Empty lines before an answer are passed over.
        ("", b'\n'),
        ("HTTP/1.1 200 OK\r\nA: ", b'b'),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b'#'),
        ("HTTP/1.1 200 OK\r\n\r\n", b'#'),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", b'#'),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b'0'),
    ] {
        let told = ask(BRIEF, &Server::dribbling(first, byte).await).await;
        told.failed(FailedKind::Timeout);
    }
}

#[tokio::test]
async fn who_says_nothing_runs_out_of_time() {
    let server = Server::silent().await;
    for limits in [BRIEF, GetLimits { first_byte: Duration::from_millis(200), ..PATIENT }] {
        let told = ask(limits, &server).await;
        assert_eq!(told.failed(FailedKind::Timeout), "no byte of an answer in time");
        assert_eq!((told.status, told.has_first_byte), (None, false));
    }
}

#[tokio::test]
async fn an_answer_that_has_begun_has_all_the_time() {
    let limits = GetLimits { first_byte: Duration::from_millis(100), ..PATIENT };
    let server = Server::start(|mut stream| async move {
        request(&mut stream).await;
        for part in ["HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\n", "1", "\n"] {
            stream.write_all(part.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    })
    .await;
    let told = ask(limits, &server).await;
    // On a machine that is slow enough the first byte itself is late.
    if told.has_first_byte {
        assert_eq!(told.body(), b"1\n");
    }
}

#[tokio::test]
async fn a_body_without_end_is_too_large() {
    let piece = "a_sample 1\n".repeat(1_000);
    let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
    for (first, again) in [
        ("HTTP/1.1 200 OK\r\n\r\n", piece.clone()),
        ("HTTP/1.0 200 OK\r\n\r\n", piece.clone()),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", piece.clone()),
    ] {
        let told = ask(PATIENT, &Server::endless(first, again).await).await;
        assert_eq!(told.failed(FailedKind::TooLarge), "the body is sent in more than 1048576 bytes");
        assert_eq!(told.status, Some(200));
        // A buffer at most is read beyond the bound.
        assert!(told.wire_bytes <= BODY_BYTES_MAX as u64 + (64 << 10), "{}", told.wire_bytes);
    }
}

#[tokio::test]
async fn a_body_of_single_bytes_is_too_large_long_before_its_bound() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let told = ask(PATIENT, &Server::endless(head, "1\r\n#\r\n".repeat(1_000)).await).await;
    assert_eq!(told.failed(FailedKind::TooLarge), "the body comes in too many pieces");
    // A chunk a word is odd, and well.
    let words = format!("{head}{}0\r\n\r\n", "8\r\nup 1 23\n\r\n".repeat(50_000));
    assert_eq!(answered(words.as_bytes()).await.body().len(), 400_000);
}

#[tokio::test]
async fn a_length_that_is_too_large_is_not_waited_for() {
    for length in [(BODY_BYTES_MAX + 1).to_string(), (u64::MAX - 2).to_string()] {
        let told = answered(format!("{HEAD}Content-Length: {length}\r\n\r\n").as_bytes()).await;
        told.failed(FailedKind::TooLarge);
        assert_eq!(told.wire_bytes, 0);
    }
    let whole = format!("{HEAD}Content-Length: {BODY_BYTES_MAX}\r\n\r\n{}", "#".repeat(BODY_BYTES_MAX));
    assert_eq!(answered(whole.as_bytes()).await.body().len(), BODY_BYTES_MAX);
}

#[tokio::test]
async fn a_head_is_read_to_its_bound() {
    for (first, again) in [
        ("HTTP/1.1 200 OK\r\nA: ", "b".repeat(1_000)),
        ("HTTP/1.1 200 ", "b".repeat(1_000)),
        ("HTTP/1.1 200 OK\r\n", "A: b\r\n".repeat(100)),
        ("HTTP/1.1 200 OK\r\nB: ", "b\r\nA: ".to_owned()),
    ] {
        let told = ask(PATIENT, &Server::endless(first, again).await).await;
        assert_eq!(told.failed(FailedKind::TooLarge), "the head of the answer is too large");
        assert_eq!(told.status, None);
    }
    let many = format!("{HEAD}{}\r\n", "A: b\r\n".repeat(10_000));
    answered(many.as_bytes()).await.failed(FailedKind::TooLarge);
    let many = |count: usize| format!("{HEAD}{}\r\n", "A:\r\n".repeat(count));
    assert!(answered(many(99).as_bytes()).await.body().is_empty());
    answered(many(100).as_bytes()).await.failed(FailedKind::TooLarge);
    let long = |length: usize| format!("{HEAD}A: {}\r\n\r\n", "b".repeat(length - HEAD.len() - 7));
    assert!(answered(long(16 << 10).as_bytes()).await.body().is_empty());
    answered(long((16 << 10) + 1).as_bytes()).await.failed(FailedKind::TooLarge);
}

#[tokio::test]
async fn interim_answers_without_end_are_too_large() {
    for again in [
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(50),
        "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        format!("HTTP/1.1 103 Early\r\nLink: {}\r\n\r\n", "a".repeat(10_000)),
    ] {
        let told = ask(PATIENT, &Server::endless("", again).await).await;
        assert_eq!(told.failed(FailedKind::TooLarge), "the head of the answer is too large");
    }
}

#[tokio::test]
async fn trailers_and_extensions_without_end_are_no_whole_answer() {
    for (first, again) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n#\r\n0\r\n", "A: b\r\n".repeat(100)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n#\r\n0\r\nA: ", "b".repeat(1_000)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "b".repeat(1_000)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0".repeat(1_000)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", " ".repeat(1_000)),
    ] {
        let told = ask(BRIEF, &Server::endless(first, again).await).await;
        assert!(told.ended.is_err_and(|failed| failed.kind != FailedKind::Status), "{first}");
    }
}

#[tokio::test]
async fn who_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let told = ask_by(&scrape_get(PATIENT, None), &Asked::at(address)).await;
    assert!(told.failed(FailedKind::Unreachable).starts_with("no connection: "), "{told:?}");
    assert!(!told.has_first_byte && told.status.is_none());
}
