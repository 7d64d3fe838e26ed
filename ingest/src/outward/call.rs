//! A call of a runtime, by names.

use annals_log::json::{self, Value as Json};
use subxt::ext::scale_value::{Composite, Value, ValueDef};
use subxt::tx::DynamicPayload;

/// A call, as the metadata names it. The runtime's own types decide how its arguments are encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The pallet.
    pub pallet: String,
    /// The call.
    pub name: String,
    /// A JSON object of the arguments: integers of any length, bytes and accounts as `0x` and hex. `{"Name": …}` with a
    /// capital is a variant, of an object its fields, of anything else its only one; `{"Pallet": {"call": {…}}}` is a
    /// call in a call.
    pub args: String,
}

impl Call {
    /// # Errors
    /// In words, when the arguments are no such JSON.
    pub(super) fn payload(&self) -> Result<DynamicPayload<Composite<()>>, String> {
        let args = json::parse(&self.args).map_err(|error| error.to_string())?;
        let Json::Object(args) = &args else { return Err("the arguments are no JSON object".to_owned()) };
        Ok(subxt::tx::dynamic(self.pallet.clone(), self.name.clone(), fields(args)?))
    }
}

fn fields(object: &json::Object) -> Result<Composite<()>, String> {
    let fields = object.iter().map(|(name, field)| Ok((name.to_lossy().into_owned(), value(field)?)));
    Ok(Composite::Named(fields.collect::<Result<_, String>>()?))
}

fn value(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => {
            let number = number.as_str();
            Value::u128(number.parse().map_err(|_| format!("{number} is no number from 0 to 2^128"))?)
        }
        Json::Text(text) => match text.to_lossy() {
            text if text.starts_with("0x") => {
                Value::from_bytes(hex::decode(&text[2..]).map_err(|error| format!("{text:.20}: {error}"))?)
            }
            text => Value::string(text),
        },
        Json::List(items) => {
            Value::unnamed_composite(items.iter().map(value).collect::<Result<Vec<_>, _>>()?)
        }
        Json::Object(object) => match only_member(object) {
            Some((name, inner)) if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                Value::variant(name, variant_fields(inner)?)
            }
            _ => Value { value: ValueDef::Composite(fields(object)?), context: () },
        },
        Json::Null => return Err("null is no argument".to_owned()),
    })
}

fn variant_fields(inner: &Json) -> Result<Composite<()>, String> {
    Ok(match inner {
        Json::Object(object) => match only_member(object) {
            Some((call, Json::Object(args))) => Composite::Unnamed(vec![Value::variant(call, fields(args)?)]),
            _ => fields(object)?,
        },
        inner => Composite::Unnamed(vec![value(inner)?]),
    })
}

fn only_member(object: &json::Object) -> Option<(String, &Json)> {
    let (name, inner) = object.iter().next().filter(|_| object.len() == 1)?;
    Some((name.to_lossy().into_owned(), inner))
}

#[cfg(test)]
mod tests {
    use subxt::Metadata;
    use subxt::ext::frame_decode::extrinsics::encode_call_data;

    use super::*;

    /// The call as a runtime's extrinsics hold it, in hex.
    fn encoded(metadata: &[u8], pallet: &str, name: &str, args: &str) -> Result<String, String> {
        let metadata = zstd::decode_all(metadata).unwrap();
        let metadata = Metadata::decode_from(&metadata).unwrap();
        let (pallet, name) = (pallet.to_owned(), name.to_owned());
        let payload = Call { pallet: pallet.clone(), name: name.clone(), args: args.to_owned() }.payload()?;
        let bytes = encode_call_data(&pallet, &name, payload.call_data(), &metadata, metadata.types());
        bytes.map(hex::encode).map_err(|error| error.to_string())
    }

    const V101: &[u8] = include_bytes!("../../../fixtures/chain-executed/v101.scale.zst");
    const V143: &[u8] = include_bytes!("../../../fixtures/chain-executed/v143.scale.zst");

    #[test]
    fn arguments_take_the_form_that_the_runtime_gives_them() {
        let serve = r#"{"netuid":3,"version":101,"ip":1676056785,"port":9090,"ip_type":4}"#;
        // As v101 and v143 took it from another client.
        let args = "030065000000d198e663000000000000000000000000822304";
        let call = |metadata| encoded(metadata, "SubtensorModule", "serve_prometheus", serve).unwrap();
        assert_eq!((call(V101), call(V143)), (format!("0805{args}"), format!("0705{args}")));
    }

    #[test]
    fn a_call_may_stand_in_a_call() {
        let alice = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
        let register = format!(
            r#"{{"netuid":3,"hotkey":"0x{alice}","coldkey":"0x{alice}","stake":1000,"balance":1000}}"#
        );
        let args = format!(r#"{{"call":{{"SubtensorModule":{{"sudo_register":{register}}}}}}}"#);
        // As v101 took it from another client.
        let taken = format!("070008080300{alice}{alice}e803000000000000e803000000000000");
        assert_eq!(encoded(V101, "Sudo", "sudo", &args).unwrap(), taken);
        // A variant that is no call, and an integer in the compact form.
        let transfer = format!(r#"{{"dest":{{"Id":"0x{alice}"}},"value":5}}"#);
        let transfer = encoded(V143, "Balances", "transfer_keep_alive", &transfer).unwrap();
        assert_eq!(transfer, format!("050300{alice}14"));
    }

    #[test]
    fn what_is_no_argument_is_refused_in_words() {
        for (args, why) in [
            ("[3]", "no JSON object"),
            (r#"{"netuid":null}"#, "null"),
            (r#"{"netuid":-3}"#, "-3 is no number"),
            (r#"{"netuid":3.5}"#, "3.5 is no number"),
            (r#"{"netuid":"0x3"}"#, "0x3"),
        ] {
            let refused = encoded(V101, "SubtensorModule", "serve_prometheus", args).unwrap_err();
            assert!(refused.contains(why), "{args}: {refused}");
        }
    }
}
