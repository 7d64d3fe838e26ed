//! What a metrics endpoint answers: bodies, and what is read from them.

mod bodies;
mod corpus;
mod limits;
mod made_up;
mod named;
mod open_metrics;
mod parts;
mod shown;
mod text;
