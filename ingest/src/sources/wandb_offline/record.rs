//! The messages of a `.wandb` file that annals reads: a part of `wandb/proto/wandb_internal.proto`, as wandb 0.19.0 and
//! 0.31.0 have it. Fields that are not here are passed.

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    #[prost(oneof = "Told", tags = "2, 5, 17, 18")]
    pub(super) told: Option<Told>,
}

/// `Record.record_type`.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Told {
    #[prost(message, tag = "2")]
    History(History),
    #[prost(message, tag = "5")]
    Config(Config),
    #[prost(message, tag = "17")]
    Run(Run),
    #[prost(message, tag = "18")]
    Exit(Exit),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Run {
    #[prost(string, tag = "1")]
    pub(super) run_id: String,
    #[prost(message, optional, tag = "4")]
    pub(super) config: Option<Config>,
    #[prost(string, tag = "8")]
    pub(super) display_name: String,
    #[prost(message, optional, tag = "17")]
    pub(super) start_time: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// The items of configs and rows are decoded one by one: a bad one costs no other, and many empty ones little memory.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Config {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) update: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(super) remove: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct History {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) item: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "2")]
    pub(super) step: Option<Step>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Step {
    #[prost(int64, tag = "1")]
    pub(super) num: i64,
}

/// `ConfigItem` and `HistoryItem`, which have the same fields; only the latter has typed values, since 0.31.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Item {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) nested_key: Vec<String>,
    #[prost(oneof = "Typed", tags = "3, 4, 5, 6, 7, 8")]
    pub(super) typed: Option<Typed>,
    #[prost(string, tag = "16")]
    pub(super) value_json: String,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Typed {
    #[prost(int32, tag = "3")]
    None(i32),
    #[prost(bool, tag = "4")]
    Boolean(bool),
    #[prost(sint64, tag = "5")]
    Integer(i64),
    #[prost(double, tag = "6")]
    Number(f64),
    #[prost(string, tag = "7")]
    Text(String),
    #[prost(string, tag = "8")]
    Json(String),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Exit {
    #[prost(int32, tag = "1")]
    pub(super) exit_code: i32,
}
