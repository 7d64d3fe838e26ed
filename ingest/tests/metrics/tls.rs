//! Endpoints with TLS.

use std::sync::Arc;

use annals_ingest::sources::{Asked, FailedKind, Tls, TlsError};
use rcgen::date_time_ymd;
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use super::certificates::{Authority, Shown, self_signed};
use super::server::{Ending, Server, request};
use super::{BRIEF, PATIENT, Told, ask_by, scrape_get};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n";

/// A server that shows this certificate, and answers whoever believes it.
async fn serving(shown: Shown) -> Server {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown.certificate], shown.key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            request(&mut stream).await;
            _ = stream.write_all(ANSWER).await;
            _ = stream.shutdown().await;
        }
    })
    .await
}

async fn ask(authority: &Authority, server: &Server, host: &str) -> Told {
    let tls = Tls::new(Some(&authority.pem())).unwrap();
    let asked = Asked::by_url(server.address(), &format!("https://{host}/metrics")).unwrap();
    ask_by(&scrape_get(PATIENT, Some(tls)), &asked).await
}

#[tokio::test]
async fn a_right_certificate_is_believed() {
    let authority = Authority::new();
    let server = serving(authority.signs(&["exporter.example", "127.0.0.1"], |_| {})).await;
    for host in ["exporter.example", "exporter.example:9100", "127.0.0.1", "127.0.0.1:9100"] {
        assert_eq!(ask(&authority, &server, host).await.body(), b"up 1\n", "{host}");
    }
}

#[tokio::test]
async fn a_wrong_certificate_is_no_connection() {
    let authority = Authority::new();
    for (shown, expected) in [
        (
            authority.signs(&["exporter.example"], |params| params.not_after = date_time_ymd(2021, 1, 1)),
            "expired",
        ),
        (
            authority.signs(&["exporter.example"], |params| params.not_before = date_time_ymd(9000, 1, 1)),
            "not valid yet",
        ),
        (authority.signs(&["other.example"], |_| {}), "not valid for name"),
        (authority.signs(&["127.0.0.1"], |_| {}), "not valid for name"),
        (self_signed(&["exporter.example"]), "UnknownIssuer"),
        (Authority::new().signs(&["exporter.example"], |_| {}), "UnknownIssuer"),
    ] {
        let server = serving(shown).await;
        let told = ask(&authority, &server, "exporter.example").await;
        let why = told.failed(FailedKind::Unreachable);
        assert!(why.starts_with("no TLS: ") && why.contains(expected), "{why}");
        assert_eq!((told.status, told.has_first_byte), (None, false));
    }
}

#[tokio::test]
async fn an_authority_that_was_not_given_is_not_believed() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = serving(authority.signs(&["exporter.example"], |_| {})).await;
    ask(&other, &server, "exporter.example").await.failed(FailedKind::Unreachable);
    assert_eq!(ask(&authority, &server, "exporter.example").await.body(), b"up 1\n");
}

#[tokio::test]
async fn who_speaks_no_tls_is_unreachable() {
    let authority = Authority::new();
    for bytes in [&b""[..], ANSWER, b"\x16\x03\x01\xff\xff", b"\x15\x03\x03\x00\x02\x02\x28"] {
        for ending in [Ending::Closed, Ending::Reset] {
            let server = Server::start(move |mut stream| async move {
                // The hello is not read to its end: nobody knows here where that is.
                _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4_096]).await;
                answer_at_once(stream, bytes, ending).await;
            })
            .await;
            let told = ask(&authority, &server, "exporter.example").await;
            assert!(told.failed(FailedKind::Unreachable).starts_with("no TLS: "), "{told:?}");
        }
    }
    let server = serving(authority.signs(&["127.0.0.1"], |_| {})).await;
    // Without TLS where there is some.
    super::ask(PATIENT, &server).await.failed(FailedKind::Unreachable);
    // Nobody can be asked with TLS who was given no certificates to trust.
    let asked = Asked::by_url(server.address(), "https://127.0.0.1/metrics").unwrap();
    let told = ask_by(&scrape_get(PATIENT, None), &asked).await;
    assert!(told.failed(FailedKind::Unreachable).starts_with("no TLS: "), "{told:?}");
}

async fn answer_at_once(mut stream: tokio::net::TcpStream, bytes: &[u8], ending: Ending) {
    if ending == Ending::Reset {
        stream.set_zero_linger().unwrap();
    }
    _ = stream.write_all(bytes).await;
}

#[tokio::test]
async fn a_handshake_that_never_ends_runs_out_of_time() {
    let tls = Tls::new(Some(&Authority::new().pem())).unwrap();
    let server = Server::silent().await;
    let asked = Asked::by_url(server.address(), "https://exporter.example/metrics").unwrap();
    let told = ask_by(&scrape_get(BRIEF, Some(tls)), &asked).await;
    assert_eq!(told.failed(FailedKind::Timeout), "no TLS in time");
}

#[test]
fn what_holds_no_certificate_is_refused() {
    assert!(matches!(Tls::new(Some(b"")), Err(TlsError::NoCertificate)));
    assert!(matches!(Tls::new(Some(b"text")), Err(TlsError::NoCertificate)));
    let half = b"-----BEGIN CERTIFICATE-----\nAAAA\n";
    assert!(matches!(Tls::new(Some(half)), Err(TlsError::Pem(_))));
    let no_certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(Tls::new(Some(no_certificate)), Err(TlsError::Verifier(_))));
}
