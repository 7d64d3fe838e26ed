//! What a metrics endpoint answers: bodies, and what is read from them.

mod bodies;
mod made_up;
mod open_metrics;
mod parts;
mod shown;
mod text;
