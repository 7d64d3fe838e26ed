//! Answers that break off, and answers with damage.

use annals_ingest::sources::FailedKind;

use super::encodings::{encoded, gzip};
use super::framing::{BODY, good};
use super::server::{Ending, Server, answer};
use super::{PATIENT, answered, ask};
use crate::seed::seeded;

#[tokio::test]
async fn a_connection_that_ends_at_any_byte_is_a_recorded_failure() {
    let mut answers = vec![("gzip", encoded("gzip", &gzip(BODY.as_bytes())))];
    // The end of the connection ends the others; what follows the length is nobody's.
    for (name, answer) in good() {
        if !name.starts_with("to the end") && !name.starts_with("more") {
            answers.push((name, answer.into_bytes()));
        }
    }
    for (name, whole) in answers {
        for length in 0..whole.len() {
            for ending in [Ending::Closed, Ending::Reset] {
                let bytes = whole[..length].to_vec();
                let server = Server::start(move |stream| answer(stream, bytes.clone(), ending)).await;
                let told = ask(PATIENT, &server).await;
                let why = told.failed(FailedKind::Unreachable);
                assert!(why.starts_with("no whole answer: "), "{name}, {ending:?} at {length}: {why}");
            }
        }
    }
}

#[tokio::test]
async fn a_reset_is_no_end_of_a_body() {
    for length in 0..BODY.len() {
        let bytes = format!("HTTP/1.0 200 OK\r\n\r\n{}", &BODY[..length]).into_bytes();
        let server = Server::start(move |stream| answer(stream, bytes.clone(), Ending::Reset)).await;
        ask(PATIENT, &server).await.failed(FailedKind::Unreachable);
    }
}

#[tokio::test]
async fn damage_is_an_outcome() {
    let mut rng = seeded("damaged answers");
    let mut answers = vec![encoded("gzip", &gzip(BODY.as_bytes()))];
    answers.extend(good().into_iter().map(|(_, answer)| answer.into_bytes()));
    let (mut bodies, mut failures) = (0, 0);
    for _ in 0..600 {
        let mut bytes = answers[rng.usize(..answers.len())].clone();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..bytes.len());
            match rng.u8(..4) {
                0 => bytes[at] ^= 1 << rng.u8(..8),
                1 => bytes[at] = b"\0\r\n :;0fF\x7f\xff"[rng.usize(..11)],
                2 => _ = bytes.remove(at),
                _ => bytes.insert(at, rng.u8(..)),
            }
        }
        let told = answered(&bytes).await;
        match told.ended {
            Ok(_) => bodies += 1,
            Err(_) => failures += 1,
        }
    }
    assert!(bodies > 60 && failures > 60, "{bodies} {failures}");
}
