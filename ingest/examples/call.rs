//! Submits a call to a development chain: `call ws://127.0.0.1:9944 //Alice Pallet call '{"args": 1}'`.
//!
//! Arguments are JSON as of `annals_ingest::outward::Call`; a text `@FILE` in them stands for the bytes of that file.

use std::process::ExitCode;
use std::time::Duration;

use annals_ingest::outward::{Call, Extrinsic, Sent, Wait};
use annals_ingest::sources::ChainNow;
use annals_log::{HotkeySigner, SubmitOutcome};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

const WITHIN: Duration = Duration::from_secs(120);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, uri, pallet, name, args] = arguments.as_slice() else {
        eprintln!("call URL //URI PALLET CALL JSON");
        return ExitCode::from(2);
    };
    match call(url, uri, pallet, name, args).await {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn call(url: &str, uri: &str, pallet: &str, name: &str, args: &str) -> Result<String, String> {
    let pair = sr25519::Pair::from_string(uri, None).map_err(|error| format!("{uri}: {error:?}"))?;
    let signer = HotkeySigner::new(pair);
    let call = Call { pallet: pallet.to_owned(), name: name.to_owned(), args: with_files(args)? };
    let now = ChainNow::ask(url, None, WITHIN).await.map_err(|error| error.to_string())?;
    let extrinsic = Extrinsic::sign(now, url, call, &signer).await.map_err(|error| error.to_string())?;
    match extrinsic.send(Wait::Included, WITHIN).await {
        Sent::Told(SubmitOutcome::Included(_), height) => {
            Ok(format!("in block {}", height.unwrap_or_default()))
        }
        Sent::Told(SubmitOutcome::Failed(_, why) | SubmitOutcome::Refused(why), _) => Err(why),
        Sent::Told(SubmitOutcome::Unknown(why), _) | Sent::Lost(why) => Err(format!("not known: {why}")),
    }
}

/// Each `"@FILE"` becomes the file, in hex.
fn with_files(args: &str) -> Result<String, String> {
    let mut parts = args.split("\"@");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('"').ok_or("a text does not end")?;
        let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        text.push_str(&format!("\"0x{}\"{rest}", hex::encode(bytes)));
    }
    Ok(text)
}
