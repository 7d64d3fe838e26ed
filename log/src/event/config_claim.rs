//! What a hotkey says of the whole config of its run: upstream's own signature covers the run id and nothing else, so
//! it passes for any config, in any project.

use bincode::{Decode, Encode};

use super::RunConfig;
use super::json::fields::{digest, number, object, text};
use super::json::{Number, Object, Value};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::hotkey::{Hotkey, HotkeySigner};

/// A longer one is no origin of a log.
const ORIGIN_BYTES_MAX: usize = 256;

/// Which run, of all that a server of W&B has. The names are those that whoever publishes or polls asks by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunAddress<'a> {
    /// Whose project it is in.
    pub entity: &'a str,
    /// Which project.
    pub project: &'a str,
    /// Its short id.
    pub run_id: &'a str,
}

/// Why a claim cannot be signed: nobody would take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The log's origin.
    #[error(
        "a config can't name the log's origin, {0:?}: it takes 1 to {ORIGIN_BYTES_MAX} bytes without control \
         characters. `init` gives a new log its origin"
    )]
    Origin(String),
    /// Of the run.
    #[error("{what} {name:?} can't be signed: it is empty, or has control characters in it")]
    Name {
        /// Entity, project or run id.
        what: &'static str,
        /// As given.
        name: String,
    },
}

/// What was published, and at which size of which log. It is signed together with the run and the hotkey, so that it
/// says nothing of another run.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ConfigClaim {
    /// Of the publisher's log.
    pub origin: String,
    /// Of the publisher's log, when it published.
    pub tree_size: u64,
    /// Its root at that size.
    pub root: [u8; 32],
    /// [`RunConfig::content_sha256`].
    pub content_sha256: [u8; 32],
}

impl ConfigClaim {
    /// Of a config, by a log that stands at a checkpoint.
    pub fn of(config: &RunConfig, at: &Checkpoint) -> Self {
        Self {
            origin: at.origin.clone(),
            tree_size: at.size.0,
            root: at.root.0,
            content_sha256: config.content_sha256().0,
        }
    }

    /// The value of the key `annals`: the claim, signed. No two are the same.
    ///
    /// # Errors
    /// Whoever checked it would find it malformed.
    pub fn sign(&self, run: RunAddress<'_>, signer: &HotkeySigner) -> Result<Value, ClaimError> {
        if !is_origin(&self.origin) {
            return Err(ClaimError::Origin(self.origin.chars().take(ORIGIN_BYTES_MAX).collect()));
        }
        if let Some((what, name)) = run.names().into_iter().find(|(_, name)| !is_line(name)) {
            return Err(ClaimError::Name { what, name: name.to_owned() });
        }
        let signature = signer.sign_config(&self.text(run, signer.hotkey()));
        let text = |text: String| Value::Text(text.into());
        let members = [
            ("origin", text(self.origin.clone())),
            ("tree_size", Value::Number(Number::from(self.tree_size))),
            ("root", text(Hash(self.root).to_base64())),
            ("content_sha256", text(Hash(self.content_sha256).to_string())),
            ("signature", text(hex::encode(signature))),
        ];
        Ok(Value::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect::<Object>()))
    }

    pub(super) fn field(&self) -> Value {
        object([
            ("origin", text(&self.origin)),
            ("tree_size", number(self.tree_size)),
            ("root", digest(self.root)),
            ("content_sha256", digest(self.content_sha256)),
        ])
    }

    /// What is signed, but for its wrapping. No field has a control character in it, so no two claims have one text.
    pub(super) fn text(&self, run: RunAddress<'_>, hotkey: &Hotkey) -> String {
        let RunAddress { entity, project, run_id } = run;
        let Self { origin, tree_size, .. } = self;
        let (root, content) = (Hash(self.root).to_base64(), Hash(self.content_sha256));
        format!("{entity}\n{project}\n{run_id}\n{hotkey}\n{origin}\n{tree_size}\n{root}\n{content}\n")
    }

    /// The claim in the value of the key, and its signature; `None` if a member is missing or not what it should be.
    pub(super) fn read(told: &Value) -> Option<(Self, [u8; 64])> {
        let told = told.as_object()?;
        let text = |key| told.get(key)?.as_text()?.as_str();
        let origin = text("origin").filter(|origin| is_origin(origin))?;
        let mut signature = [0; 64];
        hex::decode_to_slice(text("signature")?, &mut signature).ok()?;
        let mut content_sha256 = [0; 32];
        hex::decode_to_slice(text("content_sha256")?, &mut content_sha256).ok()?;
        let claim = Self {
            origin: origin.to_owned(),
            // By its value, for a server may write 7 as 7.0.
            tree_size: told.get("tree_size")?.as_number()?.to_whole()?,
            root: Hash::from_base64(text("root")?)?.0,
            content_sha256,
        };
        Some((claim, signature))
    }
}

