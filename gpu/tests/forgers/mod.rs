//! Forgers: each cheats in one way, and is caught as often as the protocol promises.

mod borrowed;
mod clock;
mod leaked;
mod memory;
mod paths;
mod rate;
mod tiles;
