//! Whoever carries requests to W&B, and what its answers say.

use std::future::Future;
use std::sync::Arc;

use annals_log::json::{self, Object, Value};

use crate::raw::{Answer, Outcome};
use crate::source::shortened;
use crate::wandb_api::{Again, Posted, WandbApi};
use crate::wandb_exchange::server_errors;

/// Carries a request to W&B and brings what became of it.
pub trait WandbPost {
    /// Posts JSON to a path of the server, as `/graphql`.
    fn post(&mut self, path: &str, body: &str, again: Again) -> impl Future<Output = Posted>;
}

impl WandbPost for Arc<WandbApi> {
    async fn post(&mut self, path: &str, body: &str, again: Again) -> Posted {
        WandbApi::post(self, path, body, again).await
    }
}

/// What an answer says.
#[derive(Debug)]
pub(super) enum Told {
    /// Its `data`; of rows that were taken, nothing.
    Data(Object),
    /// The server did not do it, in its words.
    Refused(String),
    /// The server may have done it.
    Lost(String),
    /// Nothing arrived there.
    NotSent(String),
}

impl Told {
    /// What the answer to a question says.
    pub(super) fn by(posted: &Posted) -> Self {
        match Self::parts(posted) {
            Err(told) => told,
            Ok((_, Some(errors))) => Self::Refused(errors),
            Ok((Some(Value::Object(data)), None)) => Self::Data(data),
            Ok((_, None)) => Self::Refused("it answers with neither data nor errors".to_owned()),
        }
    }

    /// What the answer to `UpsertBucket` says: it is done if the run is there, and nothing is wrong with any of it.
    pub(super) fn by_upsert(posted: &Posted) -> Self {
        match Self::parts(posted) {
            Err(told) => told,
            Ok((Some(Value::Object(data)), None)) if is_upserted(&data) => Self::Data(data),
            Ok((Some(Value::Object(_)), Some(errors))) => {
                Self::Lost(format!("it answers with data and with errors: {errors}"))
            }
            Ok((_, Some(errors))) => Self::Refused(errors),
            Ok((_, None)) => Self::Lost("its answer does not name the run that was written".to_owned()),
        }
    }

    /// What an answer to rows says: its body says nothing.
    pub(super) fn by_stream(posted: &Posted) -> Self {
        match Self::body(posted) {
            Ok(_) => Self::Data(Object::default()),
            Err(told) => told,
        }
    }

    /// `data` and `errors` of an answer with status 200; what any other says.
    fn parts(posted: &Posted) -> Result<(Option<Value>, Option<String>), Self> {
        let Ok(Value::Object(mut answer)) = json::parse(Self::body(posted)?) else {
            return Err(Self::Lost("its answer is no JSON object".to_owned()));
        };
        let errors = answer.get("errors").and_then(server_errors);
        Ok((answer.remove("data"), errors.map(|errors| shortened(&errors))))
    }

    /// The text of an answer with status 200; what any other says.
    fn body(posted: &Posted) -> Result<&str, Self> {
        let Answer { status, body } = match &posted.outcome {
            Outcome::Failed(why) if posted.may_have_arrived => return Err(Self::Lost(shortened(why))),
            Outcome::Failed(why) => return Err(Self::NotSent(shortened(why))),
            Outcome::Answer(answer) => answer,
        };
        let text = String::from_utf8_lossy(body);
        let what = match text.trim() {
            "" => format!("HTTP status {status}"),
            text => format!("HTTP status {status}: {}", shortened(&errors_in(text))),
        };
        match status {
            200 => std::str::from_utf8(body).map_err(|_| Self::Lost("its answer is no UTF-8".to_owned())),
            // It gave up waiting; whether it was done nobody knows.
            408 => Err(Self::Lost(what)),
            400..500 => Err(Self::Refused(what)),
            _ => Err(Self::Lost(what)),
        }
    }
}

fn is_upserted(data: &Object) -> bool {
    matches!(at(data, &["upsertBucket", "bucket"]), Some(Value::Object(_)))
}

