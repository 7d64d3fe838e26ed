//! Bodies in gzip, whole and broken.

use std::io::Write as _;

use annals_ingest::sources::FailedKind;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::framing::BODY;
use super::{BODY_BYTES_MAX, Told, answered};
use crate::seed::seeded;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn encoded(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

async fn unzipped(body: &[u8]) -> Told {
    answered(&encoded("gzip", body)).await
}

#[tokio::test]
async fn gzip_is_decompressed() {
    for plain in [b"".to_vec(), BODY.into(), vec![7; BODY_BYTES_MAX], BODY.repeat(40_000).into()] {
        let zipped = gzip(&plain);
        for coding in ["gzip", "GZIP"] {
            let told = answered(&encoded(coding, &zipped)).await;
            assert!(told.body() == plain);
            assert_eq!(told.wire_bytes, zipped.len() as u64);
        }
        let told = answered(&encoded("identity", &plain)).await;
        assert!(told.body() == plain);
    }
}

#[tokio::test]
async fn gzip_is_decompressed_from_any_pieces() {
    let mut rng = seeded("pieces of gzip");
    for _ in 0..20 {
        let kinds = rng.u8(1..);
        let piece_max = [1, 10, 1_000, 100_000][rng.usize(..4)];
        let plain: Vec<u8> = (0..rng.usize(..4_000 * piece_max.min(10))).map(|_| rng.u8(..kinds)).collect();
        let zipped = gzip(&plain);
        let mut answer =
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let mut rest = zipped.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rng.usize(1..=piece_max.min(rest.len())));
            answer.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            answer.extend_from_slice(&[piece, b"\r\n"].concat());
            rest = after;
        }
        answer.extend_from_slice(b"0\r\n\r\n");
        let told = answered(&answer).await;
        assert!(told.body() == plain);
        assert_eq!(told.wire_bytes, zipped.len() as u64);
    }
}

#[tokio::test]
async fn broken_gzip_is_a_failure() {
    let whole = gzip(BODY.as_bytes());
    for length in 0..whole.len() {
        let why = unzipped(&whole[..length]).await.failed(FailedKind::Unreachable).to_owned();
        assert!(why.starts_with("the gzip is broken: "), "{why}");
    }
    unzipped(BODY.as_bytes()).await.failed(FailedKind::Unreachable);
    let mut other_sum = whole.clone();
    let at = whole.len() - 8;
    other_sum[at] ^= 1;
    unzipped(&other_sum).await.failed(FailedKind::Unreachable);
    let mut other_length = whole.clone();
    *other_length.last_mut().unwrap() ^= 1;
    unzipped(&other_length).await.failed(FailedKind::Unreachable);
}

#[tokio::test]
async fn nothing_may_follow_gzip() {
    let whole = gzip(BODY.as_bytes());
    for after in [b"\0".to_vec(), b"garbage".to_vec(), whole.clone()] {
        let told = unzipped(&[whole.clone(), after].concat()).await;
        assert_eq!(told.failed(FailedKind::Unreachable), "bytes follow the end of the gzip");
    }
}

#[tokio::test]
async fn a_coding_that_nobody_asked_for_is_a_failure() {
    for coding in ["br", "deflate", "zstd", "gzip, gzip", "gzip\r\nContent-Encoding: gzip", "\u{ff}"] {
        let told = answered(&encoded(coding, &gzip(BODY.as_bytes()))).await;
        let why = told.failed(FailedKind::Unreachable);
        assert!(why.contains("only gzip was asked for"), "{why}");
    }
}

#[tokio::test]
async fn a_bomb_is_too_large_when_it_has_filled_its_bound() {
    // A kilobyte of it is a megabyte.
    let bomb = gzip(&vec![0; 16 << 20]);
    assert!(bomb.len() < 20_000, "{}", bomb.len());
    let told = unzipped(&bomb).await;
    assert_eq!(told.failed(FailedKind::TooLarge), "the body has more than 1048576 bytes");
    let told = unzipped(&gzip(&vec![0; BODY_BYTES_MAX + 1])).await;
    assert_eq!(told.failed(FailedKind::TooLarge), "the body has more than 1048576 bytes");
}
