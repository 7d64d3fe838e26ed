//! How a body is framed: by its length, in chunks, or by the end of the connection.

use annals_ingest::sources::FailedKind;

use super::answered;

pub(super) const BODY: &str = "# TYPE up gauge\nup 1\n";

/// Every way to frame `BODY`, with an answer that does.
pub(super) fn good() -> Vec<(&'static str, String)> {
    let sized = format!("Content-Length: {}\r\n\r\n{BODY}", BODY.len());
    let chunked =
        format!("Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\nF;a=b\r\n{}\r\n", &BODY[..5], &BODY[5..20]);
    let chunked = format!("{chunked}1\r\n{}\r\n0\r\n", &BODY[20..]);
    vec![
        ("sized", format!("HTTP/1.1 200 OK\r\n{sized}")),
        ("sized 1.0", format!("HTTP/1.0 200 OK\r\n{sized}")),
        ("sized, without a reason", format!("HTTP/1.1 200\r\n{sized}")),
        ("to the end", format!("HTTP/1.1 200 OK\r\n\r\n{BODY}")),
        ("to the end, 1.0", format!("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n{BODY}")),
        ("chunked", format!("HTTP/1.1 200 OK\r\n{chunked}\r\n")),
        ("chunked, with a trailer", format!("HTTP/1.1 200 OK\r\n{chunked}Expires: 0\r\n\r\n")),
        ("after 100", format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{sized}")),
        (
            "after many",
            format!("{}HTTP/1.1 200 OK\r\n{sized}", "HTTP/1.1 103 Early\r\nLink: a\r\n\r\n".repeat(9)),
        ),
        ("more than its length", format!("HTTP/1.1 200 OK\r\n{sized}{BODY}HTTP/1.1 404 No\r\n\r\n")),
        ("two lengths that agree", format!("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n{sized}")),
    ]
}

#[tokio::test]
async fn a_body_is_whole_however_it_is_framed() {
    assert_eq!(BODY.len(), 21);
    for (name, answer) in good() {
        let told = answered(answer.as_bytes()).await;
        assert_eq!(told.body(), BODY.as_bytes(), "{name}");
        assert_eq!((told.status, told.wire_bytes, told.has_first_byte), (Some(200), 21, true), "{name}");
    }
}

#[tokio::test]
async fn a_frame_that_lies_is_no_whole_answer() {
    for (name, rest) in [
        ("a length that is too long", "Content-Length: 22\r\n\r\n"),
        ("a length of words", "Content-Length: many\r\n\r\n"),
        ("a length below zero", "Content-Length: -1\r\n\r\n"),
        ("two lengths that differ", "Content-Length: 21\r\nContent-Length: 20\r\n\r\n"),
        ("a length beyond all", "Content-Length: 99999999999999999999999\r\n\r\n"),
        ("no size of a chunk", "Transfer-Encoding: chunked\r\n\r\n"),
        ("a size of words", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("a size below zero", "Transfer-Encoding: chunked\r\n\r\n-5\r\n"),
        ("a chunk that is too short", "Transfer-Encoding: chunked\r\n\r\n3\r\n"),
        ("a chunk that is too long", "Transfer-Encoding: chunked\r\n\r\n1000\r\n"),
        ("a chunk of 16 EiB", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
        ("a chunk of more", "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
        ("no last chunk", "Transfer-Encoding: chunked\r\n\r\n15\r\n"),
    ] {
        let told = answered(format!("HTTP/1.1 200 OK\r\n{rest}{BODY}").as_bytes()).await;
        let why = told.failed(FailedKind::Unreachable);
        assert!(why.starts_with("no whole answer: "), "{name}: {why}");
    }
    // HTTP/1.0 has no chunks.
    let old = format!("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{BODY}\r\n0\r\n\r\n");
    answered(old.as_bytes()).await.failed(FailedKind::Unreachable);
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    for bytes in [
        "",
        "\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "<html>hello</html>",
        "HTTP/3.7 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: a\0b\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}",
        "up 1\n",
    ] {
        let told = answered(bytes.as_bytes()).await;
        told.failed(FailedKind::Unreachable);
        assert_eq!((told.status, told.has_first_byte), (None, !bytes.is_empty()), "{bytes:?}");
    }
}
