//! Where a case is carried out: calls of the component, the simulated Logz.io that it calls, and what holds for every call
//! of every case. It does not know the cases.

mod accounts;
mod answers;
mod arguments;
mod broken;
mod calls;
mod canary;
mod form;
mod operations;
mod request;
mod script;
mod site;
mod subject;

pub(crate) use accounts::log;
pub(crate) use answers::{Answer, codes, listed, texts};
pub(crate) use arguments::{after, datetime, fetch, from, hunt, search};
pub(crate) use broken::{Broken, ensure, expect};
pub(crate) use calls::Bench;
pub(crate) use operations::{CHECK, DESCRIBE, EVENT_LOGS, FETCH, FIND_FIELDS, HUNT, SEARCH};
pub(crate) use request::TOKEN_HEADER;
pub(crate) use script::Exchange;
pub(crate) use site::{Place, Site};
pub(crate) use subject::Subject;
