//! Why a node does not take an extrinsic, in the chain's own words.

use subxt::error::{BackendError, ExtrinsicError, RpcError};
use subxt::rpcs::{Error as NodeError, UserError};
use subxt::tx::{TransactionInvalid, TransactionUnknown, ValidationResult};

/// `InvalidTransaction::Custom`, as subtensor's `CustomTransactionError` numbers it, from 0.
const CUSTOM: [&str; 29] = [
    "ColdkeyInSwapSchedule",
    "StakeAmountTooLow",
    "BalanceTooLow",
    "SubnetNotExists",
    "HotkeyAccountDoesntExist",
    "NotEnoughStakeToWithdraw",
    "RateLimitExceeded",
    "InsufficientLiquidity",
    "SlippageTooHigh",
    "TransferDisallowed",
    "HotKeyNotRegisteredInNetwork",
    "InvalidIpAddress",
    "ServingRateLimitExceeded",
    "InvalidPort",
    "ZeroMaxAmount",
    "InvalidRevealRound",
    "CommitNotFound",
    "CommitBlockNotInRevealRange",
    "InputLengthsUnequal",
    "UidNotFound",
    "EvmKeyAssociateRateLimitExceeded",
    "ColdkeySwapDisputed",
    "InvalidRealAccount",
    "FailedShieldedTxParsing",
    "InvalidShieldedTxPubKeyHash",
    "NonAssociatedColdKey",
    "DelegateTakeTooLow",
    "DelegateTakeTooHigh",
    "BadRequest",
];
/// The last of them has a number of its own.
const BAD_REQUEST: u8 = 255;
/// How a node begins to tell such a number.
const CUSTOM_TOLD: &str = "Custom error: ";

/// Why the runtime does not take it; `None` when it does.
pub(super) fn by_runtime(validity: &ValidationResult) -> Option<String> {
    match validity {
        ValidationResult::Valid(_) => None,
        ValidationResult::Invalid(TransactionInvalid::Custom(number)) => {
            Some(format!("Invalid Transaction: {CUSTOM_TOLD}{number}{}", named(*number)))
        }
        ValidationResult::Invalid(invalid) => Some(format!("Invalid Transaction: {invalid:?}")),
        ValidationResult::Unknown(TransactionUnknown::Custom(number)) => {
            Some(format!("Unknown Transaction Validity: {CUSTOM_TOLD}{number}"))
        }
        ValidationResult::Unknown(unknown) => Some(format!("Unknown Transaction Validity: {unknown:?}")),
    }
}

/// Why the node's pool does not take it; `None` when it did not say, and may have taken it.
pub(super) fn by_pool(error: &ExtrinsicError) -> Option<String> {
    match error {
        ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
            NodeError::User(UserError { code, message, data }),
        ))) => {
            let data = data.as_deref().map(|data| data.get().trim_matches('"')).unwrap_or_default();
            let number = data.split_once(CUSTOM_TOLD).and_then(|(_, number)| number.parse().ok());
            let named = number.map(named).unwrap_or_default();
            let separator = if data.is_empty() { "" } else { ": " };
            Some(format!("{message}{separator}{data}{named} ({code})"))
        }
        _ => None,
    }
}

fn named(number: u8) -> String {
    let place = if number == BAD_REQUEST { CUSTOM.len() - 1 } else { usize::from(number) };
    let is_given = number == BAD_REQUEST || place < CUSTOM.len() - 1;
    CUSTOM.get(place).filter(|_| is_given).map(|name| format!(", {name}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_subtensors_comes_with_its_name() {
        let told = |number| {
            let validity = ValidationResult::Invalid(TransactionInvalid::Custom(number));
            by_runtime(&validity).unwrap()
        };
        assert_eq!(told(12), "Invalid Transaction: Custom error: 12, ServingRateLimitExceeded");
        assert_eq!(told(255), "Invalid Transaction: Custom error: 255, BadRequest");
        assert_eq!(told(28), "Invalid Transaction: Custom error: 28");
        let stale = ValidationResult::Invalid(TransactionInvalid::Stale);
        assert_eq!(by_runtime(&stale).unwrap(), "Invalid Transaction: Stale");
    }

    #[test]
    fn what_a_pool_says_is_repeated_and_a_lost_connection_is_no_refusal() {
        let submitting = |error: NodeError| ExtrinsicError::ErrorSubmittingTransaction(error.into());
        let told = |data: &str| {
            let data = Some(serde_json::value::RawValue::from_string(data.to_owned()).unwrap());
            let error = UserError { code: 1010, message: "Invalid Transaction".to_owned(), data };
            by_pool(&submitting(error.into()))
        };
        let rate = "Invalid Transaction: Custom error: 12, ServingRateLimitExceeded (1010)";
        assert_eq!(told("\"Custom error: 12\"").as_deref(), Some(rate));
        let stale = told("\"Transaction is outdated\"");
        assert_eq!(stale.as_deref(), Some("Invalid Transaction: Transaction is outdated (1010)"));
        assert_eq!(by_pool(&submitting(NodeError::Client("the connection was closed".into()))), None);
    }
}
