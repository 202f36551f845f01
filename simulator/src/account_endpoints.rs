//! `GET /v2/whoami` and `GET /v1/associated-accounts`.

use serde_json::{Value, json};

use crate::account::AccountKind;
use crate::answer::Answer;

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
