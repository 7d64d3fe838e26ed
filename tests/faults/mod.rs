//! The program, asked about logs that were damaged and tables that were forged, while its clock steps.

#[path = "../../log/tests/faults/attacker.rs"]
mod attacker;
#[path = "../../log/tests/faults/attacks.rs"]
mod attacks;
#[path = "../../log/tests/faults/bytes.rs"]
mod bytes;
#[path = "../../log/tests/faults/checksums.rs"]
mod checksums;
mod clock;
mod damage;
#[path = "../../log/tests/faults/evidence.rs"]
mod evidence;
#[path = "../../log/tests/faults/exchanged.rs"]
mod exchanged;
#[path = "../../log/tests/faults/frames.rs"]
mod frames;
#[path = "../../log/tests/faults/marks.rs"]
mod marks;
mod oracle;
#[path = "../../log/tests/faults/published.rs"]
mod published;
mod tables;
#[path = "../../log/tests/faults/trials.rs"]
mod trials;
mod world;