/// What a server says in an answer that is an error: its messages, or all of it.
fn errors_in(text: &str) -> String {
    let answer = json::parse(text).ok();
    let errors = answer.as_ref().and_then(Value::as_object).and_then(|answer| answer.get("errors"));
    errors.and_then(server_errors).unwrap_or_else(|| text.to_owned())
}

/// The value at a path of keys.
pub(super) fn at<'a>(data: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let (last, front) = path.split_last()?;
    front.iter().try_fold(data, |object, key| object.get(key)?.as_object())?.get(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Posted {
        let answer = Answer { status, body: body.as_bytes().to_vec() };
        Posted { outcome: Outcome::Answer(answer), may_have_arrived: true }
    }

    fn failed(may_have_arrived: bool) -> Posted {
        Posted { outcome: Outcome::Failed("no connection".into()), may_have_arrived }
    }

    #[test]
    fn an_answer_says_done_refused_or_nothing_certain() {
        assert!(matches!(Told::by(&answer(200, r#"{"data":{"a":1}}"#)), Told::Data(data) if data.len() == 1));
        for (status, body, why) in [
            (200, r#"{"data":null,"errors":[{"message":"run is gone"}]}"#, "run is gone"),
            (200, r#"{"data":{"a":1},"errors":[{"message":"and no b"}]}"#, "and no b"),
            (200, r#"{"data":null}"#, "neither"),
            (401, "", "HTTP status 401"),
            (403, r#"{"errors":[{"message":"permission denied"}]}"#, "403: permission denied"),
            (429, "slow down", "429: slow down"),
        ] {
            let Told::Refused(what) = Told::by(&answer(status, body)) else { panic!("{status} {body}") };
            assert!(what.contains(why), "{what}");
        }
        let is_lost = |posted: &Posted| matches!(Told::by(posted), Told::Lost(_));
        assert!(is_lost(&failed(true)));
        for (status, body) in [(502, "<html>"), (200, "<html>"), (408, ""), (302, "")] {
            assert!(is_lost(&answer(status, body)), "{status}");
        }
    }

    #[test]
    fn what_never_arrived_is_told_as_not_sent() {
        for told in
            [Told::by(&failed(false)), Told::by_upsert(&failed(false)), Told::by_stream(&failed(false))]
        {
            assert!(matches!(&told, Told::NotSent(why) if why == "no connection"), "{told:?}");
        }
    }

    #[test]
    fn a_config_is_taken_only_where_the_answer_names_its_run() {
        let told = |body: &str| match Told::by_upsert(&answer(200, body)) {
            Told::Data(_) => "taken",
            Told::Refused(_) => "refused",
            Told::Lost(_) => "lost",
            Told::NotSent(_) => "not sent",
        };
        for (body, expected) in [
            (r#"{"data":{"upsertBucket":{"bucket":{"id":"UnVu"},"inserted":false}}}"#, "taken"),
            (r#"{"data":{"upsertBucket":{"bucket":{}}},"errors":[]}"#, "taken"),
            (r#"{"data":{"upsertBucket":{"bucket":{}}},"errors":[{"message":"config"}]}"#, "lost"),
            (r#"{"data":{"upsertBucket":null},"errors":[{"message":"config"}]}"#, "lost"),
            (r#"{"data":{"upsertBucket":null}}"#, "lost"),
            (r#"{"data":{"upsertBucket":{"bucket":null}}}"#, "lost"),
            (r#"{"data":{"upsertBucket":{"bucket":[]}}}"#, "lost"),
            (r#"{"data":{}}"#, "lost"),
            (r#"{"data":null}"#, "lost"),
            (r#"{"data":null,"errors":[{"message":"permission denied"}]}"#, "refused"),
            (r#"{"errors":[{"message":"permission denied"}]}"#, "refused"),
        ] {
            assert_eq!(told(body), expected, "{body}");
        }
    }
}
