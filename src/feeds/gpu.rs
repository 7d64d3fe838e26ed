//! Workers that prove their GPUs, as `annals run` challenges them: in every window of the subnet.

use annals_gpu::Windows;
use annals_ingest::Feed;
use annals_ingest::sources::{Challenger, ChallengerOptions, When, WorkerGiven};
use annals_log::ChainBlock;

use crate::beginning::Beginning;
use crate::failure::Failure;
use crate::following::Beacons;
use crate::hotkey::proving_hotkey;
use crate::proving::size::Size;
use crate::proving::{GRACE, hash_of_hex, token};
use crate::settings::GpuConfig;

/// Upstream's own pace: every 360 blocks, 72 minutes.
const INTERVAL_BLOCKS: u64 = 360;

/// A feed that challenges workers, and the beacons that it listens to.
pub(crate) struct Challenging {
    pub(crate) feed: Box<dyn Feed>,
    pub(crate) beacons: Beacons,
}

/// Challenges all workers of the config file together.
pub(crate) fn challenging(config: &GpuConfig, log: &Beginning) -> Result<Challenging, Failure> {
    let opened = &log.opened;
    let no_genesis = || {
        Failure::Usage(
            "windows of proofs of GPU are those of one chain, and this log takes any: `annals init --genesis` names it"
                .to_owned(),
        )
    };
    let genesis = opened.genesis.as_deref().and_then(hash_of_hex).ok_or_else(no_genesis)?;
    let interval = config.interval_blocks.unwrap_or(INTERVAL_BLOCKS);
    // The block that decides about a window has to be remembered when it opens.
    if interval >= ChainBlock::REMEMBERED {
        let most = ChainBlock::REMEMBERED - 1;
        return Err(Failure::Usage(format!("gpu.interval_blocks is {interval}: it is at most {most}")));
    }
    let windows = Windows::new(genesis, opened.netuid.into(), interval)
        .map_err(|error| Failure::Usage(format!("gpu.interval_blocks: {error}")))?;
    let (beacons, heard) = Beacons::of(log.last, Some(windows));
    let mut workers = Vec::new();
    for worker in &config.worker {
        workers.push(WorkerGiven { url: worker.url.clone(), token: token::read(&worker.token_file)? });
    }
    let challenger = Challenger::new(ChallengerOptions {
        workers,
        validator: proving_hotkey(config.hotkey_file.as_deref())?,
        parameters: config.size.unwrap_or(Size::Full).parameters(),
        netuid: opened.netuid.into(),
        genesis: Some(genesis),
        vkey: opened.vkey.clone(),
        grace: GRACE,
        when: When::Windows,
        beacons: heard,
    });
    let challenger = challenger.map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Challenging { feed: Box::new(challenger), beacons })
}
