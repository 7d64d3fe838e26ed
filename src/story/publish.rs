//! A publication of a story, as upstream's software makes it.

use annals_ingest::outward::publish::{Role, State};
use annals_log::HotkeySigner;
use annals_log::json::{Number, Object, Value};

use super::act::Publish;
use super::entry::{Surroundings, entry};
use super::file::{Name, PublishPart, RolePart};
use super::json;
use super::mistake::Mistake;
use super::persons;

/// In the place of a hotkey: none.
const NOBODY: &str = "nobody";

/// Returns what is published; `version` is that of upstream's software where the story does not say another.
pub(super) fn publish(
    part: &PublishPart,
    version: u64,
    around: &Surroundings<'_>,
) -> Result<Publish, Mistake> {
    let pair = persons::pair(&part.hotkey)?;
    let signs = match &part.signed_by {
        None => Some(pair.clone()),
        Some(name) if is_nobody(name) => None,
        Some(name) => Some(persons::pair(name)?),
    };
    let state = State {
        role: match part.role {
            RolePart::Validator => Role::Validator,
            RolePart::Miner => Role::Miner,
        },
        netuid: None,
        version: Some(Number::from(part.version.unwrap_or(version))),
        config: None,
        told: told(part, around)?,
    };
    Ok(Publish { signer: HotkeySigner::new(pair), state, signs })
}

/// The keys of the config, in the order in which upstream's software sets them.
fn told(part: &PublishPart, around: &Surroundings<'_>) -> Result<Object, Mistake> {
    let mut told = Object::default();
    let list = |names: &[Name]| persons::addresses(names).map(json::texts);
    if let Some(names) = &part.allocated_hotkeys {
        told.insert("allocated_hotkeys".into(), list(names)?);
    }
    if let Some(stats) = &part.stats {
        let mut entries = Object::default();
        for (key, part) in stats {
            let uid = persons::uid(key)?;
            entries.insert(uid.to_string().into(), entry(uid, part, around)?);
        }
        told.insert("stats".into(), Value::Object(entries));
    }
    if let Some(names) = &part.penalized_hotkeys {
        told.insert("penalized_hotkeys".into(), list(names)?);
    }
    if let Some(names) = &part.penalized_hotkeys_checklist {
        told.insert("penalized_hotkeys_checklist".into(), list(names)?);
    }
    if let Some(specs) = &part.specs {
        let object = json::object(specs.get_ref()).map_err(|what| Mistake::of(specs, what))?;
        told.insert("specs".into(), Value::Object(object));
    }
    if let Some(is_port_open) = part.is_port_open {
        told.insert("is_port_open".into(), Value::Bool(is_port_open));
    }
    if let Some(name) = &part.allocated {
        let by = if is_nobody(name) { Value::Null } else { Value::Text(persons::address(name)?.into()) };
        told.insert("allocated".into(), by);
    }
    Ok(told)
}

fn is_nobody(name: &Name) -> bool {
    name.get_ref() == NOBODY
}