impl<'a> RunAddress<'a> {
    /// Whether all of its names can be signed.
    pub(super) fn is_signable(self) -> bool {
        self.names().iter().all(|(_, name)| is_line(name))
    }

    /// The names, each after what it names.
    fn names(self) -> [(&'static str, &'a str); 3] {
        [("the entity", self.entity), ("the project", self.project), ("the run id", self.run_id)]
    }
}

fn is_origin(text: &str) -> bool {
    is_line(text) && text.len() <= ORIGIN_BYTES_MAX
}

/// Whether it can stand in a line of its own.
fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.contains(|character: char| character.is_control())
}

#[cfg(test)]
mod tests {
    use sp_core::crypto::Pair as _;
    use sp_core::sr25519;

    use super::super::json;
    use super::super::{ConfigVerdict, WandbConfigSigned};
    use super::*;
    use crate::place::TreeSize;

    const CONFIG: &str = r#"{"_wandb":{"value":{"t":1}},"hotkey":{"value":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"},
        "stats":{"desc":null,"value":{"7":{"score":57.0,"own_score":true}}},"allocated_hotkeys":{"value":["5FHneW"]}}"#;
    /// What `//Alice` once signed: it verifies for ever.
    const SIGNED: &str = r#"{"origin":"annals.local/sn27/8f3b","tree_size":7,"root":"SBOBMjeuLe8DMrWNLOe0YF68VxO3l13fQI3tfMe2jPg=","content_sha256":"0643a048514fc3dcc450572f54d8bf3f9295f823203bfcd069bd3ed643ffa465","signature":"14e67a7aae04d8acd7697bb6b34aa30fb954babf84e10e53efedfb0af76db30ddd3e4752d4304ca99e26115a520213f0a12034d68fbbb144b15eb7eb7b084e86"}"#;

    fn signer(uri: &str) -> HotkeySigner {
        HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
    }

    fn read(config: &str) -> RunConfig {
        RunConfig::read(&config.into()).unwrap()
    }

    fn at() -> Checkpoint {
        let root = Hash::from_base64("SBOBMjeuLe8DMrWNLOe0YF68VxO3l13fQI3tfMe2jPg=").unwrap();
        Checkpoint { origin: "annals.local/sn27/8f3b".into(), size: TreeSize(7), root }
    }

    /// The config with this value of the key `annals`.
    fn with(config: &str, claim: &str) -> RunConfig {
        read(&format!("{},\"annals\":{{\"value\":{claim}}}}}", config.strip_suffix('}').unwrap()))
    }

    fn run(run_id: &str) -> RunAddress<'_> {
        RunAddress { entity: "neuralinternet", project: "opencompute", run_id }
    }

    fn verdict(run_id: &str, config: &RunConfig) -> ConfigVerdict {
        WandbConfigSigned::check(Some(run(run_id)), config).unwrap().verdict
    }

    fn signed_by(uri: &str, run_id: &str) -> String {
        ConfigClaim::of(&read(CONFIG), &at()).sign(run(run_id), &signer(uri)).unwrap().to_json()
    }

    #[test]
    fn a_claim_that_was_once_signed_verifies() {
        let told = WandbConfigSigned::check(Some(run("0djlnjjs")), &with(CONFIG, SIGNED)).unwrap();
        assert_eq!(told.verdict, ConfigVerdict::Valid);
        assert_eq!(told.claim, Some(ConfigClaim::of(&read(CONFIG), &at())));
        assert_eq!(told.hotkey.as_deref(), Some(signer("//Alice").hotkey().address()));
        assert_eq!(WandbConfigSigned::check(Some(run("0djlnjjs")), &read(CONFIG)), None);
    }

    #[test]
    fn any_other_content_is_told_from_what_was_signed() {
        let claim = signed_by("//Alice", "0djlnjjs");
        for (from, to, expected) in [
            // As a server may write it, and what nobody is shown.
            ("57.0", "57", ConfigVerdict::Valid),
            (r#"{"t":1}"#, r#"{"t":2}"#, ConfigVerdict::Valid),
            ("57.0", "57.1", ConfigVerdict::Changed),
            (r#"["5FHneW"]"#, "[]", ConfigVerdict::Changed),
            ("true", "1", ConfigVerdict::Changed),
            ("stats", "stats2", ConfigVerdict::Changed),
        ] {
            let config = CONFIG.replace(from, to);
            assert_ne!(config, CONFIG);
            assert_eq!(verdict("0djlnjjs", &with(&config, &claim)), expected, "{to}");
        }
    }

    #[test]
    fn a_claim_says_nothing_of_another_run_hotkey_or_log() {
        let claim = signed_by("//Alice", "0djlnjjs");
        let elsewhere =
            |run: RunAddress<'_>| WandbConfigSigned::check(Some(run), &with(CONFIG, &claim)).unwrap().verdict;
        assert_eq!(elsewhere(run("0djlnjjs")), ConfigVerdict::Valid);
        let theirs = RunAddress { entity: "somebody", ..run("0djlnjjs") };
        assert_eq!(elsewhere(theirs), ConfigVerdict::Wrong);
        assert_eq!(elsewhere(RunAddress { project: "copied", ..run("0djlnjjs") }), ConfigVerdict::Wrong);
        assert_eq!(verdict("1djlnjjs", &with(CONFIG, &claim)), ConfigVerdict::Wrong);
        assert_eq!(verdict("0djlnjjs", &with(CONFIG, &signed_by("//Bob", "0djlnjjs"))), ConfigVerdict::Wrong);
        for (from, to) in [("8f3b", "8f3c"), (":7,", ":8,"), ("SBOB", "SBOC")] {
            assert_eq!(verdict("0djlnjjs", &with(CONFIG, &claim.replace(from, to))), ConfigVerdict::Wrong);
        }
        assert_eq!(verdict("0djlnjjs", &with(CONFIG, &claim.replace(":7,", ":7.0,"))), ConfigVerdict::Valid);
    }

    #[test]
    fn what_is_no_claim_is_malformed() {
        let claim = signed_by("//Alice", "0djlnjjs");
        for (from, to) in [
            ("sn27", "sn27\\n"),
            ("annals.local/sn27/8f3b", ""),
            ("sn27", &"n".repeat(ORIGIN_BYTES_MAX)),
            (":7,", ":7.5,"),
            (":7,", ":-7,"),
            (":7,", ":\"7\","),
            (":7,", ":18446744073709551616,"),
            ("root", "roots"),
            ("\"signature\":\"", "\"signature\":\"0x"),
        ] {
            let told = with(CONFIG, &claim.replace(from, to));
            assert_eq!(verdict("0djlnjjs", &told), ConfigVerdict::Malformed, "{to}");
        }
        for told in ["null", "[]", "{}", "\"annals\""] {
            assert_eq!(verdict("0djlnjjs", &with(CONFIG, told)), ConfigVerdict::Malformed, "{told}");
        }
        let nobodys = CONFIG.replace("5Grwva", "5Grwvb");
        assert_eq!(verdict("0djlnjjs", &with(&nobodys, &claim)), ConfigVerdict::Malformed);
        assert_eq!(verdict("0djl\nnjjs", &with(CONFIG, &claim)), ConfigVerdict::Malformed);
        let nowhere = WandbConfigSigned::check(None, &with(CONFIG, &claim)).unwrap();
        assert_eq!(nowhere.verdict, ConfigVerdict::Malformed);
    }

    #[test]
    fn what_everybody_would_find_malformed_is_not_signed() {
        let signed = |origin: &str, run: RunAddress<'_>| {
            ConfigClaim { origin: origin.into(), ..ConfigClaim::of(&read(CONFIG), &at()) }
                .sign(run, &signer("//Alice"))
                .map_err(|error| error.to_string())
        };
        let longest = "o".repeat(ORIGIN_BYTES_MAX);
        assert!(signed(&longest, run("0djlnjjs")).is_ok());
        for origin in ["", "a\nb", &format!("{longest}o")] {
            let why = signed(origin, run("0djlnjjs")).unwrap_err();
            assert!(why.contains("the log's origin") && why.contains("256"), "{why}");
        }
        let why = signed("x", RunAddress { entity: "", ..run("0djlnjjs") }).unwrap_err();
        assert!(why.contains("the entity \"\""), "{why}");
        assert!(signed("x", run("0djl\nnjjs")).unwrap_err().contains("the run id"));
    }

    #[test]
    fn whoever_has_the_description_can_check_it() {
        let claim = ConfigClaim::of(&read(CONFIG), &at());
        let content = r#"{"allocated_hotkeys":["5FHneW"],"hotkey":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY","stats":{"7":{"own_score":true,"score":57e0}}}"#;
        assert_eq!(Hash(claim.content_sha256), Hash::of(content.as_bytes()));
        let message = format!(
            "<Bytes>annals wandb config v1\nneuralinternet\nopencompute\n0djlnjjs\n5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\n\
             annals.local/sn27/8f3b\n7\nSBOBMjeuLe8DMrWNLOe0YF68VxO3l13fQI3tfMe2jPg=\n{}\n</Bytes>",
            Hash::of(content.as_bytes())
        );
        let told = json::parse(SIGNED).unwrap();
        let signature = told.as_object().unwrap().get("signature").unwrap().as_text().unwrap().clone();
        let signature = hex::decode(signature.into_string().unwrap()).unwrap();
        let signature = sr25519::Signature::try_from(signature.as_slice()).unwrap();
        let key = sr25519::Public::from(signer("//Alice").hotkey().public_key());
        assert!(sr25519::Pair::verify(&signature, message, &key));
    }
}
