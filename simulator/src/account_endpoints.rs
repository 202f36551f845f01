//! The endpoints about an account: `GET /v2/whoami`,
//! `GET /v1/associated-accounts` and `GET /v1/account/log-types`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::account::AccountKind;
use crate::answer::Answer;
use crate::behaviour::{Behaviour, LogTypes};
use crate::logs::{LogStore, Scalar};

/// `GET /v2/whoami`.
pub(crate) fn whoami(account: AccountKind) -> Answer {
    Answer::json(json!({"accountName": account.name(), "accountId": account.id()}).to_string())
}

/// `GET /v1/associated-accounts`: an owner sees all accounts, others themselves.
pub(crate) fn associated_accounts(account: AccountKind) -> Answer {
    let seen: Vec<Value> = AccountKind::LOCAL
        .into_iter()
        .filter(|other| account == AccountKind::Owner || *other == account)
        .map(|account| {
            json!({
                "accountId": account.id(),
                "accountName": account.name(),
                "type": account.type_name(),
            })
        })
        .collect();
    Answer { rows: seen.len(), ..Answer::json(Value::from(seen).to_string()) }
}

/// `GET /v1/account/log-types`: the types of all logs that are kept.
pub(crate) fn log_types(logs: &mut LogStore, behaviour: &Behaviour, now: DateTime<Utc>) -> Answer {
    let kept = logs.sorted().iter().filter(|log| {
        log.visible_at <= now && behaviour.log_retention.is_none_or(|retention| now - log.time <= retention)
    });
    let types: BTreeSet<String> = kept.flat_map(|log| log.fields().get("type").iter().map(Scalar::to_text)).collect();
    let rows = types.len();
    let answer = match behaviour.log_types {
        LogTypes::Array => json!(types),
        LogTypes::Object => json!({ "logTypes": types }),
    };
    Answer { rows, ..Answer::json(answer.to_string()) }
}
